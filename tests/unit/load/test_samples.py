"""Latencies and what is made of them."""

import math

from scripts.load.samples import Samples


def make_samples() -> Samples:
    samples = Samples()
    for number in range(1, 1_001):
        # 1 .. 1,000 ms, one each 10 ms.
        samples.add(0, number * 1_000_000, number * -9_000_000)
    return samples


def test_percentiles() -> None:
    latency = make_samples().latency()
    assert latency.count == 1_000
    assert latency.max_ms == 1_000
    for found, expected in (
        (latency.p50_ms, 500),
        (latency.p90_ms, 900),
        (latency.p99_ms, 990),
        (latency.p99_9_ms, 999),
    ):
        # Three significant digits is what the histogram keeps.
        assert math.isclose(found, expected, rel_tol=2e-3)


def test_no_percentile_is_above_the_maximum() -> None:
    samples = Samples()
    samples.add(0, 3_397_870_000, 0)
    latency = samples.latency()
    assert latency.p99_9_ms == latency.max_ms


def test_nothing_is_zeros() -> None:
    latency = Samples().latency()
    assert (latency.count, latency.p99_ms, latency.max_ms) == (0, 0.0, 0.0)
    assert Samples().per_bin(1_000, 3) == [0, 0, 0]
    assert all(math.isnan(value) for value in Samples().percentile_per_bin(50, 1_000, 3))


def test_bins() -> None:
    samples = Samples()
    for finished_ms in (0, 1, 99, 100, 250, 900):
        samples.add(0, finished_ms * 1_000_000, 0)
    assert samples.per_bin(100_000, 3) == [3, 1, 1]
    first, second, third = samples.percentile_per_bin(50, 100_000, 3)
    assert (first, second, third) == (1.0, 100.0, 250.0)
