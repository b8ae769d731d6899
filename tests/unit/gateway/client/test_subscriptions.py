"""What is asked for, when, and what becomes of it."""

import random
from typing import Any

import msgspec
import pytest

from gateway.client import ClosedError, RefusedError
from gateway.client.contents import EVENTS_MAX, CompleteEvents, FollowedBook, LatestEvents
from gateway.client.streams import StreamPlan, Streams
from gateway.client.subscriptions import (
    FIRST_RETRY_S,
    MOST_RETRY_S,
    STREAMS_MAX,
    StreamsRequest,
    Subscription,
    Subscriptions,
)
from proto.api.streams.envelopes import ErrorBody
from tests.unit.gateway.client.messages import delta, fill, raw, snapshot, start, ticker, trade

STREAMS = Streams()
DEPTH = "depth@TATA_INR"


@pytest.fixture
def subscriptions() -> Subscriptions:
    return Subscriptions(random.Random(1))


def add(subscriptions: Subscriptions, plan: StreamPlan[Any]) -> Subscription:
    return subscriptions.add(plan.name, plan.events)


def refusal(code: str, retry_after_s: int | None = None) -> RefusedError:
    return RefusedError(ErrorBody(code, "because", retry_after_s=retry_after_s or msgspec.UNSET))


def asked(subscriptions: Subscriptions, now_s: float = 0.0) -> StreamsRequest:
    request = subscriptions.next_request(now_s)
    assert request is not None
    return request


def begun(subscriptions: Subscriptions, plan: StreamPlan[Any]) -> Subscription:
    subscription = add(subscriptions, plan)
    subscriptions.answered(asked(subscriptions), None, 0.0)
    subscriptions.take_changed()
    return subscription


def positions(plan: StreamPlan[Any]) -> list[str]:
    return [event.position for event in iter(plan.events.pop, None)]


def test_all_that_is_wanted_is_asked_for_together_with_places(
    subscriptions: Subscriptions,
) -> None:
    add(subscriptions, STREAMS.tickers())
    add(subscriptions, STREAMS.trades("TATA_INR", after=12))
    add(subscriptions, STREAMS.orders(after="4711.2"))
    add(subscriptions, STREAMS.fills())
    request = asked(subscriptions)
    assert request.method == "SUBSCRIBE"
    assert msgspec.json.decode(b'{"params":' + request.parameters + b"}") == {
        "params": ["tickers", "trades@TATA_INR", "orders", "fills"],
        "after": {"trades@TATA_INR": "12", "orders": "4711.2"},
    }
    assert subscriptions.next_request(0.0) is None
    assert subscriptions.due_s() is None


def test_one_request_names_a_bounded_number(subscriptions: Subscriptions) -> None:
    for number in range(STREAMS_MAX + 1):
        add(subscriptions, STREAMS.trades(f"M{number}"))
    assert len(asked(subscriptions).names) == STREAMS_MAX
    assert asked(subscriptions).names == [f"trades@M{STREAMS_MAX}"]


def test_a_stream_has_one_reader(subscriptions: Subscriptions) -> None:
    add(subscriptions, STREAMS.tickers())
    with pytest.raises(ValueError, match="tickers is being read already"):
        add(subscriptions, STREAMS.tickers())


def test_news_are_told(subscriptions: Subscriptions) -> None:
    subscription = add(subscriptions, STREAMS.fills())
    request = asked(subscriptions)
    subscriptions.answered(request, None, 0.0)
    assert subscriptions.take_changed() == [subscription]
    assert not subscription.is_begun
    subscriptions.take("fills", raw(start()), 0.0)
    subscriptions.take("fills", raw(fill("4711.1")), 0.0)
    assert subscriptions.take_changed() == [subscription]
    assert subscription.is_begun
    assert subscriptions.take_changed() == []


def test_a_refusal_for_good_is_the_reader_s(subscriptions: Subscriptions) -> None:
    subscription = add(subscriptions, STREAMS.trades("NOPE"))
    subscriptions.answered(asked(subscriptions), refusal("UNKNOWN_MARKET"), 0.0)
    assert isinstance(subscription.error, RefusedError)
    assert subscriptions.take_changed() == [subscription]
    assert subscriptions.is_empty
    # The name is free again.
    add(subscriptions, STREAMS.trades("NOPE"))


