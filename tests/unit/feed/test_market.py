"""A market from unsynced to live and back, and what its readers see of it."""

import pytest

import feed.market
from feed.market import SyncState
from feed.messages import MarketWriter
from feed.streams import EVERY_CHANGE, TOP_LEVELS, StreamNames
from proto.intervals import INTERVALS, MINUTE_NS
from proto.market_data import Candle
from tests.unit.feed.examples import NEW_YEAR_NS, depth, reply, ticker, trade, trades
from tests.unit.feed.market_stage import MarketStage

DEPTH = "depth@TATA_INR"
BEST = "depth5@TATA_INR"
BOOK_TICKER = "bookTicker@TATA_INR"
TRADES = "trades@TATA_INR"
TICKER = "ticker@TATA_INR"
KLINE = "kline_1m@TATA_INR"


def live_stage(*loaded: object, **also: object) -> MarketStage:
    stage = MarketStage()
    assert stage.load(reply(*loaded, **also))  # type: ignore[arg-type]
    return stage


def sequences(messages: list[dict[str, object]]) -> list[tuple[object, object, object]]:
    return [(m["type"], m["first_sequence"], m["last_sequence"]) for m in messages]


def test_nothing_is_shown_before_it_is_live() -> None:
    stage = MarketStage()
    early = stage.reader(DEPTH, BEST, BOOK_TICKER, TRADES, TICKER, KLINE)
    stage.market.on_depth(depth(1, 1, bids=((1, 1),)))
    stage.end_turn()
    assert early.messages == []
    assert stage.load(reply(1, bids=((1, 1),)))
    assert [m["stream"] for m in early.messages] == [TICKER, BOOK_TICKER, DEPTH, BEST]


def test_what_arrives_while_the_matcher_is_asked_is_joined() -> None:
    stage = MarketStage()
    reader = stage.reader(DEPTH)
    stage.market.on_depth(depth(1, 2))
    stage.market.begin_sync()
    stage.market.on_depth(depth(3, 4, bids=((10, 1),)))
    stage.market.on_depth(depth(5, 8, bids=((10, 2),)))
    stage.market.on_depth(depth(9, 9, asks=((11, 1),)))
    assert stage.market.load(reply(6, bids=((10, 5),)))
    stage.end_turn()
    (snapshot,) = reader.take(DEPTH)
    assert sequences([snapshot]) == [("snapshot", 9, 9)]
    assert (snapshot["bids"], snapshot["asks"]) == ([["0.50", "1.0"]], [["0.55", "0.5"]])
    stage.market.on_depth(depth(10, 10, asks=((11, 0),)))
    stage.end_turn()
    assert sequences(reader.take(DEPTH)) == [("delta", 10, 10)]


def test_an_answer_that_cannot_be_joined_is_asked_for_again() -> None:
    stage = MarketStage()
    reader = stage.reader(DEPTH)
    stage.market.begin_sync()
    stage.market.on_depth(depth(9, 9))
    assert not stage.market.load(reply(6))
    stage.end_turn()
    assert stage.market.state is SyncState.UNSYNCED
    assert reader.messages == []
    # It says of trades what it knows, whatever the book is like.
    assert stage.trades.loaded == [(0, 0)]


def test_an_answer_nobody_waits_for_is_dropped() -> None:
    stage = MarketStage()
    stage.market.begin_sync()
    stage.market.desync()
    assert not stage.market.load(reply(6, trade_number=5))
    assert stage.trades.loaded == []


def test_what_is_kept_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed.market, "KEPT_MESSAGES_MAX", 3)
    market = MarketStage().market
    market.begin_sync()
    for number in range(1, 4):
        market.on_depth(depth(number, number))
    assert market.state is SyncState.SYNCING
    market.on_trades(trades(trade(1)))
    assert market.state is SyncState.UNSYNCED
    assert not market.load(reply(0))


def test_after_a_gap_a_reader_gets_what_it_has_missed_and_a_newcomer_waits() -> None:
    stage = live_stage(5, ((7, 7),))
    reader = stage.reader(DEPTH)
    assert sequences(reader.take(DEPTH)) == [("snapshot", 5, 5)]
    stage.market.on_depth(depth(6, 6, ((8, 8),)))
    stage.market.on_depth(depth(8, 8))
    stage.end_turn()
    assert (stage.market.state, stage.market.gaps) == (SyncState.UNSYNCED, 1)
    newcomer = stage.reader(DEPTH, BEST, KLINE)
    assert reader.messages == newcomer.messages == []
    assert stage.load(reply(9, ((8, 8), (9, 9))))
    (delta,) = reader.take(DEPTH)
    assert sequences([delta]) == [("delta", 6, 9)]
    # It was written once for all who were there, since nobody was sent away from the others.
    assert stage.hub.messages == 1
    assert sorted(delta["bids"]) == [["0.35", "0"], ["0.40", "4.0"], ["0.45", "4.5"]]
    assert sequences(newcomer.take(DEPTH)) == [("snapshot", 9, 9)]
    assert [best["sequence"] for best in newcomer.take(BEST)] == [9]


