"""A subscriber: what it asks for, what it keeps over its connections, and what it finds wrong."""

from zlib import crc32

import msgspec
import pytest

from scripts.watching.accounts import Goal, Skipped
from scripts.watching.mistakes import (
    DIFFERENT,
    GAP,
    MISSED,
    OUT_OF_PLACE,
    REPEATED,
    WRONG_CHECKSUM,
    WRONG_TOP,
)
from scripts.watching.plan import Begin, SubscriberPlan
from scripts.watching.records import Records
from scripts.watching.subscriber import HangUpError, Subscriber

NOW_US = 1_704_067_200_000_000
MOMENT = "2024-01-01T00:00:00.000000Z"
DONE = b'{"id":2,"result":null}'
BOOK = ("depth@M", "depth5@M", "bookTicker@M")


class Table:
    """A subscriber, and a hand that writes to it."""

    def __init__(self, *streams: str, user_id: int = 0, begins_now: bool = False) -> None:
        self.now_us = NOW_US
        self.records = Records(Begin(6, 4_700), lambda: self.now_us * 1_000)
        plan = SubscriberPlan("w", streams, user_id, begins_now=begins_now)
        self.subscriber = Subscriber(plan, self.records)

    def open(self) -> dict[str, object]:
        """Connect, sign in and subscribe; return the request for the streams."""
        (request,) = self.subscriber.on_open()
        if msgspec.json.decode(request)["method"] == "SIGN_IN":
            (request,) = self.subscriber.on_text(b'{"id":1,"result":{"user_id":"7"}}')
        assert self.subscriber.on_text(DONE) == []
        decoded: dict[str, object] = msgspec.json.decode(request)
        return decoded

    def tell(self, stream: str, **data: object) -> list[dict[str, object]]:
        """Write a message; return what it sends."""
        text = msgspec.json.encode({"stream": stream, "data": data})
        return [msgspec.json.decode(request) for request in self.subscriber.on_text(text)]

    def tell_book(
        self, kind: str, first: int, last: int, bid: str, checked: str | None = None
    ) -> list[dict[str, object]]:
        """Write a message of a book that has one bid of one price."""
        checksum = crc32((f"{bid}|" if checked is None else checked).encode())
        price, _, quantity = bid.partition(":")
        return self.tell(
            "depth@M", type=kind, market="M", first_sequence=first, last_sequence=last,
            bids=[[price, quantity]], asks=[], timestamp=MOMENT, checksum=checksum,
        )  # fmt: skip

    def tell_top(self, sequence: int, bid: str) -> None:
        """Write the best levels and the best prices."""
        price, _, quantity = bid.partition(":")
        self.tell("depth5@M", sequence=sequence, bids=[[price, quantity]], asks=[])
        self.tell("bookTicker@M", sequence=sequence, bid=price, bid_quantity=quantity,
                  ask=None, ask_quantity=None)  # fmt: skip

    @property
    def mistakes(self) -> dict[str, int]:
        return self.subscriber.state().mistakes


def test_it_asks_for_what_its_plan_says_and_again_after_the_last_place() -> None:
    table = Table("depth@M", "trades@M", "trades@N")
    request = table.open()
    assert request == {
        "method": "SUBSCRIBE",
        "params": ["depth@M", "trades@M", "trades@N"],
        "after": {"trades@M": "6", "trades@N": "6"},
        "id": 2,
    }
    table.tell("trades@M", trade_id="8")
    table.subscriber.on_end("")
    assert table.open()["after"] == {"trades@M": "8", "trades@N": "6"}
    assert table.subscriber.state().counts.reconnects == 1


def test_who_begins_now_names_a_place_only_after_the_first_connection() -> None:
    table = Table("trades@M", "orders", user_id=7, begins_now=True)
    assert "after" not in table.open()
    table.tell("orders", type="start", position="4710", user_id="7")
    table.subscriber.on_end("")
    assert table.open()["after"] == {"trades@M": "6", "orders": "4700"}
    table.tell("orders", type="report", position="4711.2")
    table.subscriber.on_end("")
    assert table.open()["after"] == {"trades@M": "6", "orders": "4711.2"}
    assert not table.mistakes


def test_it_signs_in_and_subscribes_when_that_is_answered() -> None:
    table = Table("orders", user_id=7)
    (request,) = table.subscriber.on_open()
    assert msgspec.json.decode(request) == {
        "method": "SIGN_IN", "params": {"user_id": "7"}, "id": 1,
    }  # fmt: skip
    (request,) = table.subscriber.on_text(b'{"id":1,"result":{"user_id":"7"}}')
    assert not table.subscriber.is_subscribed
    assert msgspec.json.decode(request)["params"] == ["orders"]
    table.subscriber.on_text(DONE)
    assert table.subscriber.is_subscribed


@pytest.mark.parametrize("begins_now", [True, False])
def test_a_start_must_come_where_it_is_due_and_nowhere_else(begins_now: bool) -> None:
    table = Table("orders", user_id=7, begins_now=begins_now)
    table.open()
    if not begins_now:
        table.tell("orders", type="start", position="4710", user_id="7")
        assert table.mistakes == {OUT_OF_PLACE: 1}
        return
    table.tell("orders", type="report", position="4711.2")
    assert table.mistakes == {OUT_OF_PLACE: 1}
    table.tell("orders", type="start", position="4710", user_id="7")
    assert table.mistakes == {OUT_OF_PLACE: 2}