def test_of_several_only_the_one_at_fault_is_refused(subscriptions: Subscriptions) -> None:
    every = {
        name: add(subscriptions, STREAMS.trades(name)) for name in ("A", "B", "BAD", "C", "WORSE")
    }
    requests = 0
    while (request := subscriptions.next_request(0.0)) is not None:
        requests += 1
        faulty = any("BAD" in name or "WORSE" in name for name in request.names)
        error = refusal("UNKNOWN_MARKET") if faulty else None
        subscriptions.answered(request, error, 0.0)
    assert {name for name, one in every.items() if one.error is not None} == {"BAD", "WORSE"}
    assert all(every[name].is_begun for name in "ABC")
    assert requests < 10


def test_what_is_refused_for_now_is_asked_for_again_later_and_later(
    subscriptions: Subscriptions,
) -> None:
    subscription = add(subscriptions, STREAMS.tickers())
    now_s, waits = 0.0, []
    for _ in range(12):
        subscriptions.answered(asked(subscriptions, now_s), refusal("NOT_READY"), now_s)
        assert subscription.error is None
        assert subscription.refusal is not None
        due_s = subscriptions.due_s()
        assert due_s is not None
        assert subscriptions.next_request((now_s + due_s) / 2) is None
        waits.append(due_s - now_s)
        now_s = due_s
    assert FIRST_RETRY_S / 2 <= waits[0] <= FIRST_RETRY_S
    assert MOST_RETRY_S / 2 <= waits[-1] <= MOST_RETRY_S
    subscriptions.answered(asked(subscriptions, now_s), None, now_s)
    assert subscription.is_begun
    assert subscription.refusal is None


def test_who_says_when_to_come_back_is_heard(subscriptions: Subscriptions) -> None:
    add(subscriptions, STREAMS.tickers())
    subscriptions.answered(asked(subscriptions), refusal("RATE_LIMITED", 7), 100.0)
    assert subscriptions.due_s() == 107.0


def test_a_stream_that_went_well_for_long_is_asked_for_soon(subscriptions: Subscriptions) -> None:
    subscription = add(subscriptions, STREAMS.tickers())
    for _ in range(10):
        subscription.backoff.next_s()
    subscriptions.answered(asked(subscriptions), None, 0.0)
    subscriptions.lost(MOST_RETRY_S + 1)
    request = asked(subscriptions, MOST_RETRY_S + 1)
    subscriptions.answered(request, refusal("NOT_READY"), 20.0)
    due_s = subscriptions.due_s()
    assert due_s is not None
    assert due_s <= 20.0 + FIRST_RETRY_S


def test_after_a_lost_connection_everything_goes_on_where_it_was(
    subscriptions: Subscriptions,
) -> None:
    plan = STREAMS.fills()
    begun(subscriptions, plan)
    book = FollowedBook("TATA_INR")
    subscriptions.add(DEPTH, book)
    subscriptions.answered(asked(subscriptions), None, 0.0)
    subscriptions.take(DEPTH, raw(snapshot({"1.00": "1"}, {})), 0.0)
    subscriptions.take("fills", raw(start("4710")), 0.0)
    subscriptions.take("fills", raw(fill("4711.2")), 0.0)
    subscriptions.lost(1.0)
    assert not book.book.ready
    # Whatever still comes is of the old connection.
    subscriptions.take("fills", raw(fill("4719.1")), 1.0)
    request = asked(subscriptions, 1.0)
    assert set(request.names) == {"fills", DEPTH}
    assert b'"after":{"fills":"4711.2"}' in request.parameters
    subscriptions.answered(request, None, 1.0)
    subscriptions.take("fills", raw(fill("4711.2")), 1.0)
    subscriptions.take("fills", raw(fill("4712.1")), 1.0)
    assert positions(plan) == ["4711.2", "4712.1"]


def test_a_reader_that_leaves(subscriptions: Subscriptions) -> None:
    plan = STREAMS.tickers()
    subscription = begun(subscriptions, plan)
    subscriptions.remove(subscription)
    subscriptions.remove(subscription)
    request = asked(subscriptions)
    assert (request.method, request.parameters) == ("UNSUBSCRIBE", b'["tickers"]')
    subscriptions.take("tickers", raw([ticker()]), 0.0)
    assert plan.events.pop() is None
    assert subscriptions.next_request(0.0) is None
    assert subscriptions.is_empty


