"""Candles equal the sums that anybody can make from the trades, and close once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feed.candles import Candles
from proto.intervals import DAY_NS, INTERVALS, MINUTE_NS, SECOND_NS, interval_bounds
from proto.market_data import Candle, PublicTrade
from tests.unit.feed.examples import NEW_YEAR_NS, trade


def sums(interval: str, several: list[PublicTrade]) -> list[Candle]:
    """Sum up, candle by candle, in the slow and obvious way."""
    by_bounds: dict[tuple[int, int], list[PublicTrade]] = {}
    for one in several:
        by_bounds.setdefault(interval_bounds(interval, one.timestamp_ns), []).append(one)
    return [
        Candle(
            interval,
            start_ns,
            end_ns,
            those[0].price_ticks,
            max(t.price_ticks for t in those),
            min(t.price_ticks for t in those),
            those[-1].price_ticks,
            sum(t.quantity_lots for t in those),
            sum(t.quote_amount for t in those),
            len(those),
        )
        for (start_ns, end_ns), those in by_bounds.items()
    ]


pauses_ns = st.one_of(
    st.integers(0, 90 * SECOND_NS), st.integers(0, 2 * DAY_NS), st.integers(0, 40 * DAY_NS)
)
market_history = st.lists(
    st.tuples(pauses_ns, st.integers(1, 50), st.integers(1, 9)), min_size=1, max_size=40
)


@settings(max_examples=150, deadline=None)
@given(market_history, st.data())
def test_candles_are_the_sums_of_their_trades(
    history: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    several: list[PublicTrade] = []
    now_ns = NEW_YEAR_NS
    for number, (pause_ns, price, lots) in enumerate(history, 1):
        now_ns += pause_ns
        several.append(trade(number, now_ns, price, lots))
    candles = Candles(INTERVALS)
    closed: list[Candle] = []
    counted = 0
    while counted < len(several):
        end = data.draw(st.integers(counted + 1, len(several)), label="cut")
        closed += candles.add(several[counted:end])
        counted = end
        if data.draw(st.booleans(), label="clock"):
            closed += candles.advance(several[end - 1].timestamp_ns)
        if data.draw(st.booleans(), label="loaded anew"):
            now_ns = several[end - 1].timestamp_ns
            running = [c for i in INTERVALS if (c := candles.running(i)) is not None]
            closed += candles.load(end, running, now_ns)
    for interval in INTERVALS:
        expected = sums(interval, several)
        assert [c for c in closed if c.interval == interval] == expected[:-1]
        assert candles.running(interval) == expected[-1]
        assert expected[-1] in _candles_of(several).advance(expected[-1].end_ns)


def _candles_of(several: list[PublicTrade]) -> Candles:
    candles = Candles(INTERVALS)
    candles.add(several)
    return candles


def minute(number_of_trades: int, start_ns: int = NEW_YEAR_NS) -> Candle:
    return Candle("1m", start_ns, start_ns + MINUTE_NS, 5, 6, 4, 5, 10, 100, number_of_trades)


def test_the_clock_closes_a_candle_once() -> None:
    candles = Candles(["1m"])
    candles.add([trade(1)])
    assert candles.advance(NEW_YEAR_NS + MINUTE_NS - 1) == []
    (closed,) = candles.advance(NEW_YEAR_NS + MINUTE_NS)
    assert (closed.start_ns, closed.trades) == (NEW_YEAR_NS, 1)
    assert candles.running("1m") is None
    assert candles.advance(NEW_YEAR_NS + 9 * MINUTE_NS) == []


def test_history_is_not_closed_again_when_it_is_first_loaded() -> None:
    candles = Candles(["1m"])
    assert candles.load(3, [minute(3)], NEW_YEAR_NS + 2 * MINUTE_NS) == []
    assert candles.running("1m") is None


def test_an_answer_that_repeats_a_closed_candle_does_not_close_it_again() -> None:
    candles = Candles(["1m"])
    candles.add([trade(1)])
    assert len(candles.advance(NEW_YEAR_NS + MINUTE_NS)) == 1
    assert candles.load(1, [minute(1)], NEW_YEAR_NS + MINUTE_NS - 1) == []
    assert candles.advance(NEW_YEAR_NS + 2 * MINUTE_NS) == []


def test_a_candle_that_ended_while_nothing_was_heard_closes_with_the_matchers_sums() -> None:
    candles = Candles(["1m"])
    candles.add([trade(1)])
    assert candles.load(4, [minute(4)], NEW_YEAR_NS + 2 * MINUTE_NS) == [minute(4)]


@pytest.mark.parametrize(("number", "is_known"), [(3, True), (4, False)])
def test_an_overtaken_candle_closes_only_if_all_its_trades_are_known(
    number: int, is_known: bool
) -> None:
    candles = Candles(["1m"])
    candles.add([trade(1)])
    later = minute(2, NEW_YEAR_NS + MINUTE_NS)
    closed = candles.load(number, [later], NEW_YEAR_NS + MINUTE_NS)
    assert [c.start_ns for c in closed] == ([NEW_YEAR_NS] if is_known else [])
    assert candles.running("1m") == later
