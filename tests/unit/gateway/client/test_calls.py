"""Requests from making to outcome, with connections that break in between."""

import pytest
from msgspec import Raw
from msgspec.json import Decoder

from gateway.client import (
    ClosedError,
    OutcomeUnknownError,
    ProtocolError,
    RefusedError,
    UnavailableError,
)
from gateway.client import calls as module
from gateway.client.calls import IN_FLIGHT_MAX, Call, Calls
from proto.api.streams.envelopes import ErrorBody

TIMEOUT_S = 5.0


def call(*, is_repeatable: bool = True, name: str | None = None) -> Call[int]:
    decoder = Decoder(int)
    return Call("ASK", b"{}", decoder, is_repeatable=is_repeatable, client_order_id=name)


def refused(code: str) -> RefusedError:
    return RefusedError(ErrorBody(code, "because"))


@pytest.fixture
def calls() -> Calls:
    return Calls(TIMEOUT_S)


def test_an_answer(calls: Calls) -> None:
    one = call()
    calls.submit(one, 0.0)
    assert not one.was_sent
    assert calls.send_next(1) is one
    assert calls.send_next(2) is None
    calls.answered(1, Raw(b"42"))
    assert calls.take_finished() == [one]
    assert calls.take_finished() == []
    assert one.outcome() == 42
    assert calls.due_s() is None


def test_a_refusal(calls: Calls) -> None:
    one = call()
    calls.submit(one, 0.0)
    calls.send_next(1)
    calls.refused(1, refused("INSUFFICIENT_BALANCE"))
    with pytest.raises(RefusedError, match="INSUFFICIENT_BALANCE: because"):
        one.outcome()


@pytest.mark.parametrize("code", ["OUTCOME_UNKNOWN", "INTERNAL_ERROR"])
def test_the_exchange_itself_does_not_know_the_outcome(calls: Calls, code: str) -> None:
    one = call(name="mine")
    calls.submit(one, 0.0)
    calls.send_next(1)
    calls.refused(1, refused(code))
    with pytest.raises(OutcomeUnknownError, match=code) as caught:
        one.outcome()
    assert caught.value.client_order_id == "mine"
    assert caught.value.method == "ASK"


def test_an_answer_of_the_wrong_kind_leaves_the_request_open(calls: Calls) -> None:
    one = call()
    calls.submit(one, 0.0)
    calls.send_next(1)
    with pytest.raises(ProtocolError, match="not an answer to ASK"):
        calls.answered(1, Raw(b'"many"'))
    assert not one.is_done
    assert calls.due_s() == TIMEOUT_S


def test_answers_that_nobody_waits_for_are_ignored(calls: Calls) -> None:
    calls.answered(7, Raw(b"1"))
    calls.refused(8, refused("FORBIDDEN"))
    assert calls.take_finished() == []


def test_what_is_safe_to_repeat_is_sent_again_in_order_before_what_is_new(calls: Calls) -> None:
    first, second, third = call(), call(), call()
    for number, one in enumerate((first, second), 1):
        calls.submit(one, 0.0)
        calls.send_next(number)
    calls.submit(third, 1.0)
    calls.lost(may_repeat=True)
    assert calls.take_finished() == []
    assert [calls.send_next(number) for number in (3, 4, 5, 6)] == [first, second, third, None]
    calls.answered(3, Raw(b"1"))
    assert first.outcome() == 1


@pytest.mark.parametrize("code", ["MATCHER_UNAVAILABLE", "NOT_TAKEN", "OVERLOADED", "RATE_LIMITED"])
def test_what_is_not_taken_the_second_time_may_have_been_the_first(calls: Calls, code: str) -> None:
    one, other = call(), call()
    calls.submit(one, 0.0)
    calls.send_next(1)
    calls.lost(may_repeat=True)
    calls.send_next(2)
    calls.submit(other, 1.0)
    calls.send_next(3)
    calls.refused(2, refused(code))
    calls.refused(3, refused(code))
    with pytest.raises(OutcomeUnknownError, match=code):
        one.outcome()
    with pytest.raises(RefusedError, match=code):
        other.outcome()


