"""What comes from Redis goes to the one that it is for, and the rest is left."""

import pytest

from feed.clock_watch import SILENCE_NS
from feed.market import SyncState
from proto.codec import encode
from proto.market_data import ClockMessage
from tests.unit.feed.examples import NEW_YEAR_NS, depth, reply, ticker, trade, trades
from tests.unit.feed.market_stage import MarketStage

DEPTH = "depth@TATA_INR"
CHANNELS = [b"depth.TATA_INR", b"trades.TATA_INR", b"market.TATA_INR", b"ticker.TATA_INR"]


def live_stage() -> MarketStage:
    stage = MarketStage()
    for channel in CHANNELS:
        stage.board.on_subscribed(channel)
    assert stage.load(reply(5))
    return stage


def clock(losses: int = 1) -> bytes:
    return encode(ClockMessage(NEW_YEAR_NS, losses))


def test_a_market_is_to_be_synced_when_its_last_channel_is_confirmed() -> None:
    stage = MarketStage()
    board = stage.board
    assert stage.channels_changed == 1
    assert board.channels() == [b"clock", *CHANNELS]
    for channel in board.channels()[:-1]:
        board.on_subscribed(channel)
    assert board.unsynced() == []
    assert stage.woken == 0
    board.on_subscribed(CHANNELS[-1])
    assert board.unsynced() == [stage.market]
    assert stage.woken == 1
    assert stage.load(reply(5))
    assert board.unsynced() == []


def test_without_redis_nothing_is_relied_on() -> None:
    stage = live_stage()
    stage.board.on_disconnected()
    assert stage.market.state is SyncState.UNSYNCED
    # There is no use in asking before the channels are confirmed again.
    assert stage.board.unsynced() == []
    assert stage.users.told == ["disconnected"]


def test_each_message_goes_where_it_belongs() -> None:
    stage = live_stage()
    reader = stage.reader(DEPTH, "trades@TATA_INR", "ticker@TATA_INR", "kline_1m@TATA_INR")
    reader.messages.clear()
    stage.receive("depth.TATA_INR", encode(depth(6, 6)))
    stage.receive("trades.TATA_INR", encode(trades(trade(1))))
    stage.receive("trades.TATA_INR", encode(trades(trade(2))))
    stage.receive("ticker.TATA_INR", encode(ticker()))
    stage.receive("depth.OTHER_INR", b"\xc1 of a market that nobody knows")
    assert [m["stream"] for m in reader.messages] == [
        DEPTH, "kline_1m@TATA_INR", "trades@TATA_INR", "kline_1m@TATA_INR", "ticker@TATA_INR",
    ]  # fmt: skip
    assert (stage.board.received, stage.board.bad_messages) == (5, 0)


def test_what_one_turn_brings_is_told_together() -> None:
    stage = live_stage()
    reader = stage.reader(DEPTH)
    reader.messages.clear()
    for sequence in (6, 7, 8):
        stage.board.receive(b"depth.TATA_INR", encode(depth(sequence, sequence)))
    assert len(stage.later) == 1
    stage.settle()
    assert [m["data"]["last_sequence"] for m in reader.messages] == [8]  # type: ignore[index]


def test_a_bad_message_is_lost_and_the_gap_is_seen(caplog: pytest.LogCaptureFixture) -> None:
    stage = live_stage()
    woken = stage.woken
    stage.receive("depth.TATA_INR", b"\xc1 garbage")
    assert stage.board.bad_messages == 1
    assert "1 bad messages so far" in caplog.text
    assert stage.market.state is SyncState.LIVE
    stage.receive("depth.TATA_INR", encode(depth(7, 7)))
    assert stage.market.state is SyncState.UNSYNCED
    assert stage.board.unsynced() == [stage.market]
    assert stage.woken == woken + 1


def test_a_matcher_that_was_silent_or_has_restarted_is_asked_anew() -> None:
    stage = live_stage()
    stage.receive("clock", clock())
    assert stage.market.state is SyncState.LIVE
    woken = stage.woken
    stage.now_ns += SILENCE_NS
    stage.receive("clock", clock())
    assert (stage.market.state, stage.woken) == (SyncState.UNSYNCED, woken + 1)
    assert stage.load(reply(5))
    stage.epoch += 1
    stage.receive("clock", clock())
    assert (stage.market.state, stage.woken) == (SyncState.UNSYNCED, woken + 2)
    ordinary = ["losses 1", "clock"]
    assert stage.users.told == [*ordinary, "lost", *ordinary, "lost", *ordinary]


def test_a_loss_that_the_clock_counts_makes_the_markets_ask_anew() -> None:
    stage = live_stage()
    stage.receive("clock", clock(losses=4))
    assert (stage.market.state, stage.woken) == (SyncState.LIVE, 1)
    stage.receive("clock", clock(losses=5))
    assert (stage.market.state, stage.woken) == (SyncState.UNSYNCED, 2)
    # Users judge by the count itself.
    assert stage.users.told == ["losses 4", "clock", "losses 5", "clock"]


def test_a_clock_closes_candles_and_touches_no_market_without_reason() -> None:
    stage = live_stage()
    reader = stage.reader("kline_1m@TATA_INR")
    stage.receive("trades.TATA_INR", encode(trades(trade(1))))
    reader.messages.clear()
    stage.board.receive(b"clock", clock())
    assert len(stage.later) == 0
    minute_later = encode(ClockMessage(NEW_YEAR_NS + 60 * 10**9, 1))
    stage.receive("clock", minute_later)
    assert [kline["closed"] for kline in reader.take("kline_1m@TATA_INR")] == [True]


def test_a_market_is_found_by_its_name() -> None:
    stage = MarketStage()
    assert stage.board.find("TATA_INR") is stage.market
    assert stage.board.find("OTHER_INR") is None
    assert list(stage.board.markets()) == [stage.market]
