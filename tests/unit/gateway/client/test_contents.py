"""Queues of events: what is kept, what is dropped, when there is no room."""

import msgspec
import pytest
from msgspec.json import Decoder

from gateway.client import ProtocolError
from gateway.client.contents import (
    EVENTS_MAX,
    SUBJECTS_MAX,
    CompleteEvents,
    FollowedBook,
    LatestEvents,
)
from gateway.client.streams import Streams
from proto.api.streams.private import FillData
from tests.unit.gateway.client.messages import (
    delta,
    fill,
    kline,
    raw,
    report,
    snapshot,
    start,
    ticker,
    trade,
)

STREAMS = Streams()


def fills(after: str | None = None) -> CompleteEvents[FillData]:
    return CompleteEvents(Decoder(FillData), lambda one: one.position, after, has_start=True)


def test_a_private_stream_begins_with_its_start() -> None:
    events = fills()
    assert events.prepare() is None
    events.confirm()
    assert not events.is_begun
    assert events.take(raw(start("4710")))
    assert events.is_begun
    assert events.place == "4710"
    assert events.pop() is None
    # The start is a place like any other: a reconnect before the first event misses nothing.
    assert events.prepare() == "4710"


def test_the_start_may_come_before_the_answer() -> None:
    events = fills()
    events.prepare()
    events.take(raw(start()))
    events.confirm()
    assert events.is_begun


def test_after_a_place_there_is_no_start() -> None:
    events = fills("4711.2")
    assert events.prepare() == "4711.2"
    events.confirm()
    assert events.is_begun
    events.take(raw(fill("4713.1")))
    assert events.place == "4711.2"
    taken = events.pop()
    assert taken is not None
    assert taken.position == "4713.1"
    assert events.place == "4713.1"


def test_what_comes_twice_is_dropped() -> None:
    events = fills("4710")
    events.prepare()
    for position in ("4710.1", "4713.1", "4713.1", "4712.9", "4713.2"):
        events.take(raw(fill(position)))
    assert [one.position for one in iter(events.pop, None)] == ["4713.1", "4713.2"]


def test_after_a_reconnect_it_goes_on_after_what_was_received_not_what_was_taken() -> None:
    events = STREAMS.trades("TATA_INR").events
    assert events.prepare() is None
    events.confirm()
    assert events.is_begun
    for number in (5, 6, 7):
        events.take(raw(trade(number)))
    assert events.pop() is not None
    assert events.place == "5"
    events.lose()
    assert events.prepare() == "7"
    events.take(raw(trade(7)))
    events.take(raw(trade(8)))
    assert [one.trade_id for one in iter(events.pop, None)] == ["6", "7", "8"]


def test_it_is_full_until_half_of_it_was_taken() -> None:
    events = STREAMS.trades("TATA_INR", after=0).events
    events.prepare()
    for number in range(1, EVENTS_MAX + 1):
        assert not events.is_full
        events.take(raw(trade(number)))
    assert events.is_full
    assert not events.has_room
    for _ in range(EVENTS_MAX // 2):
        assert not events.has_room
        events.pop()
    assert events.has_room
    assert not events.is_full


def test_an_invalid_place_is_an_error_at_once() -> None:
    with pytest.raises(ValueError, match="a place is text such as"):
        STREAMS.trades("TATA_INR", after="yesterday")


@pytest.mark.parametrize(
    "content",
    [start(), fill("x"), {**fill("4711.1"), "price": 1}, [], None, {**report("4711.1")}],
)
def test_what_is_no_fill_is_an_error(content: object) -> None:
    events = fills("4710")
    events.prepare()
    with pytest.raises(ProtocolError):
        events.take(raw(content))


def test_a_start_that_is_none_is_an_error() -> None:
    events = fills()
    events.prepare()
    with pytest.raises(ProtocolError):
        events.take(raw(fill("4711.1")))


def test_the_latest_state_of_each_subject_is_kept() -> None:
    events = STREAMS.tickers().events
    events.confirm()
    assert events.is_begun
    events.take(raw([ticker("TATA_INR", "1.00"), ticker("BTC_USDT", "2.00")]))
    events.take(raw([ticker("TATA_INR", "3.00")]))
    taken = [(one.market, one.last) for one in iter(events.pop, None)]
    assert taken == [("TATA_INR", "3.00"), ("BTC_USDT", "2.00")]
    assert events.place is None
    assert events.prepare() is None


def test_a_candle_supersedes_itself_only() -> None:
    events = STREAMS.klines("TATA_INR", "1m").events
    first, second = "2024-01-01T12:00:00.000000Z", "2024-01-01T12:01:00.000000Z"
    for candle in (kline(first), kline(first, "101.00", closed=True), kline(second, "102.00")):
        events.take(raw(candle))
    taken = [(one.start, one.close, one.closed) for one in iter(events.pop, None)]
    assert taken == [(first, "101.00", True), (second, "102.00", False)]


def test_subjects_are_bounded() -> None:
    events = LatestEvents(Decoder(list[str]).decode, str)
    events.take(raw([str(number) for number in range(SUBJECTS_MAX + 5)]))
    assert events.pop() == "5"
    assert not events.is_full


def test_a_book_asks_for_a_new_snapshot_where_a_message_does_not_fit() -> None:
    content = FollowedBook("TATA_INR")
    assert content.prepare() is None
    content.confirm()
    assert not content.is_begun
    assert content.take(raw(snapshot({"1.00": "1"}, {})))
    assert content.is_begun
    assert not content.take(raw(delta({"1.00": "2"}, {}, 3, ({"1.00": "2"}, {}))))
    assert not content.is_begun
    content.take(raw(snapshot({"1.00": "1"}, {})))
    content.lose()
    assert not content.book.ready


def test_a_message_that_is_not_a_book_s_is_an_error() -> None:
    content = FollowedBook("TATA_INR")
    for bad in (b"{}", b"1", b"\xff", msgspec.json.encode({**snapshot({}, {}), "bids": None})):
        with pytest.raises(ProtocolError):
            content.take(msgspec.Raw(bad))