@pytest.mark.parametrize(
    ("text", "is_for_the_moment"),
    [
        (b'{"id":2,"error":{"code":"NOT_READY","message":"m"}}', True),
        (b'{"id":2,"error":{"code":"INVALID_POSITION","message":"m"}}', False),
        (b'{"id":null,"error":{"code":"INVALID_JSON","message":"m"}}', False),
    ],
)
def test_a_refusal_makes_it_begin_anew(text: bytes, is_for_the_moment: bool) -> None:
    table = Table("trades@M")
    table.subscriber.on_open()
    with pytest.raises(HangUpError):
        table.subscriber.on_text(text)
    assert table.mistakes == ({} if is_for_the_moment else {OUT_OF_PLACE: 1})
    counted = table.subscriber.counts.refusals
    assert counted == ({"NOT_READY": 1} if is_for_the_moment else {})


def test_what_nobody_asked_for_is_out_of_place() -> None:
    table = Table("trades@M")
    table.subscriber.on_open()
    table.tell("trades@M", trade_id="7")
    assert table.mistakes == {OUT_OF_PLACE: 1}
    table.subscriber.on_text(DONE)
    table.tell("trades@N", trade_id="7")
    assert table.mistakes == {OUT_OF_PLACE: 2}
    table.subscriber.on_unreadable(b"\xff", ValueError("odd"))
    assert table.mistakes == {OUT_OF_PLACE: 3}


def test_a_dropped_delta_needs_a_new_subscription() -> None:
    table = Table(*BOOK)
    table.open()
    assert table.tell_book("snapshot", 5, 5, "9.95:1") == []
    again = table.tell_book("delta", 7, 7, "9.95:2")
    assert [request["method"] for request in again] == ["UNSUBSCRIBE", "SUBSCRIBE"]
    assert {str(request["params"]) for request in again} == {"['depth@M']"}
    table.subscriber.on_text(b'{"id":3,"result":null}')
    table.tell_book("snapshot", 7, 7, "9.95:2")
    table.tell_top(7, "9.95:2")
    assert table.mistakes == {GAP: 1}


def test_a_wrong_checksum_needs_a_new_subscription() -> None:
    table = Table("depth@M")
    table.open()
    assert table.tell_book("snapshot", 5, 5, "9.95:1", "9.95:2|")
    assert table.mistakes == {WRONG_CHECKSUM: 1}
    assert table.subscriber.state().counts.checksums == 1


def test_best_levels_are_those_of_the_book_at_the_same_sequence() -> None:
    table = Table(*BOOK)
    table.open()
    table.tell_book("snapshot", 5, 5, "9.95:1")
    table.tell_top(5, "9.95:1")
    assert table.subscriber.counts.tops == 2
    # A book is changed before its best levels are told, or after; only at one sequence it matters.
    table.tell_top(6, "9.95:2")
    assert table.subscriber.counts.tops == 2
    table.tell_book("delta", 6, 6, "9.95:2")
    assert not table.mistakes
    table.tell_top(6, "9.95:3")
    assert table.mistakes[WRONG_TOP] == 4  # both when they came, and both in the end


def test_in_the_end_best_levels_must_agree() -> None:
    table = Table(*BOOK)
    table.open()
    table.tell_book("snapshot", 5, 5, "9.95:1")
    assert not table.subscriber.has_reached(Goal({"M": 5}, {}, 1.0))
    table.tell_top(4, "9.95:1")
    assert table.subscriber.has_reached(Goal({"M": 5}, {}, 1.0))
    assert not table.subscriber.has_reached(Goal({"M": 6}, {}, 1.0))
    table.tell_top(4, "9.90:1")
    assert table.mistakes == {WRONG_TOP: 2}


def test_its_books_begin_anew_with_each_connection() -> None:
    table = Table("depth@M")
    table.open()
    table.tell_book("snapshot", 5, 5, "9.95:1")
    table.subscriber.on_end("")
    assert not table.subscriber.has_reached(Goal({}, {}, 1.0))
    table.open()
    assert not table.subscriber.has_reached(Goal({}, {}, 1.0))
    assert table.tell_book("delta", 6, 6, "9.95:2")
    assert table.mistakes == {GAP: 1}


def test_trades_are_told_once_and_in_order() -> None:
    table = Table("trades@M")
    table.open()
    for trade_id in ("7", "9", "9", "8"):
        table.tell("trades@M", trade_id=trade_id)
    assert table.mistakes == {REPEATED: 2}
    assert table.subscriber.counts.events == 4
    assert table.subscriber.has_reached(Goal({}, {"trades@M": 9}, 1.0))
    assert not table.subscriber.has_reached(Goal({}, {"trades@M": 10}, 1.0))


