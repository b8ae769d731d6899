"""Latencies of acknowledged operations, kept raw while the load runs.

Appending two integers is all that a sample costs during the run; histograms are built after it.
A latency counts from the moment at which the operation was due, so time spent waiting for a
free connection, and every retry, is in it.
"""

from array import array
from collections.abc import Iterator
from typing import Final, final

import numpy as np
from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]
from msgspec import Struct

# Microseconds: 1 us .. 5 minutes with three significant digits.
_LATENCY_MAX_US: Final = 300_000_000
PERCENTILES: Final = (50.0, 90.0, 99.0, 99.9)


class Latency(Struct, frozen=True):
    """Percentiles of one kind of operation, in milliseconds."""

    count: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    p99_9_ms: float
    max_ms: float


@final
class Samples:
    """The samples of one kind of operation.

    Attributes:
        latencies_us: Latency of each.
        finished_us: When each was acknowledged, from the start of the load.
    """

    def __init__(self) -> None:
        self.latencies_us: Final = array("q")
        self.finished_us: Final = array("q")

    def add(self, due_ns: int, finished_ns: int, start_ns: int) -> None:
        """Take one acknowledged operation."""
        self.latencies_us.append((finished_ns - due_ns) // 1_000)
        self.finished_us.append((finished_ns - start_ns) // 1_000)

    def histogram(self) -> HdrHistogram:
        """Build the HDR histogram of the latencies."""
        histogram = HdrHistogram(1, _LATENCY_MAX_US, 3)
        if self.latencies_us:
            values, counts = np.unique(np.asarray(self.latencies_us), return_counts=True)
            for value, count in zip(values.tolist(), counts.tolist(), strict=True):
                histogram.record_value(min(max(value, 1), _LATENCY_MAX_US), count)
        return histogram

    def latency(self) -> Latency:
        """Sum up, in milliseconds; zeros where there is no sample."""
        if not self.latencies_us:
            return Latency(0, 0.0, 0.0, 0.0, 0.0, 0.0)
        histogram = self.histogram()
        max_us = max(self.latencies_us)
        # A percentile is the upper end of its bucket, which may lie a little above every sample.
        p50, p90, p99, p99_9 = (
            min(histogram.get_value_at_percentile(percentile), max_us) / 1_000
            for percentile in PERCENTILES
        )
        return Latency(len(self.latencies_us), p50, p90, p99, p99_9, max_us / 1_000)

    def per_bin(self, bin_us: int, bins: int) -> list[int]:
        """Count acknowledgements in each bin of time; late ones fall out of the last."""
        index = np.asarray(self.finished_us) // bin_us
        return [int(count) for count in np.bincount(index, minlength=bins)[:bins]]

    def percentile_per_bin(self, percentile: float, bin_us: int, bins: int) -> Iterator[float]:
        """Yield a percentile in milliseconds for each bin; NaN where a bin is empty."""
        index = np.asarray(self.finished_us) // bin_us
        latencies = np.asarray(self.latencies_us)
        for number in range(bins):
            chosen = latencies[index == number]
            yield float(np.percentile(chosen, percentile)) / 1_000 if chosen.size else np.nan
