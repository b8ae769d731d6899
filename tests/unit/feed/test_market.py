"""A market from unsynced to live and back, and what its clients see of it."""

import json

import pytest

import feed.market
from feed.market import SyncState
from feed.protocol import parse_stream
from proto.intervals import INTERVALS, MINUTE_NS
from proto.market_data import Candle
from tests.unit.feed.examples import (
    NEW_YEAR_NS,
    depth,
    make_live,
    make_market,
    reply,
    ticker,
    trade,
    trades,
)

DEPTH = "depth@TATA_INR"
TRADES = "trades@TATA_INR"
TICKER = "ticker@TATA_INR"
KLINE = "kline_1m@TATA_INR"


def greeting(market: feed.market.Market, stream: str) -> dict[str, object] | None:
    message = market.greet(parse_stream(stream))
    if message is None:
        return None
    data: dict[str, object] = json.loads(message)["data"]
    return data


def sequences(messages: list[dict[str, object]]) -> list[tuple[object, object, object]]:
    return [(m["type"], m["first_sequence"], m["last_sequence"]) for m in messages]


def test_nothing_is_shown_before_it_is_live() -> None:
    market, outlet = make_market()
    market.on_depth(depth(1, 1, bids=((1, 1),)))
    market.flush()
    assert outlet.messages == []
    assert [greeting(market, s) for s in (DEPTH, TRADES, TICKER, KLINE)] == [None] * 4


def test_what_arrives_while_the_matcher_is_asked_is_joined() -> None:
    market, outlet = make_market()
    market.on_depth(depth(1, 2))
    market.begin_sync()
    market.on_depth(depth(3, 4, bids=((10, 1),)))
    market.on_depth(depth(5, 8, bids=((10, 2),)))
    market.on_depth(depth(9, 9, asks=((11, 1),)))
    assert market.load(reply(6, bids=((10, 5),)))
    (snapshot,) = outlet.take(DEPTH)
    assert sequences([snapshot]) == [("snapshot", 9, 9)]
    assert (snapshot["bids"], snapshot["asks"]) == ([["0.50", "1.0"]], [["0.55", "0.5"]])
    market.on_depth(depth(10, 10, asks=((11, 0),)))
    market.flush()
    assert sequences(outlet.take(DEPTH)) == [("delta", 10, 10)]


def test_an_answer_that_cannot_be_joined_is_asked_for_again() -> None:
    market, outlet = make_market()
    market.begin_sync()
    market.on_depth(depth(9, 9))
    assert not market.load(reply(6))
    assert market.state is SyncState.UNSYNCED
    assert outlet.messages == []


def test_an_answer_nobody_waits_for_is_dropped() -> None:
    market, outlet = make_market()
    market.begin_sync()
    market.desync()
    assert not market.load(reply(6))
    assert outlet.messages == []


def test_what_is_kept_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed.market, "KEPT_MESSAGES_MAX", 3)
    market, _ = make_market()
    market.begin_sync()
    for number in range(1, 5):
        market.on_depth(depth(number, number))
    assert market.state is SyncState.UNSYNCED
    assert not market.load(reply(0))


def test_a_gap_leads_to_a_new_snapshot() -> None:
    market, outlet = make_live(reply(5))
    market.on_depth(depth(6, 6))
    market.on_depth(depth(8, 8))
    assert (market.state, market.gaps) == (SyncState.UNSYNCED, 1)
    assert greeting(market, DEPTH) is None
    market.begin_sync()
    assert market.load(reply(9))
    assert sequences(outlet.take(DEPTH)) == [("delta", 6, 6), ("snapshot", 9, 9)]


def test_a_turn_makes_one_delta() -> None:
    market, outlet = make_live(reply(5))
    for sequence in range(6, 10):
        market.on_depth(depth(sequence, sequence))
    market.flush()
    market.flush()
    assert sequences(outlet.take(DEPTH)) == [("delta", 6, 9)]


def test_who_joins_in_the_middle_of_a_turn_gets_no_delta_twice() -> None:
    market, outlet = make_live(reply(5))
    market.on_depth(depth(6, 6))
    snapshot = greeting(market, DEPTH)
    assert snapshot is not None
    assert snapshot["last_sequence"] == 6
    # Those who were there before had it from the delta.
    assert sequences(outlet.take(DEPTH)) == [("delta", 6, 6)]
    market.flush()
    assert outlet.messages == []
    market.on_depth(depth(7, 7))
    market.flush()
    assert sequences(outlet.take(DEPTH)) == [("delta", 7, 7)]