def test_a_turn_makes_one_delta() -> None:
    stage = live_stage(5)
    reader = stage.reader(DEPTH)
    reader.take(DEPTH)
    for sequence in range(6, 10):
        stage.market.on_depth(depth(sequence, sequence))
    stage.end_turn()
    stage.end_turn()
    assert sequences(reader.take(DEPTH)) == [("delta", 6, 9)]


def test_who_joins_in_the_middle_of_a_turn_gets_no_delta_twice() -> None:
    stage = live_stage(5)
    first = stage.reader(DEPTH)
    stage.market.on_depth(depth(6, 6))
    second = stage.reader(DEPTH)
    stage.end_turn()
    stage.market.on_depth(depth(7, 7))
    stage.end_turn()
    assert sequences(first.take(DEPTH)) == [
        ("snapshot", 5, 5), ("delta", 6, 6), ("delta", 7, 7),
    ]  # fmt: skip
    assert sequences(second.take(DEPTH)) == [("snapshot", 6, 6), ("delta", 7, 7)]


def test_a_book_that_is_behind_at_the_second_clock_has_a_gap() -> None:
    market = live_stage(5).market
    market.expect(6)
    assert not market.on_clock(NEW_YEAR_NS)
    market.on_depth(depth(6, 6))
    assert not market.on_clock(NEW_YEAR_NS)
    assert market.state is SyncState.LIVE
    market.expect(7)
    market.on_clock(NEW_YEAR_NS)
    assert market.state is SyncState.LIVE
    # Somebody has to see to it.
    assert market.on_clock(NEW_YEAR_NS)
    assert (market.state, market.gaps) == (SyncState.UNSYNCED, 1)


def test_trades_go_to_their_source_in_every_state() -> None:
    stage = MarketStage()
    reader = stage.reader(TRADES)
    stage.market.on_trades(trades(trade(3)))
    stage.end_turn()
    stage.market.begin_sync()
    stage.market.on_trades(trades(trade(4), trade(5)))
    assert stage.market.load(reply(trade_number=4))
    assert (stage.trades.asked, stage.trades.loaded) == (1, [(4, 4)])
    stage.market.on_trades(trades(trade(5), trade(6)))
    stage.end_turn()
    # The first of all says where its readers are; what comes is told from there on.
    assert [t["trade_id"] for t in reader.take(TRADES)] == ["4", "5", "6"]
    assert stage.market.gaps == 0


def test_a_jump_of_trades_makes_the_candles_untrue() -> None:
    stage = live_stage(trade_number=4)
    stage.market.on_trades(trades(trade(6)))
    stage.end_turn()
    assert (stage.market.state, stage.market.gaps) == (SyncState.UNSYNCED, 1)
    assert stage.woken == 1


def test_a_jump_among_the_trades_that_were_kept_is_a_gap_too() -> None:
    stage = MarketStage()
    stage.market.begin_sync()
    stage.market.on_trades(trades(trade(5)))
    stage.market.on_trades(trades(trade(7)))
    assert not stage.market.load(reply(trade_number=4))
    assert (stage.market.state, stage.market.gaps) == (SyncState.UNSYNCED, 1)


def test_trades_on_their_way_when_the_answer_was_made_count_once() -> None:
    stage = live_stage(trade_number=4)
    reader = stage.reader(KLINE)
    stage.market.on_trades(trades(trade(3), trade(4), trade(5)))
    stage.end_turn()
    assert [k["trades"] for k in reader.take(KLINE)] == [1]


def test_an_exchange_that_began_anew_is_followed() -> None:
    stage = live_stage(50, ((7, 7),), trade_number=40)
    reader = stage.reader(DEPTH, BOOK_TICKER)
    late = stage.reader(DEPTH)
    late.fill()
    assert stage.load(reply(2, ((7, 1),), trade_number=1))
    for sequence in range(3, 60):
        stage.market.on_depth(depth(sequence, sequence))
        stage.end_turn()
    told = sequences(reader.take(DEPTH))
    assert told[:3] == [("snapshot", 50, 50), ("snapshot", 2, 2), ("delta", 3, 3)]
    assert [best["bid_quantity"] for best in reader.take(BOOK_TICKER)] == ["3.5", "0.5"]
    # Its place is of an exchange that is no more, though there is one of that number again.
    late.drain()
    assert sequences(late.take(DEPTH)) == [("snapshot", 50, 50), ("snapshot", 59, 59)]


