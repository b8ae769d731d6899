"""A session by values: what comes in, what goes out, and when."""

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import examples
from gateway.client import (
    ClosedError,
    OutcomeUnknownError,
    ProtocolError,
    RefusedError,
)
from gateway.client.contents import EVENTS_MAX, FollowedBook
from gateway.client.requests import Requests
from gateway.client.session import Session
from gateway.client.streams import StreamPlan, Streams
from gateway.client.subscriptions import Subscription
from tests.unit.gateway.client.messages import raw, snapshot, start, trade

TIMEOUT_S = 5.0
REQUESTS = Requests("abc")
STREAMS = Streams()
ORDER: dict[str, Any] = {"market": "TATA_INR", "side": "buy", "quantity": 10, "price": "100"}


class Exchange:
    """The other side of a session, and its clock."""

    def __init__(self, user_id: str | None = "7") -> None:
        self.session = Session(user_id, TIMEOUT_S, random.Random(1))
        self.now_s = 0.0

    def open(self) -> None:
        """Connect and sign in."""
        self.session.opened(self.now_s)
        if self.session.is_ready:
            return
        (sign_in,) = self.requests()
        assert (sign_in["method"], sign_in["params"]) == ("SIGN_IN", {"user_id": "7"})
        self.answer(sign_in, {"user_id": "7"})

    def requests(self) -> list[dict[str, Any]]:
        return [msgspec.json.decode(text) for text in self.session.take_outgoing(self.now_s)]

    def say(self, content: object) -> None:
        self.session.receive(msgspec.json.encode(content), self.now_s)

    def answer(self, request: dict[str, Any], result: object) -> None:
        self.say({"id": request["id"], "result": result})

    def refuse(self, request: dict[str, Any], code: str) -> None:
        self.say({"id": request["id"], "error": {"code": code, "message": "because"}})

    def subscribe(self, plan: StreamPlan[Any]) -> Subscription:
        return self.session.subscribe(plan.name, plan.events)


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


def methods(requests: list[dict[str, Any]]) -> list[str]:
    return [request["method"] for request in requests]


def test_nothing_is_sent_before_the_sign_in_is_answered(exchange: Exchange) -> None:
    session = exchange.session
    call = REQUESTS.place_order(**ORDER)
    session.submit(call, 0.0)
    exchange.subscribe(STREAMS.orders())
    assert exchange.requests() == []
    session.opened(0.0)
    (sign_in,) = exchange.requests()
    assert sign_in == {"method": "SIGN_IN", "params": {"user_id": "7"}, "id": 1}
    assert not session.is_ready
    exchange.answer(sign_in, {"user_id": "7"})
    assert session.is_ready
    subscribe, place = exchange.requests()
    assert subscribe == {"method": "SUBSCRIBE", "params": ["orders"], "id": 2}
    assert place["method"] == "PLACE_ORDER"
    exchange.answer(place, examples.PLACED_ORDER)
    assert session.take_finished() == [call]
    assert call.outcome().fills[0].trade_id == "1"


def test_without_a_user_there_is_nothing_to_wait_for() -> None:
    exchange = Exchange(None)
    exchange.subscribe(STREAMS.tickers())
    exchange.session.opened(0.0)
    assert exchange.session.is_ready
    assert methods(exchange.requests()) == ["SUBSCRIBE"]


def test_an_unknown_user_ends_everything(exchange: Exchange) -> None:
    session = exchange.session
    call, subscription = REQUESTS.balances(), exchange.subscribe(STREAMS.orders())
    session.submit(call, 0.0)
    session.opened(0.0)
    (sign_in,) = exchange.requests()
    exchange.refuse(sign_in, "INVALID_REQUEST")
    assert isinstance(session.error, RefusedError)
    assert session.must_close
    assert subscription.error is session.error
    assert session.take_finished() == [call]
    with pytest.raises(RefusedError):
        call.outcome()
    with pytest.raises(RefusedError):
        session.submit(REQUESTS.balances(), 0.0)
    with pytest.raises(RefusedError):
        exchange.subscribe(STREAMS.tickers())
    session.lost(0.0)
    assert isinstance(session.error, RefusedError)
    assert session.must_close