def test_what_the_exchange_refuses_the_second_time_was_not_done_the_first(calls: Calls) -> None:
    one = call()
    calls.submit(one, 0.0)
    calls.send_next(1)
    calls.lost(may_repeat=True)
    calls.send_next(2)
    calls.refused(2, refused("INSUFFICIENT_BALANCE"))
    with pytest.raises(RefusedError, match="INSUFFICIENT_BALANCE"):
        one.outcome()


def test_what_is_not_safe_to_repeat_is_unknown(calls: Calls) -> None:
    one = call(is_repeatable=False)
    calls.submit(one, 0.0)
    calls.send_next(1)
    calls.lost(may_repeat=True)
    assert calls.take_finished() == [one]
    with pytest.raises(OutcomeUnknownError, match="ASK: the connection was lost"):
        one.outcome()


def test_what_was_not_sent_survives_a_lost_connection_repeatable_or_not(calls: Calls) -> None:
    one = call(is_repeatable=False)
    calls.submit(one, 0.0)
    calls.lost(may_repeat=True)
    assert calls.send_next(1) is one


def test_nothing_is_repeated_where_a_request_has_ended_the_connection(calls: Calls) -> None:
    sent, waiting = call(), call()
    calls.submit(sent, 0.0)
    calls.send_next(1)
    calls.submit(waiting, 0.0)
    calls.lost(may_repeat=False)
    assert calls.take_finished() == [sent]
    assert calls.send_next(2) is waiting


def test_deadlines(calls: Calls) -> None:
    sent, waiting = call(), call()
    calls.submit(sent, 0.0)
    calls.send_next(1)
    calls.submit(waiting, 1.0)
    assert calls.due_s() == 5.0
    calls.expire(4.9)
    assert calls.take_finished() == []
    calls.expire(5.0)
    assert calls.take_finished() == [sent]
    assert calls.due_s() == 6.0
    calls.expire(6.0)
    assert calls.take_finished() == [waiting]
    assert calls.due_s() is None
    with pytest.raises(OutcomeUnknownError, match="no answer came in time"):
        sent.outcome()
    with pytest.raises(UnavailableError, match="nothing was sent"):
        waiting.outcome()
    # The late answer.
    calls.answered(1, Raw(b"1"))
    assert calls.take_finished() == []


def test_a_repeated_request_keeps_its_deadline_and_is_unknown_after_it(calls: Calls) -> None:
    one = call()
    calls.submit(one, 0.0)
    calls.send_next(1)
    calls.lost(may_repeat=True)
    assert calls.due_s() == TIMEOUT_S
    calls.expire(TIMEOUT_S)
    with pytest.raises(OutcomeUnknownError):
        one.outcome()


def test_the_exchange_gets_no_more_at_once_than_it_takes(calls: Calls) -> None:
    every = [call() for _ in range(IN_FLIGHT_MAX + 1)]
    for one in every:
        calls.submit(one, 0.0)
    sent = [calls.send_next(number) for number in range(1, IN_FLIGHT_MAX + 1)]
    assert sent == every[:-1]
    assert calls.send_next(1_000) is None
    calls.answered(17, Raw(b"1"))
    assert calls.send_next(1_000) is every[-1]


def test_no_more_wait_than_there_is_room_for(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING_MAX", 2)
    for _ in range(2):
        calls.submit(call(), 0.0)
    with pytest.raises(UnavailableError, match="was not taken"):
        calls.submit(call(), 0.0)


def test_what_nobody_waits_for_is_not_sent_or_not_again(calls: Calls) -> None:
    sent, waiting, last = call(), call(), call()
    calls.submit(sent, 0.0)
    calls.send_next(1)
    calls.submit(waiting, 0.0)
    calls.submit(last, 0.0)
    sent.is_abandoned = waiting.is_abandoned = True
    calls.lost(may_repeat=True)
    assert calls.send_next(2) is last


def test_the_end_ends_all(calls: Calls) -> None:
    sent, waiting = call(), call()
    calls.submit(sent, 0.0)
    calls.send_next(1)
    calls.submit(waiting, 0.0)
    calls.fail(ClosedError())
    assert calls.take_finished() == [sent, waiting]
    with pytest.raises(OutcomeUnknownError):
        sent.outcome()
    with pytest.raises(ClosedError):
        waiting.outcome()
