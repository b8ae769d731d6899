"""When the next attempt is made, and why there is none."""

import random
import ssl

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import InvalidMessage, InvalidStatus, InvalidUpgrade
from websockets.http11 import Response

from gateway.client import ConnectionFailedError
from gateway.client.handshake import passing_failure
from gateway.client.reconnection import (
    FIRST_DELAY_S,
    LASTING_S,
    MOST_DELAY_S,
    RETRY_AFTER_MOST_S,
    Reconnection,
)


def reconnection(give_up_after_s: float | None = None) -> Reconnection:
    return Reconnection(give_up_after_s, random.Random(1), 0.0)


def test_delays_grow_up_to_a_limit() -> None:
    attempts = reconnection()
    delays = [attempts.lost("refused", 0.0) for _ in range(20)]
    assert FIRST_DELAY_S / 2 <= delays[0] <= FIRST_DELAY_S
    assert MOST_DELAY_S / 2 <= delays[-1] <= MOST_DELAY_S
    assert len(set(delays)) == len(delays)


def test_only_a_connection_that_lasted_ends_the_growing() -> None:
    attempts = reconnection()
    for _ in range(20):
        attempts.opened(0.0)
        delay_s = attempts.lost("closed at once", LASTING_S / 2)
    assert delay_s >= MOST_DELAY_S / 2
    attempts.opened(0.0)
    assert attempts.lost("closed late", LASTING_S) <= FIRST_DELAY_S


def test_who_says_when_to_come_back_is_heard_within_reason() -> None:
    attempts = reconnection()
    assert 7 < attempts.lost("full", 0.0, 7) <= 7 + FIRST_DELAY_S
    assert attempts.lost("full", 0.0, 10**9) <= RETRY_AFTER_MOST_S + 2 * FIRST_DELAY_S


def test_reconnects_are_counted_from_the_second_connection_on() -> None:
    attempts = reconnection()
    attempts.opened(0.0)
    assert attempts.reconnects == 0
    for number in (1, 2):
        attempts.lost("closed", 1.0)
        attempts.opened(1.0)
        assert attempts.reconnects == number


def test_it_gives_up_after_a_time_without_a_connection() -> None:
    attempts = reconnection(30.0)
    attempts.opened(0.0)
    assert attempts.lost("closed", 100.0) <= FIRST_DELAY_S
    attempts.lost("refused", 125.0)
    # The last attempt is made when the time is over, not later.
    assert attempts.lost("refused", 129.9) <= 0.1 + 1e-9
    with pytest.raises(ConnectionFailedError, match=r"no connection for 30 s.*: refused again"):
        attempts.lost("refused again", 130.0)


def test_time_in_which_no_connection_was_wanted_does_not_count() -> None:
    attempts = reconnection(30.0)
    attempts.begin(1_000.0)
    assert attempts.lost("refused", 1_001.0) <= FIRST_DELAY_S


def status(code: int, **headers: str) -> InvalidStatus:
    named = Headers({name.replace("_", "-"): value for name, value in headers.items()})
    return InvalidStatus(Response(code, "because", named))


def cut_off() -> InvalidMessage:
    error = InvalidMessage("did not receive a valid HTTP response")
    error.__cause__ = EOFError()
    return error


@pytest.mark.parametrize(
    ("error", "retry_after_s"),
    [
        (ConnectionRefusedError(111, "refused"), None),
        (TimeoutError(), None),
        (cut_off(), None),
        (status(502), None),
        (status(503, Retry_After="3"), 3),
        (status(503, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT"), None),
        (status(503, Retry_After="-1"), None),
        (status(429, Retry_After="1"), 1),
    ],
)
def test_what_may_pass(error: OSError, retry_after_s: int | None) -> None:
    why, after = passing_failure(error)
    assert why
    assert after == retry_after_s


@pytest.mark.parametrize(
    "error",
    [
        status(404),
        status(401),
        InvalidUpgrade("Upgrade", None),
        InvalidMessage("did not receive a valid HTTP response"),
        ssl.SSLCertVerificationError(1, "self-signed"),
    ],
)
def test_what_stays_as_it_is(error: OSError) -> None:
    with pytest.raises(ConnectionFailedError, match="the exchange cannot be reached"):
        passing_failure(error)