def test_what_was_not_asked_for_need_not_be_left(subscriptions: Subscriptions) -> None:
    subscriptions.remove(add(subscriptions, STREAMS.tickers()))
    assert subscriptions.next_request(0.0) is None
    begun(subscriptions, STREAMS.tickers())
    subscriptions.lost(0.0)


def test_the_same_stream_begins_anew_only_when_the_old_one_has_ended(
    subscriptions: Subscriptions,
) -> None:
    subscriptions.remove(begun(subscriptions, STREAMS.trades("M", after=0)))
    plan = STREAMS.trades("M", after=0)
    add(subscriptions, plan)
    leaving = asked(subscriptions)
    assert leaving.method == "UNSUBSCRIBE"
    assert subscriptions.next_request(0.0) is None
    assert subscriptions.due_s() is None
    # Of the old subscription: taken for new, it would hide all the trades before it.
    subscriptions.take("trades@M", raw(trade(1_000)), 0.0)
    subscriptions.answered(leaving, refusal("INVALID_REQUEST"), 0.0)
    subscriptions.answered(asked(subscriptions), None, 0.0)
    subscriptions.take("trades@M", raw(trade(1)), 0.0)
    assert [one.trade_id for one in iter(plan.events.pop, None)] == ["1"]


def test_a_connection_lost_in_between_forgets_what_was_to_be_left(
    subscriptions: Subscriptions,
) -> None:
    subscriptions.remove(begun(subscriptions, STREAMS.trades("M")))
    add(subscriptions, STREAMS.trades("M"))
    subscriptions.lost(0.0)
    assert asked(subscriptions).method == "SUBSCRIBE"


def test_who_left_before_the_answer_is_not_begun(subscriptions: Subscriptions) -> None:
    first, second = add(subscriptions, STREAMS.tickers()), add(subscriptions, STREAMS.trades("M"))
    request = asked(subscriptions)
    subscriptions.remove(first)
    subscriptions.answered(request, refusal("UNKNOWN_MARKET"), 0.0)
    assert first.error is None
    leaving = asked(subscriptions)
    assert leaving.method == "UNSUBSCRIBE"
    assert asked(subscriptions).names == [second.name]


def test_a_book_that_does_not_fit_is_asked_for_again(subscriptions: Subscriptions) -> None:
    book = FollowedBook("TATA_INR")
    subscription = subscriptions.add(DEPTH, book)
    subscriptions.answered(asked(subscriptions), None, 0.0)
    subscriptions.take(DEPTH, raw(snapshot({"1.00": "1"}, {})), 0.0)
    subscriptions.take_changed()
    subscriptions.take(DEPTH, raw(delta({"1.00": "2"}, {}, 9, ({}, {}))), 0.0)
    assert subscriptions.take_changed() == [subscription]
    assert not book.book.ready
    leaving = asked(subscriptions)
    assert (leaving.method, leaving.names) == ("UNSUBSCRIBE", [DEPTH])
    subscriptions.answered(leaving, None, 0.0)
    due_s = subscriptions.due_s()
    assert due_s is not None
    assert 0 < due_s <= FIRST_RETRY_S
    assert subscriptions.next_request(0.0) is None
    subscriptions.answered(asked(subscriptions, due_s), None, due_s)
    subscriptions.take(DEPTH, raw(snapshot({"1.00": "2"}, {}, 9)), due_s)
    assert book.book.ready


def test_a_book_that_never_fits_is_asked_for_less_and_less_often(
    subscriptions: Subscriptions,
) -> None:
    subscriptions.add(DEPTH, FollowedBook("TATA_INR"))
    now_s = 0.0
    for _ in range(12):
        subscriptions.answered(asked(subscriptions, now_s), None, now_s)
        subscriptions.take(DEPTH, raw({**snapshot({}, {}), "checksum": 1}), now_s)
        subscriptions.answered(asked(subscriptions, now_s), None, now_s)
        due_s = subscriptions.due_s()
        assert due_s is not None
        wait_s, now_s = due_s - now_s, due_s
    assert wait_s >= MOST_RETRY_S / 2


