"""Candles equal the sums that anybody can make from the trades, and close once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feed.candles import CLOSED_MAX, Candles
from feed.source import NOTHING
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


class Follower:
    """Keeps what every interval's candles did, change by change."""

    def __init__(self, candles: Candles) -> None:
        self.candles = candles
        self.marks = {interval: candles.mark(interval) for interval in INTERVALS}
        self.closed: dict[str, list[Candle]] = {interval: [] for interval in INTERVALS}

    def look(self) -> None:
        for interval in INTERVALS:
            self.closed[interval] += self.candles.closed_since(interval, self.marks[interval])
            mark = self.candles.mark(interval)
            assert mark >= self.marks[interval]
            self.marks[interval] = mark


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
    candles = Candles()
    follower = Follower(candles)
    counted = 0
    while counted < len(several):
        end = data.draw(st.integers(counted + 1, min(len(several), counted + CLOSED_MAX)))
        candles.add(several[counted:end])
        counted = end
        if data.draw(st.booleans(), label="clock"):
            candles.advance(several[end - 1].timestamp_ns)
        if data.draw(st.booleans(), label="loaded anew"):
            now_ns = several[end - 1].timestamp_ns
            running = [c for i in INTERVALS if (c := candles.running(i)) is not None]
            candles.load(end, running, now_ns)
        follower.look()
    for interval in INTERVALS:
        expected = sums(interval, several)
        assert follower.closed[interval] == expected[:-1]
        assert candles.running(interval) == expected[-1]
    for interval in INTERVALS:
        last = sums(interval, several)[-1]
        candles.advance(last.end_ns)
        assert candles.closed_since(interval, NOTHING)[-1] == last
        assert candles.running(interval) is None


def minute(number_of_trades: int, start_ns: int = NEW_YEAR_NS) -> Candle:
    return Candle("1m", start_ns, start_ns + MINUTE_NS, 5, 6, 4, 5, 10, 100, number_of_trades)


def closed(candles: Candles, mark: int = NOTHING) -> list[Candle]:
    return candles.closed_since("1m", mark)


def test_the_clock_closes_a_candle_once() -> None:
    candles = Candles()
    candles.add([trade(1)])
    assert not candles.advance(NEW_YEAR_NS + MINUTE_NS - 1)
    assert candles.advance(NEW_YEAR_NS + MINUTE_NS)
    assert [(c.start_ns, c.trades) for c in closed(candles)] == [(NEW_YEAR_NS, 1)]
    assert candles.running("1m") is None
    # Those of five minutes and more go on.
    assert candles.running("5m") is not None
    mark = candles.mark("1m")
    candles.advance(NEW_YEAR_NS + 9 * MINUTE_NS)
    assert closed(candles, mark) == []


def test_a_change_is_of_all_intervals_and_a_close_of_one() -> None:
    candles = Candles()
    # Who has seen that there is none has seen something.
    assert candles.mark("1m") == candles.changed > NOTHING
    candles.add([trade(1)])
    first = candles.changed
    assert candles.running("1m") is not None
    assert {candles.mark(interval) for interval in INTERVALS} == {first}
    candles.advance(NEW_YEAR_NS + MINUTE_NS)
    assert candles.changed == first
    assert [i for i in INTERVALS if candles.mark(i) > first] == ["1m"]


def test_the_last_few_that_closed_are_kept() -> None:
    candles = Candles()
    for number in range(1, CLOSED_MAX + 4):
        candles.add([trade(number, NEW_YEAR_NS + number * MINUTE_NS)])
    starts = [(c.start_ns - NEW_YEAR_NS) // MINUTE_NS for c in closed(candles)]
    assert starts == [3, 4, 5, 6, 7]


def test_history_is_not_closed_again_when_it_is_first_loaded() -> None:
    candles = Candles()
    candles.load(3, [minute(3)], NEW_YEAR_NS + 2 * MINUTE_NS)
    assert closed(candles) == []
    assert candles.running("1m") is None


def test_a_candle_that_was_loaded_is_closed_by_the_clock() -> None:
    candles = Candles()
    candles.load(3, [minute(3)], NEW_YEAR_NS)
    assert candles.running("1m") == minute(3)
    assert candles.advance(NEW_YEAR_NS + MINUTE_NS)
    assert closed(candles) == [minute(3)]


def test_an_answer_that_repeats_a_closed_candle_does_not_close_it_again() -> None:
    candles = Candles()
    candles.add([trade(1)])
    assert candles.advance(NEW_YEAR_NS + MINUTE_NS)
    mark = candles.mark("1m")
    candles.load(1, [minute(1)], NEW_YEAR_NS + MINUTE_NS - 1)
    candles.advance(NEW_YEAR_NS + 2 * MINUTE_NS)
    assert closed(candles, mark) == []


def test_an_answer_with_the_candles_as_they_are_changes_nothing() -> None:
    candles = Candles()
    candles.load(3, [minute(3)], NEW_YEAR_NS)
    mark = candles.mark("1m")
    candles.load(3, [minute(3)], NEW_YEAR_NS + 1)
    assert candles.mark("1m") == mark
    candles.load(4, [minute(4)], NEW_YEAR_NS + 2)
    assert candles.mark("1m") > mark
    assert candles.running("1m") == minute(4)


def test_a_candle_that_ended_while_nothing_was_heard_closes_with_the_matchers_sums() -> None:
    candles = Candles()
    candles.add([trade(1)])
    mark = candles.mark("1m")
    candles.load(4, [minute(4)], NEW_YEAR_NS + 2 * MINUTE_NS)
    assert closed(candles, mark) == [minute(4)]


@pytest.mark.parametrize(("number", "is_known"), [(3, True), (4, False)])
def test_an_overtaken_candle_closes_only_if_all_its_trades_are_known(
    number: int, is_known: bool
) -> None:
    candles = Candles()
    candles.add([trade(1)])
    later = minute(2, NEW_YEAR_NS + MINUTE_NS)
    candles.load(number, [later], NEW_YEAR_NS + MINUTE_NS)
    assert [c.start_ns for c in closed(candles)] == ([NEW_YEAR_NS] if is_known else [])
    assert candles.running("1m") == later