def test_an_answer_that_says_nothing_new_tells_nobody_anything() -> None:
    stage = live_stage(5, ((7, 7),), trade_number=3)
    reader = stage.reader(DEPTH, BEST, BOOK_TICKER, TICKER, KLINE)
    assert len(reader.messages) == 4
    reader.messages.clear()
    stage.market.desync()
    newcomer = stage.reader(DEPTH)
    assert stage.load(reply(5, ((7, 7),), trade_number=3, timestamp_ns=NEW_YEAR_NS + 1))
    assert reader.messages == []
    assert sequences(newcomer.take(DEPTH)) == [("snapshot", 5, 5)]


def test_candles_run_close_and_begin_anew() -> None:
    stage = live_stage()
    market, reader = stage.market, stage.reader(KLINE, "kline_1h@TATA_INR")
    market.on_trades(trades(trade(1, price=10), trade(2, price=12)))
    stage.end_turn()
    (running,) = reader.take(KLINE)
    assert (running["open"], running["close"], running["closed"]) == ("0.50", "0.60", False)
    assert stage.reader(KLINE).take(KLINE) == [running]
    assert market.on_clock(NEW_YEAR_NS + MINUTE_NS)
    stage.end_turn()
    assert [(k["trades"], k["closed"]) for k in reader.take(KLINE)] == [(2, True)]
    assert stage.reader(KLINE).take(KLINE) == []
    market.on_trades(
        trades(trade(3, NEW_YEAR_NS + MINUTE_NS), trade(4, NEW_YEAR_NS + 2 * MINUTE_NS))
    )
    stage.end_turn()
    assert [(k["start"], k["closed"]) for k in reader.take(KLINE)] == [
        ("2024-01-01T00:01:00.000000Z", True),
        ("2024-01-01T00:02:00.000000Z", False),
    ]
    assert [k["trades"] for k in reader.take("kline_1h@TATA_INR")] == [2, 4]


def test_no_candle_closes_while_trades_may_be_missing() -> None:
    stage = live_stage()
    reader = stage.reader(KLINE)
    stage.market.on_trades(trades(trade(1)))
    stage.market.desync()
    stage.end_turn()
    assert not stage.market.on_clock(NEW_YEAR_NS + MINUTE_NS)
    stage.end_turn()
    assert reader.take(KLINE) == []
    candle = Candle("1m", NEW_YEAR_NS, NEW_YEAR_NS + MINUTE_NS, 5, 6, 4, 5, 10, 100, 3)
    assert stage.load(reply(trade_number=3, candles=[candle]))
    assert [(k["trades"], k["closed"]) for k in reader.take(KLINE)] == [(3, True)]
    assert stage.hub.messages == 1


def test_an_answer_lets_the_trades_that_were_missed_be_told() -> None:
    stage = live_stage()
    stage.market.on_trades(trades(trade(1)))
    stage.end_turn()
    reader = stage.reader(TRADES)
    # What the source has by other ways than a message.
    stage.trades.trades.append(trade(2))
    assert stage.load(reply(trade_number=2))
    assert [t["trade_id"] for t in reader.take(TRADES)] == ["2"]


def test_a_clock_may_let_trades_be_told_in_every_state() -> None:
    stage = MarketStage()
    reader = stage.reader(TRADES)
    stage.market.on_trades(trades(trade(1)))
    stage.end_turn()
    stage.trades.trades.append(trade(2))
    assert not stage.market.on_clock(NEW_YEAR_NS)
    stage.trades.has_more = True
    assert stage.market.on_clock(NEW_YEAR_NS)
    stage.end_turn()
    assert [t["trade_id"] for t in reader.take(TRADES)] == ["2"]


def test_an_answer_does_not_take_back_a_later_ticker() -> None:
    stage = MarketStage()
    stage.market.begin_sync()
    stage.market.on_ticker(ticker(NEW_YEAR_NS + 1, *(2,) * 9))
    stage.market.load(reply(timestamp_ns=NEW_YEAR_NS))
    stage.end_turn()
    (told,) = stage.reader(TICKER).take(TICKER)
    assert told["trades"] == 2


def test_the_ticker_is_shown_as_it_comes_and_to_who_joins() -> None:
    stage = live_stage()
    reader = stage.reader(TICKER)
    reader.take(TICKER)
    stage.market.on_ticker(ticker(NEW_YEAR_NS, 1, 1, 1, 1, 1, 1, 1, 1, 1))
    told = reader.take(TICKER)
    assert [data["last"] for data in told] == ["0.05"]
    assert stage.reader(TICKER).take(TICKER) == told


