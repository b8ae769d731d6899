"""What a connection may have, who it is, and how fast it may ask."""

import pytest

from feed.requests import RequestError, SignInRequest, StreamRequest, Subscription
from feed.session import REFUSALS_MAX, REQUESTS_BURST, REQUESTS_PER_SECOND, Session
from feed.streams import parse_stream
from feed.token_bucket import TokenBucket
from proto.ids import UserId
from proto.intervals import INTERVALS, SECOND_NS


def subscribe(*names: str, after: dict[str, int] | None = None) -> StreamRequest:
    places = after or {}
    items = [Subscription(parse_stream(name), places.get(name, -1)) for name in names]
    return StreamRequest("SUBSCRIBE", items, 9)


def add(session: Session, *names: str) -> None:
    request = subscribe(*names)
    session.check(request)
    session.add(item.stream for item in session.new(request.subscriptions))


def test_a_burst_then_a_rate() -> None:
    bucket = TokenBucket(10, 40)
    assert sum(bucket.take(0) for _ in range(100)) == 40
    assert sum(bucket.take(SECOND_NS // 10 - 1) for _ in range(9)) == 0
    # One second, looked at every millisecond.
    assert sum(bucket.take(ms * 1_000_000) for ms in range(1_001)) == 10
    assert sum(bucket.take(3_600 * SECOND_NS) for _ in range(100)) == 40


def test_too_fast_is_refused_with_the_id_and_counted() -> None:
    session = Session()
    for _ in range(REQUESTS_BURST):
        session.let_in(9, 0)
    for number in range(REFUSALS_MAX):
        assert session.refusals == number
        with pytest.raises(RequestError) as caught:
            session.let_in(9, 0)
        assert (caught.value.code, caught.value.message_id) == ("RATE_LIMITED", 9)
    session.let_in(9, SECOND_NS // REQUESTS_PER_SECOND)
    assert session.refusals == 0


def test_a_connection_signs_in_once() -> None:
    session = Session()
    session.sign_in(SignInRequest(UserId(7), 1))
    for user_id in (7, 8):
        with pytest.raises(RequestError, match="user 7 has signed in") as caught:
            session.sign_in(SignInRequest(UserId(user_id), 2))
        assert (caught.value.code, caught.value.message_id) == ("ALREADY_SIGNED_IN", 2)
    assert session.user_id == 7


def test_private_streams_need_a_sign_in() -> None:
    session = Session()
    for name in ("orders", "fills", "balances"):
        with pytest.raises(RequestError, match=name) as caught:
            session.check(subscribe("depth@A", name))
        assert (caught.value.code, caught.value.message_id) == ("SIGN_IN_REQUIRED", 9)
    session.sign_in(SignInRequest(UserId(7), 1))
    add(session, "orders", "fills", "balances")
    assert session.names() == ["orders", "fills", "balances"]


def test_subscribing_again_changes_nothing_and_unsubscribing_tells_what_was_there() -> None:
    session = Session()
    add(session, "depth@A", "depth@A@1s")
    request = subscribe("trades@A", "depth@A")
    assert [item.stream.name for item in session.new(request.subscriptions)] == ["trades@A"]
    streams = [parse_stream(name) for name in ("depth@A@1s", "ticker@A")]
    assert session.remove(streams) == streams[:1]
    assert session.names() == ["depth@A"]


def test_a_stream_that_one_has_is_not_resumed() -> None:
    session = Session()
    add(session, "trades@A")
    with pytest.raises(RequestError) as caught:
        session.check(subscribe("trades@A", "trades@B", after={"trades@A": 5}))
    assert (caught.value.code, caught.value.message_id) == ("INVALID_POSITION", 9)
    session.check(subscribe("trades@A", "trades@B", after={"trades@B": 5}))


def test_subscriptions_are_bounded_and_nothing_is_half_done() -> None:
    session = Session()
    names = [f"kline_{interval}@M{number}" for number in range(14) for interval in INTERVALS][:199]
    add(session, *names)
    with pytest.raises(RequestError, match="it has 199, and 2 would be new") as caught:
        session.check(subscribe("depth@A", names[0], "depth@B"))
    assert caught.value.code == "TOO_MANY_SUBSCRIPTIONS"
    assert session.names() == names
    session.check(subscribe("depth@A", *names[:150]))
