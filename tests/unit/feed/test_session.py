"""What a connection may have, and how fast it may ask."""

import json

import pytest

from feed.protocol import RequestError, parse_stream
from feed.session import (
    REFUSALS_MAX,
    REQUESTS_BURST,
    REQUESTS_PER_SECOND,
    USERS_PER_CONNECTION_MAX,
    Session,
    TokenBucket,
)
from proto.intervals import INTERVALS, SECOND_NS


def subscribe(*names: str) -> str:
    return json.dumps({"method": "SUBSCRIBE", "params": names, "id": 9})


def test_a_burst_then_a_rate() -> None:
    bucket = TokenBucket(10, 40)
    assert sum(bucket.take(0) for _ in range(100)) == 40
    assert sum(bucket.take(SECOND_NS // 10 - 1) for _ in range(9)) == 0
    # One second, looked at every millisecond.
    assert sum(bucket.take(ms * 1_000_000) for ms in range(1_001)) == 10
    assert sum(bucket.take(3_600 * SECOND_NS) for _ in range(100)) == 40


def test_too_fast_is_refused_with_the_id_and_in_the_end_let_go() -> None:
    session = Session()
    for _ in range(REQUESTS_BURST):
        session.receive(subscribe("depth@A"), 0)
    for _ in range(REFUSALS_MAX):
        assert not session.spent
        with pytest.raises(RequestError) as caught:
            session.receive(subscribe("depth@A"), 0)
        assert (caught.value.code, caught.value.request_id) == ("RATE_LIMITED", 9)
    assert session.spent


def test_garbage_counts_like_anything_else_and_listening_helps() -> None:
    session = Session()
    codes = []
    for _ in range(REQUESTS_BURST + 1):
        with pytest.raises(RequestError) as caught:
            session.receive("{", 0)
        codes.append(caught.value.code)
    assert codes == ["INVALID_JSON"] * REQUESTS_BURST + ["RATE_LIMITED"]
    session.receive(subscribe("depth@A"), SECOND_NS // REQUESTS_PER_SECOND)
    assert session.refusals == 0


def test_subscriptions_are_a_set_in_the_order_of_their_coming() -> None:
    session = Session()
    a, b = parse_stream("depth@A"), parse_stream("trades@A")
    assert session.add([a]) == [a]
    assert session.add([b, a]) == [b]
    assert session.names() == ["depth@A", "trades@A"]
    assert session.remove([a, a]) == ["depth@A"]
    assert session.remove([a]) == []
    assert session.names() == ["trades@A"]


def test_subscriptions_have_a_bound_and_those_one_has_do_not_count_twice() -> None:
    session = Session()
    names = [f"kline_{i}@M{n}" for n in range(14) for i in INTERVALS][:200]
    first = session.receive(subscribe(*names[:150]), 0)
    session.check_room(first)
    session.add(first.streams)
    session.check_room(session.receive(subscribe(*names), 0))
    one_too_many = session.receive(subscribe("depth@A", *names[1:]), 0)
    with pytest.raises(RequestError) as caught:
        session.check_room(one_too_many)
    assert (caught.value.code, caught.value.request_id) == ("TOO_MANY_SUBSCRIPTIONS", 9)
    assert session.names() == names[:150]


def test_streams_of_users_have_a_bound_of_their_own() -> None:
    session = Session()
    names = [f"orders@{user_id}" for user_id in range(1, USERS_PER_CONNECTION_MAX + 1)]
    first = session.receive(subscribe("depth@A", *names), 0)
    session.check_room(first)
    session.add(first.streams)
    session.check_room(session.receive(subscribe("trades@A", *names), 0))
    one_too_many = session.receive(subscribe("ticker@A", "orders@99"), 0)
    with pytest.raises(RequestError) as caught:
        session.check_room(one_too_many)
    assert (caught.value.code, caught.value.request_id) == ("TOO_MANY_SUBSCRIPTIONS", 9)
    assert "at most 16 subscriptions to orders@; it has 16" in str(caught.value)
    session.remove([parse_stream(names[0])])
    session.check_room(one_too_many)
