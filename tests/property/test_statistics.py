"""Ticker and candles against the list of all trades."""

from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.core.statistics import Statistics
from proto.events import Trade
from tests.reference import statistics as reference

# From a nanosecond to weeks, so that every interval begins, runs and ends.
ELAPSED_SECONDS = (1, 20, 61, 3_600, 30_000, 86_399, 86_400, 8 * 86_400)
ELAPSED_NS = st.sampled_from((0, 1, 400_000_000, *(s * 10**9 for s in ELAPSED_SECONDS)))
STEP = st.tuples(ELAPSED_NS, st.integers(1, 9), st.integers(1, 5), ELAPSED_NS)


@settings(max_examples=200, deadline=None)
@given(start_ns=st.integers(0, 2 * 10**18), steps=st.lists(STEP, max_size=40))
def test_statistics(start_ns: int, steps: list[tuple[int, int, int, int]]) -> None:
    statistics = Statistics()
    trades: list[Trade] = []
    timestamp_ns = start_ns
    for elapsed_ns, price, lots, later_ns in steps:
        timestamp_ns += elapsed_ns
        statistics.add(timestamp_ns, price, lots, price * lots)
        trades.append(
            Trade(1, 1, 1, 1, timestamp_ns, price, lots, price * lots, 1, 1, 1, 1, 1, 0, 0)
        )
        statistics.check_invariants()
        before = statistics.content()
        for at_ns in (timestamp_ns, timestamp_ns + later_ns):
            assert statistics.ticker(at_ns, 3, 4) == reference.ticker(trades, at_ns, 3, 4)
            assert statistics.candles(at_ns) == reference.candles(trades, at_ns)
        assert statistics.content() == before
    assert statistics.trade_number == len(trades)