def test_a_sign_in_that_is_refused_for_now_is_tried_on_the_next_connection(
    exchange: Exchange,
) -> None:
    session = exchange.session
    session.opened(0.0)
    (sign_in,) = exchange.requests()
    exchange.refuse(sign_in, "NOT_READY")
    assert session.must_close
    assert session.error is None
    assert session.refusal is not None
    session.lost(0.0)
    assert not session.must_close
    exchange.open()
    assert session.is_ready
    assert session.refusal is None


def test_an_exchange_that_does_not_answer_is_left(exchange: Exchange) -> None:
    session = exchange.session
    session.opened(1.0)
    assert session.due_s() == 6.0
    session.advance(5.9)
    assert not session.must_close
    session.advance(6.0)
    assert session.must_close
    session.lost(6.0)
    exchange.now_s = 7.0
    exchange.open()
    exchange.subscribe(STREAMS.tickers())
    exchange.requests()
    assert session.due_s() == 12.0
    session.advance(12.0)
    assert session.must_close
    assert session.due_s() is None


def test_a_user_s_request_that_is_not_answered_does_not_end_the_connection(
    exchange: Exchange,
) -> None:
    session = exchange.session
    exchange.open()
    call = REQUESTS.balances()
    session.submit(call, 0.0)
    exchange.requests()
    assert session.due_s() == TIMEOUT_S
    session.advance(TIMEOUT_S)
    assert not session.must_close
    assert session.take_finished() == [call]
    with pytest.raises(OutcomeUnknownError):
        call.outcome()


def test_a_reconnect_repeats_orders_in_order_and_goes_on_with_streams(
    exchange: Exchange,
) -> None:
    session = exchange.session
    exchange.open()
    trades = STREAMS.trades("TATA_INR")
    exchange.subscribe(trades)
    placed, amended = (
        REQUESTS.place_order(**ORDER),
        REQUESTS.amend_order(market="TATA_INR", client_order_id="x", price=1),
    )
    cancelled = REQUESTS.cancel_order(market="TATA_INR", client_order_id="x")
    for call in (placed, amended, cancelled):
        session.submit(call, 0.0)
    subscribe, *first = exchange.requests()
    exchange.answer(subscribe, None)
    exchange.say({"stream": "trades@TATA_INR", "data": trade(12)})
    assert methods(first) == ["PLACE_ORDER", "AMEND_ORDER", "CANCEL_ORDER"]
    session.lost(1.0)
    assert session.take_finished() == [amended]
    with pytest.raises(OutcomeUnknownError):
        amended.outcome()
    assert exchange.requests() == []
    exchange.open()
    resumed, *again = exchange.requests()
    assert resumed["after"] == {"trades@TATA_INR": "12"}
    assert methods(again) == ["PLACE_ORDER", "CANCEL_ORDER"]
    assert again[0]["params"] == first[0]["params"]
    assert again[0]["id"] != first[0]["id"]
    exchange.answer(again[0], examples.PLACED_ORDER)
    exchange.answer(again[1], examples.CANCELLED_ORDER)
    assert session.take_finished() == [placed, cancelled]
    assert placed.outcome().order_id == "24"


def test_a_request_that_ended_the_connection_is_not_repeated(exchange: Exchange) -> None:
    session = exchange.session
    exchange.open()
    call = REQUESTS.place_order(**ORDER)
    session.submit(call, 0.0)
    exchange.requests()
    session.lost(0.0, may_repeat=False)
    assert session.take_finished() == [call]
    with pytest.raises(OutcomeUnknownError):
        call.outcome()


def test_what_was_to_be_sent_on_a_lost_connection_is_not_sent_on_the_next(
    exchange: Exchange,
) -> None:
    exchange.session.opened(0.0)
    exchange.session.lost(0.0)
    exchange.session.opened(0.0)
    assert methods(exchange.requests()) == ["SIGN_IN"]


