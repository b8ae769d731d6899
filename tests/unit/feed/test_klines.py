"""Who gets which candle of an interval."""

import json

from feed.candles import CLOSED_MAX, Candles
from feed.klines import KlineContent
from feed.messages import MarketWriter
from feed.source import NOTHING, Portion
from proto.intervals import MINUTE_NS
from tests.unit.feed.examples import NEW_YEAR_NS, SCALE, trade


def told(portion: Portion) -> list[tuple[int, bool]]:
    """Return the minute of each candle, and whether it is closed."""
    candles = [json.loads(text) for text in portion.messages]
    return [(int(c["start"][14:16]), c["closed"]) for c in candles]


class Minutes:
    """A market in which something is traded now and then."""

    def __init__(self) -> None:
        self.candles = Candles()
        self.content = KlineContent(self.candles, "1m", MarketWriter(SCALE))

    def trade_in(self, minute: int) -> None:
        number = self.candles.number + 1
        self.candles.add([trade(number, NEW_YEAR_NS + minute * MINUTE_NS)])

    def clock_at(self, minute: int) -> None:
        self.candles.advance(NEW_YEAR_NS + minute * MINUTE_NS)


def test_who_came_before_the_first_candle_sees_it_closed() -> None:
    minutes = Minutes()
    nothing = minutes.content.since(NOTHING)
    assert nothing.messages == []
    minutes.trade_in(0)
    minutes.clock_at(1)
    assert told(minutes.content.since(nothing.mark)) == [(0, True)]
    assert told(minutes.content.since(NOTHING)) == []


def test_a_newcomer_gets_the_candle_that_runs_and_no_other() -> None:
    minutes = Minutes()
    minutes.trade_in(0)
    minutes.trade_in(1)
    assert told(minutes.content.since(NOTHING)) == [(1, False)]
    minutes.clock_at(2)
    portion = minutes.content.since(NOTHING)
    assert told(portion) == []
    assert portion.mark == minutes.content.mark()


def test_the_candle_comes_as_it_changes_and_once_when_it_is_closed() -> None:
    minutes = Minutes()
    minutes.trade_in(0)
    first = minutes.content.since(NOTHING)
    assert minutes.content.since(first.mark) == Portion([], first.mark)
    minutes.trade_in(0)
    second = minutes.content.since(first.mark)
    assert told(second) == [(0, False)]
    minutes.clock_at(1)
    third = minutes.content.since(second.mark)
    assert told(third) == [(0, True)]
    assert minutes.content.since(third.mark) == Portion([], third.mark)


def test_who_was_away_gets_what_closed_and_then_what_runs() -> None:
    minutes = Minutes()
    minutes.trade_in(0)
    mark = minutes.content.mark()
    minutes.trade_in(0)
    minutes.trade_in(3)
    assert told(minutes.content.since(mark)) == [(0, True), (3, False)]
    minutes.clock_at(4)
    assert told(minutes.content.since(mark)) == [(0, True), (3, True)]
    for minute in range(10, 30):
        minutes.trade_in(minute)
    last = range(29 - CLOSED_MAX, 29)
    assert told(minutes.content.since(mark)) == [*((n, True) for n in last), (29, False)]


def test_another_interval_is_not_told_of_a_close() -> None:
    minutes = Minutes()
    minutes.trade_in(0)
    hour = KlineContent(minutes.candles, "1h", MarketWriter(SCALE))
    mark = hour.mark()
    minutes.clock_at(1)
    assert hour.since(mark) == Portion([], mark)


def test_whoever_asks_the_same_gets_the_same_text() -> None:
    minutes = Minutes()
    minutes.trade_in(0)
    portion = minutes.content.since(NOTHING)
    assert minutes.content.since(NOTHING) is portion
    minutes.trade_in(0)
    assert minutes.content.since(NOTHING) is not portion