def test_two_subscribers_must_be_told_the_same() -> None:
    table = Table("trades@M")
    other = Subscriber(SubscriberPlan("v", ("trades@M",)), table.records)
    table.open()
    for trade_id in ("7", "8", "9"):
        table.tell("trades@M", trade_id=trade_id)
    table.subscriber, first = other, table.subscriber
    table.open()
    table.tell("trades@M", trade_id="7", price="1")
    assert table.mistakes == {DIFFERENT: 1}
    assert other.state().behind == {"trades@M": 2}
    table.tell("trades@M", trade_id="9")
    assert table.mistakes == {DIFFERENT: 1, MISSED: 1}
    assert first.state().behind == other.state().behind == {"trades@M": 0}


def minute(number: int) -> str:
    return f"2024-01-01T00:{number:02}:00.000000Z"


def candle(number: int, closed: bool, trades: int = 1) -> dict[str, object]:
    """The candle of a minute."""
    times = {"start": minute(number), "end": minute(number + 1)}
    return {"market": "M", "interval": "1m", **times, "trades": trades, "closed": closed}


def test_candles_are_kept_and_closed_once() -> None:
    table = Table("kline_1m@M")
    table.open()
    table.tell("kline_1m@M", **candle(3, closed=False))
    table.tell("kline_1m@M", **candle(3, closed=True, trades=2))
    table.tell("kline_1m@M", **candle(5, closed=False))
    told = table.records.told()
    assert [msgspec.json.decode(text)["start"] for text in told.closed] == [minute(3)]
    assert [msgspec.json.decode(text)["start"] for text in told.running] == [minute(5)]
    state = table.subscriber.state()
    assert (state.closed, state.skipped, state.mistakes) == (1, [], {})
    table.subscriber.on_end("")
    table.open()
    table.tell("kline_1m@M", **candle(3, closed=True, trades=2))
    assert table.mistakes == {REPEATED: 1}
    table.tell("kline_1m@M", **candle(3, closed=True, trades=3))
    assert table.mistakes == {REPEATED: 2, DIFFERENT: 1}


@pytest.mark.parametrize("closed", [True, False])
def test_a_candle_that_was_seen_and_not_closed_before_a_later_one_is_noted(closed: bool) -> None:
    table = Table("kline_1m@M")
    table.open()
    table.tell("kline_1m@M", **candle(3, closed=False))
    table.now_us = NOW_US + 200_000_000
    table.tell("kline_1m@M", **candle(4, closed=closed))
    (skipped,) = table.subscriber.state().skipped
    assert skipped == Skipped(f"kline_1m@M@{minute(3)}", NOW_US + 240_000_000, table.now_us)
    # It is too late then.
    table.tell("kline_1m@M", **candle(3, closed=True))
    assert table.mistakes == ({} if closed else {OUT_OF_PLACE: 1})


def test_who_was_away_need_not_be_told_that_a_candle_closed() -> None:
    table = Table("kline_1m@M")
    table.open()
    table.tell("kline_1m@M", **candle(3, closed=False))
    table.subscriber.on_end("")
    table.open()
    table.tell("kline_1m@M", **candle(4, closed=False))
    assert not table.subscriber.state().skipped
    assert not table.mistakes


def test_tickers_are_kept_once() -> None:
    table = Table("ticker@M", "tickers")
    table.open()
    table.tell("ticker@M", market="M", trades=1)
    text = b'{"stream":"tickers","data":[{"market":"M","trades":1},{"market":"N","trades":1}]}'
    table.subscriber.on_text(text)
    assert len(table.records.told().tickers) == 1  # one page
    assert not table.mistakes


@pytest.mark.parametrize(
    ("farewell", "is_fine"),
    [
        ("", True),
        ("1001 the feed is stopping: connect again", True),
        ("1008 SLOW_READER: nothing was taken for 10 s", True),
        ("1008 RATE_LIMITED", False),
        ("1002", False),
        ("a frame that begins with 0x3", False),
    ],
)
def test_how_a_connection_may_end(farewell: str, is_fine: bool) -> None:
    table = Table("trades@M")
    table.open()
    table.subscriber.on_end(farewell)
    assert table.mistakes == ({} if is_fine else {OUT_OF_PLACE: 1})
    assert table.subscriber.counts.closings == ({farewell: 1} if is_fine and farewell else {})
    assert not table.subscriber.is_subscribed


def test_a_handshake_may_be_refused_for_the_moment() -> None:
    table = Table("trades@M")
    table.subscriber.on_refusal("refused: HTTP/1.1 503 Service Unavailable")
    assert not table.mistakes
    assert table.subscriber.counts.refusals == {"refused: HTTP/1.1 503 Service Unavailable": 1}
    table.subscriber.on_refusal("refused: HTTP/1.1 404 Not Found")
    assert table.mistakes == {OUT_OF_PLACE: 1}


def test_lateness_is_sampled_from_books_that_come_at_once() -> None:
    table = Table("depth@M")
    table.open()
    table.now_us += 7_000
    table.tell_book("snapshot", 0, 0, "9.95:1")
    for sequence in range(1, 32):
        table.tell_book("delta", sequence, sequence, "9.95:1")
    latency = table.records.lateness.latency()
    assert (latency.count, round(latency.max_ms)) == (2, 7)