def test_a_full_stream_stops_the_reading_but_not_while_an_answer_is_waited_for() -> None:
    exchange = Exchange(None)
    session = exchange.session
    session.opened(0.0)
    plan = STREAMS.trades("TATA_INR", after=0)
    subscription = exchange.subscribe(plan)
    (subscribe,) = exchange.requests()
    exchange.answer(subscribe, None)
    for number in range(1, EVENTS_MAX + 1):
        assert not session.is_full
        exchange.say({"stream": "trades@TATA_INR", "data": trade(number)})
    assert session.is_full
    exchange.subscribe(STREAMS.trades("BTC_USDT"))
    (other,) = exchange.requests()
    assert not session.is_full
    exchange.answer(other, None)
    assert session.is_full
    for _ in range(EVENTS_MAX // 2):
        plan.events.pop()
    assert session.took(subscription)
    assert not session.is_full


def test_books_and_streams_are_fed(exchange: Exchange) -> None:
    session = exchange.session
    book, fills = FollowedBook("TATA_INR"), STREAMS.fills()
    followed = session.subscribe("depth@TATA_INR", book)
    filled = exchange.subscribe(fills)
    assert session.has_streams
    exchange.open()
    (subscribe,) = exchange.requests()
    exchange.answer(subscribe, None)
    exchange.say({"stream": "depth@TATA_INR", "data": snapshot({"1.00": "1"}, {})})
    exchange.say({"stream": "fills", "data": start()})
    assert session.take_changed() == [followed, filled]
    assert book.book.ready
    assert filled.is_begun
    session.unsubscribe(followed)
    session.unsubscribe(filled)
    assert not session.has_streams
    assert methods(exchange.requests()) == ["UNSUBSCRIBE"]


def test_the_end(exchange: Exchange) -> None:
    session = exchange.session
    exchange.open()
    sent, waiting = REQUESTS.balances(), REQUESTS.balances()
    session.submit(sent, 0.0)
    exchange.requests()
    session.submit(waiting, 0.0)
    session.fail(ClosedError())
    session.fail(ProtocolError("the first reason stays"))
    assert isinstance(session.error, ClosedError)
    assert session.take_finished() == [sent, waiting]
    assert exchange.requests() == []
    assert session.due_s() is None
    assert not session.is_ready


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        b'{"stream":"trades@M"}',
        b'{"stream":7,"data":{}}',
        b'{"id":1.5}',
        b'{"id":2}',
        b'{"id":2,"error":{"code":"X"}}',
        b'{"id":2,"error":null}',
        b'{"stream":"tickers","data":{}}',
        b'{"stream":"tickers","data":[{}]}',
    ],
)
def test_what_is_no_message_is_one_error(text: bytes) -> None:
    exchange = Exchange(None)
    exchange.session.opened(0.0)
    exchange.subscribe(STREAMS.tickers())
    (subscribe,) = exchange.requests()
    exchange.answer(subscribe, None)
    exchange.session.submit(REQUESTS.balances(), 0.0)
    exchange.requests()
    with pytest.raises(ProtocolError):
        exchange.session.receive(text, 0.0)


@pytest.mark.parametrize(
    "content",
    [
        {"id": None, "error": {"code": "RATE_LIMITED", "message": "slow down"}},
        {"id": "mine", "result": None},
        {"id": 999, "result": None},
        {"stream": "trades@OTHER", "data": {}},
        {},
    ],
)
def test_what_concerns_nobody_is_ignored(exchange: Exchange, content: object) -> None:
    exchange.open()
    exchange.say(content)
    assert exchange.session.take_finished() == []
    assert exchange.session.take_changed() == []


json = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
members = st.fixed_dictionaries(
    {},
    optional={
        "stream": st.sampled_from(["fills", "depth@TATA_INR", "tickers", "x"]) | json,
        "data": json | st.just(start()) | st.just(snapshot({}, {})),
        "id": st.integers(0, 6) | json,
        "result": json,
        "error": json | st.just({"code": "NOT_READY", "message": "wait"}),
    },
)


@given(st.lists(members | json, max_size=8))
def test_whatever_an_exchange_says_there_is_no_other_error(said: list[object]) -> None:
    exchange = Exchange()
    session = exchange.session
    session.subscribe("depth@TATA_INR", FollowedBook("TATA_INR"))
    exchange.subscribe(STREAMS.fills())
    exchange.subscribe(STREAMS.tickers())
    session.submit(REQUESTS.balances(), 0.0)
    exchange.open()
    exchange.requests()
    for content in said:
        try:
            session.receive(bytes(raw(content)), exchange.now_s)
        except ProtocolError:
            return
        exchange.requests()
        due_s = session.due_s()
        if due_s is not None:
            exchange.now_s = due_s
            session.advance(due_s)