def fill_up(subscriptions: Subscriptions, first: int = 1) -> None:
    for number in range(first, first + EVENTS_MAX):
        assert not subscriptions.is_full
        subscriptions.take("trades@M", raw(trade(number)), 0.0)
    assert subscriptions.is_full


def test_a_full_stream_holds_until_half_of_it_is_taken(subscriptions: Subscriptions) -> None:
    plan = STREAMS.trades("M", after=0)
    subscription = begun(subscriptions, plan)
    fill_up(subscriptions)
    goes_on = []
    for _ in range(EVENTS_MAX // 2):
        plan.events.pop()
        goes_on.append(subscriptions.took(subscription))
    assert goes_on == [False] * (EVENTS_MAX // 2 - 1) + [True]
    assert not subscriptions.is_full


def test_what_a_full_stream_drops_is_told_again(subscriptions: Subscriptions) -> None:
    plan = STREAMS.trades("M", after=0)
    subscription = begun(subscriptions, plan)
    fill_up(subscriptions)
    subscriptions.take("trades@M", raw(trade(EVENTS_MAX + 1)), 0.0)
    # It holds up nobody any more.
    assert not subscriptions.is_full
    leaving = asked(subscriptions)
    assert leaving.method == "UNSUBSCRIBE"
    subscriptions.take("trades@M", raw(trade(EVENTS_MAX + 2)), 0.0)
    subscriptions.answered(leaving, None, 0.0)
    assert subscriptions.next_request(0.0) is None
    assert subscriptions.due_s() is None
    taken = [plan.events.pop() for _ in range(EVENTS_MAX // 2)]
    assert None not in taken
    assert subscriptions.took(subscription)
    request = asked(subscriptions)
    assert f'"after":{{"trades@M":"{EVENTS_MAX}"}}'.encode() in request.parameters
    subscriptions.answered(request, None, 0.0)
    subscriptions.take("trades@M", raw(trade(EVENTS_MAX + 1)), 0.0)
    rest = [one.trade_id for one in iter(plan.events.pop, None)]
    assert rest[-1] == str(EVENTS_MAX + 1)
    assert len(taken) + len(rest) == EVENTS_MAX + 1


def test_a_full_stream_holds_nobody_up_after_it_was_left_or_lost(
    subscriptions: Subscriptions,
) -> None:
    subscription = begun(subscriptions, STREAMS.trades("M", after=0))
    fill_up(subscriptions)
    subscriptions.lost(0.0)
    assert not subscriptions.is_full
    subscriptions.remove(subscription)
    begun(subscriptions, STREAMS.trades("M", after=0))
    fill_up(subscriptions)
    subscriptions.fail(ClosedError())
    assert not subscriptions.is_full


def test_the_end_ends_all(subscriptions: Subscriptions) -> None:
    book = FollowedBook("TATA_INR")
    subscription = subscriptions.add(DEPTH, book)
    subscriptions.answered(asked(subscriptions), None, 0.0)
    subscriptions.take(DEPTH, raw(snapshot({}, {})), 0.0)
    waiting = add(subscriptions, STREAMS.tickers())
    subscriptions.fail(ClosedError())
    assert isinstance(subscription.error, ClosedError)
    assert isinstance(waiting.error, ClosedError)
    assert set(subscriptions.take_changed()) >= {subscription, waiting}
    assert not book.book.ready
    assert subscriptions.next_request(0.0) is None


def test_kinds() -> None:
    complete = {
        "trades@M": STREAMS.trades("M"), "orders": STREAMS.orders(), "fills": STREAMS.fills(),
        "balances": STREAMS.balance_changes(),
    }  # fmt: skip
    latest = {
        "tickers": STREAMS.tickers(), "kline_1h@M": STREAMS.klines("M", "1h"),
        "status@M": STREAMS.market_states("M"), "bookTicker@M": STREAMS.book_tickers("M"),
    }  # fmt: skip
    for plans, kind in ((complete, CompleteEvents), (latest, LatestEvents)):
        for name, plan in plans.items():
            assert plan.name == name
            assert isinstance(plan.events, kind)
            assert plan.is_complete == (kind is CompleteEvents)
