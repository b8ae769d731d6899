"""The bench of the feed runs on a real exchange, finds what it looks for, and leaves nothing."""

import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from scripts.benches.feed import bench, crowd, fan_out, latency, memory, stalled
from scripts.benches.pairs import PAIRS_MIN, Comparison, compare_once


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, number in (
        (fan_out, "SUBSCRIBERS", (3,)),
        (fan_out, "DELIVERIES", 30),
        (latency, "SECONDS", 2),
        (latency, "RATE", 100),
        (latency, "PROBES", 5),
        (latency, "CONNECTIONS", 4),
        (memory, "CONNECTIONS", 20),
        (crowd, "CONNECTIONS", 20),
        (crowd, "SECONDS", 1),
        (stalled, "READERS", 3),
        (stalled, "STALLED", 3),
        (stalled, "WINDOW_S", 0.4),
    ):
        monkeypatch.setattr(module, name, number)

    async def one_window(
        name: str,
        ours: Callable[[], Awaitable[float]],
        yardstick: Callable[[], Awaitable[float]],
        unit: str,
        beside: str,
        pairs: int,
    ) -> Comparison:
        """Have readers stall once only: it takes more than ten seconds."""
        return await compare_once(name, ours, yardstick, unit, beside)

    monkeypatch.setattr(stalled, "compare_awaited", one_window)


@pytest.mark.integration
@pytest.mark.timeout(300)
def test_every_part_is_measured(tiny: None) -> None:
    # Not tmp_path: the path of a unix socket is short.
    with tempfile.TemporaryDirectory(prefix="tickmesh-feed-") as folder:
        found = bench.bench_feed(PAIRS_MIN, Path(folder))
        assert not list(Path(folder).iterdir())
    # Fan-out twice, memory twice, and the stalled.
    assert len(found.comparisons) == 5
    assert all(comparison.ours > 0 for comparison in found.comparisons)
    counts = {times.name: times.count for times in found.times}
    assert min(counts.values()) > 0
    assert counts["order to the delta of depth"] <= 10
    facts = {fact.name: fact.figure for fact in found.facts}
    assert facts["messages missed"] == 0
    assert (facts["connections held"], facts["connections lost"]) == (20, 0)
    assert (facts["dismissed with 1008"], facts["ended otherwise"]) == (3, 0)
