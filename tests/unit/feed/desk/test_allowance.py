"""How much a connection may ask."""

import contextlib

import pytest

from feed.desk.allowance import IN_FLIGHT_MAX, ORDERS_BURST, ORDERS_PER_SECOND, Allowance
from feed.desk.answers import Refusal
from proto.api.problems import Problem
from proto.intervals import SECOND_NS


def ask(allowance: Allowance, requests: int, now_ns: int) -> int:
    """Ask so often, each answered at once; returns how many were let in."""
    let_in = 0
    for _ in range(requests):
        with contextlib.suppress(Refusal):
            allowance.let_in(now_ns)
            allowance.let_out()
            let_in += 1
    return let_in


def test_a_burst_then_a_rate() -> None:
    allowance = Allowance()
    assert ask(allowance, ORDERS_BURST + 100, 0) == ORDERS_BURST == 2_000
    assert allowance.refusals == 100
    # A second, looked at every millisecond.
    assert sum(ask(allowance, 2, ms * 1_000_000) for ms in range(1, 1_001)) == 1_000
    assert ORDERS_PER_SECOND == 1_000
    assert ask(allowance, 3_000, 3_600 * SECOND_NS) == ORDERS_BURST


def test_refusals_are_counted_in_a_row() -> None:
    allowance = Allowance()
    ask(allowance, ORDERS_BURST + 98, 0)
    with pytest.raises(Refusal) as caught:
        allowance.let_in(0)
    refusal = caught.value
    assert (refusal.code, refusal.field, refusal.retry_after_s) == ("RATE_LIMITED", None, 1)
    assert allowance.refusals == 99
    assert ask(allowance, 1, 1_000_000) == 1
    assert allowance.refusals == 0


def test_a_bound_on_what_is_in_flight() -> None:
    allowance = Allowance()
    for _ in range(IN_FLIGHT_MAX):
        allowance.let_in(0)
    assert allowance.in_flight == IN_FLIGHT_MAX == 256
    for _ in range(2):
        with pytest.raises(Problem) as caught:
            allowance.let_in(0)
        assert (caught.value.code, caught.value.status) == ("OVERLOADED", 429)
        assert caught.value.retry_after_s == 1
    # Those that were refused are not in flight, and were not too fast.
    assert (allowance.in_flight, allowance.refusals) == (IN_FLIGHT_MAX, 0)
    allowance.let_out()
    allowance.let_in(0)
    assert allowance.in_flight == IN_FLIGHT_MAX


def test_asking_too_often_is_no_way_around_the_rate() -> None:
    allowance = Allowance()
    for _ in range(IN_FLIGHT_MAX):
        allowance.let_in(0)
    refused = 0
    for _ in range(ORDERS_BURST):
        with pytest.raises((Problem, Refusal)) as caught:
            allowance.let_in(0)
        refused += caught.value.code == "RATE_LIMITED"
    assert refused == IN_FLIGHT_MAX