def test_a_book_that_is_behind_at_the_second_clock_has_a_gap() -> None:
    market, _ = make_live(reply(5))
    market.expect(6)
    market.on_clock(NEW_YEAR_NS)
    market.on_depth(depth(6, 6))
    market.on_clock(NEW_YEAR_NS)
    assert market.state is SyncState.LIVE
    market.expect(7)
    market.on_clock(NEW_YEAR_NS)
    assert market.state is SyncState.LIVE
    market.on_clock(NEW_YEAR_NS)
    assert (market.state, market.gaps) == (SyncState.UNSYNCED, 1)


def test_each_trade_is_shown_once_in_every_state() -> None:
    market, outlet = make_market()
    market.on_trades(trades(trade(3)))
    market.begin_sync()
    market.on_trades(trades(trade(4), trade(5)))
    assert market.load(reply(trade_number=4))
    market.on_trades(trades(trade(5), trade(6)))
    market.flush()
    assert [t["trade_id"] for t in outlet.take(TRADES)] == ["3", "4", "5", "6"]
    market.on_trades(trades(trade(9)))
    market.flush()
    assert [t["trade_id"] for t in outlet.take(TRADES)] == ["9"]
    assert (market.state, market.gaps) == (SyncState.UNSYNCED, 1)


def test_trades_on_their_way_when_the_answer_was_made_are_still_shown() -> None:
    market, outlet = make_live(reply(trade_number=4))
    market.on_trades(trades(trade(3), trade(4), trade(5)))
    market.flush()
    assert [t["trade_id"] for t in outlet.take(TRADES)] == ["3", "4", "5"]
    assert [k["trades"] for k in outlet.take(KLINE)] == [1]


def test_an_exchange_that_began_anew_is_followed() -> None:
    market, outlet = make_live(reply(50, trade_number=40))
    market.on_trades(trades(trade(41)))
    market.begin_sync()
    assert market.load(reply(2, trade_number=1))
    market.on_trades(trades(trade(2)))
    market.on_depth(depth(3, 3))
    market.flush()
    assert [t["trade_id"] for t in outlet.take(TRADES)] == ["41", "2"]
    assert sequences(outlet.take(DEPTH)) == [("snapshot", 2, 2), ("delta", 3, 3)]


def test_candles_run_close_and_begin_anew() -> None:
    market, outlet = make_live(reply())
    market.on_trades(trades(trade(1, price=10), trade(2, price=12)))
    market.flush()
    running = greeting(market, KLINE)
    assert outlet.take(KLINE) == [running]
    assert running is not None
    assert (running["open"], running["close"], running["closed"]) == ("0.50", "0.60", False)
    market.on_clock(NEW_YEAR_NS + MINUTE_NS)
    market.flush()
    assert [(k["trades"], k["closed"]) for k in outlet.take(KLINE)] == [(2, True)]
    assert greeting(market, KLINE) is None
    market.on_trades(
        trades(trade(3, NEW_YEAR_NS + MINUTE_NS), trade(4, NEW_YEAR_NS + 2 * MINUTE_NS))
    )
    market.flush()
    assert [(k["start"], k["closed"]) for k in outlet.take(KLINE)] == [
        ("2024-01-01T00:01:00.000000Z", True),
        ("2024-01-01T00:02:00.000000Z", False),
    ]
    assert [k["trades"] for k in outlet.take("kline_1h@TATA_INR")] == [2, 4]


def test_no_candle_closes_while_trades_may_be_missing() -> None:
    market, outlet = make_live(reply())
    market.on_trades(trades(trade(1)))
    market.flush()
    market.desync()
    market.on_clock(NEW_YEAR_NS + MINUTE_NS)
    market.begin_sync()
    candle = Candle("1m", NEW_YEAR_NS, NEW_YEAR_NS + MINUTE_NS, 5, 6, 4, 5, 10, 100, 3)
    outlet.messages.clear()
    assert market.load(reply(trade_number=3, candles=[candle]))
    assert [(k["trades"], k["closed"]) for k in outlet.take(KLINE)] == [(3, True)]


def test_the_ticker_is_shown_as_it_comes_and_to_who_joins() -> None:
    market, outlet = make_live(reply())
    market.on_ticker(ticker(NEW_YEAR_NS, 1, 1, 1, 1, 1, 1, 1, 1, 1))
    assert outlet.take(TICKER) == [greeting(market, TICKER)]


def test_what_nobody_reads_is_not_written() -> None:
    market, outlet = make_market()
    outlet.deaf = {DEPTH, TRADES, TICKER} | {f"kline_{i}@TATA_INR" for i in INTERVALS}
    market.begin_sync()
    market.load(reply())
    market.on_depth(depth(1, 1))
    market.on_trades(trades(trade(1)))
    market.on_ticker(ticker())
    market.on_clock(NEW_YEAR_NS + MINUTE_NS)
    market.flush()
    assert outlet.messages == []
    outlet.deaf.clear()
    market.flush()
    assert outlet.messages == []