def test_a_pace_is_told_when_its_time_comes_and_only_where_the_book_has_moved() -> None:
    stage = live_stage(5)
    names = [f"{kind}@TATA_INR@{p}" for kind in ("depth", "depth5") for p in ("100ms", "1s")]
    reader = stage.reader(*names)
    for pace in ("100ms", "1s"):
        stage.board.advance(pace)
    reader.messages.clear()
    for sequence in range(6, 9):
        stage.market.on_depth(depth(sequence, sequence, ((sequence, 1),)))
        stage.end_turn()
    assert reader.messages == []
    stage.board.advance("100ms")
    assert sequences(reader.take("depth@TATA_INR@100ms")) == [("delta", 6, 8)]
    assert [best["sequence"] for best in reader.take("depth5@TATA_INR@100ms")] == [8]
    assert reader.messages == []
    stage.market.on_depth(depth(9, 9, ((9, 1),)))
    stage.end_turn()
    stage.board.advance("1s")
    assert sequences(reader.take("depth@TATA_INR@1s")) == [("delta", 6, 9)]
    assert [best["sequence"] for best in reader.take("depth5@TATA_INR@1s")] == [9]
    asked: list[str] = []
    stage.market.advance = asked.append  # type: ignore[method-assign]
    stage.board.advance("100ms")
    stage.board.advance("100ms")
    stage.board.advance("1s")
    assert asked == ["100ms"]


def test_a_newcomer_of_a_slow_pace_gets_the_book_at_once_and_then_joins_the_others() -> None:
    stage = live_stage(5)
    first = stage.reader("depth@TATA_INR@1s")
    stage.market.on_depth(depth(6, 6))
    stage.end_turn()
    second = stage.reader("depth@TATA_INR@1s")
    assert sequences(second.take("depth@TATA_INR@1s")) == [("snapshot", 6, 6)]
    stage.market.on_depth(depth(7, 7))
    stage.end_turn()
    stage.board.advance("1s")
    told = sequences(first.take("depth@TATA_INR@1s"))
    assert told == [("snapshot", 5, 5), ("delta", 6, 7)]
    assert sequences(second.take("depth@TATA_INR@1s")) == [("delta", 7, 7)]


def test_a_slow_pace_waits_for_the_market_too() -> None:
    stage = live_stage(5)
    reader = stage.reader("depth@TATA_INR@1s")
    reader.messages.clear()
    stage.market.on_depth(depth(6, 6, ((1, 1),)))
    stage.end_turn()
    stage.market.desync()
    stage.board.advance("1s")
    assert reader.messages == []
    assert stage.load(reply(8, ((1, 1),)))
    assert reader.messages == []
    stage.board.advance("1s")
    assert sequences(reader.take("depth@TATA_INR@1s")) == [("delta", 6, 8)]
    assert stage.hub.messages == 1


def test_who_was_away_gets_one_message_each() -> None:
    stage = live_stage(5)
    tops = [f"depth{levels}@TATA_INR" for levels in TOP_LEVELS]
    reader = stage.reader(DEPTH, *tops, BOOK_TICKER, TICKER, KLINE)
    reader.messages.clear()
    reader.fill()
    for n in range(1, 51):
        stage.market.on_depth(depth(5 + n, 5 + n, ((n, n),)))
        stage.market.on_trades(trades(trade(n)))
        stage.market.on_ticker(ticker(NEW_YEAR_NS, *(n,) * 9))
        stage.end_turn()
    assert reader.messages == []
    reader.drain()
    assert sorted(str(m["stream"]) for m in reader.messages) == sorted(
        [DEPTH, *tops, BOOK_TICKER, TICKER, KLINE]
    )
    assert sequences(reader.take(DEPTH)) == [("delta", 6, 55)]


def test_what_nobody_reads_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    def note(name: str) -> object:
        return lambda *_, **__: written.append(name)

    for name in ("snapshot", "delta", "top", "book_ticker", "ticker", "kline", "status"):
        monkeypatch.setattr(MarketWriter, name, note(name))
    stage = live_stage()
    stage.market.on_depth(depth(1, 1, ((5, 5),)))
    stage.market.on_trades(trades(trade(1)))
    stage.market.on_ticker(ticker())
    stage.market.on_clock(NEW_YEAR_NS + MINUTE_NS)
    stage.end_turn()
    for pace in ("100ms", "1s"):
        stage.board.advance(pace)
    assert written == []


def test_every_stream_of_a_market_has_a_source() -> None:
    stage = live_stage(5, ((7, 7),), trade_number=0)
    stage.market.on_trades(trades(trade(1)))
    stage.end_turn()
    names = [*StreamNames("TATA_INR").books[EVERY_CHANGE], TICKER]
    names += [f"kline_{interval}@TATA_INR" for interval in INTERVALS]
    reader = stage.reader(*names)
    assert [m["stream"] for m in reader.messages] == names
