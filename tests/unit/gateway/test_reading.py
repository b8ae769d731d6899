"""Identifiers, moments, and text with commas in it."""

import pytest
from msgspec import UNSET

from gateway.app import App
from gateway.problems import Problem
from gateway.reading import identifier, moment_ns
from gateway.times import moment_text
from proto.limits import INTEGER_MAX
from tests.unit.gateway.asgi import call
from tests.unit.gateway.orders import BUY, place

NOON_NS = 1_704_110_400_000_000_000


@pytest.mark.parametrize("value", ["1", 1, "007", str(INTEGER_MAX), INTEGER_MAX])
def test_identifiers(value: str | int) -> None:
    assert identifier("order_id", value) == int(value)


@pytest.mark.parametrize(
    "value", ["", "0", 0, -1, "-1", "+1", "1.0", "٣", "²", " 1", INTEGER_MAX + 1]
)
def test_no_identifiers(value: str | int) -> None:
    with pytest.raises(Problem) as failure:
        identifier("order_id", value)
    assert (failure.value.code, failure.value.field) == ("INVALID_FIELD", "order_id")


@pytest.mark.parametrize(
    ("text", "timestamp_ns"),
    [
        ("2024-01-01T12:00:00Z", NOON_NS),
        ("2024-01-01T12:00:00", NOON_NS),
        ("2024-01-01T17:30:00+05:30", NOON_NS),
        ("2024-01-01 12:00:00.000001Z", NOON_NS + 1_000),
        ("20240101T120000Z", NOON_NS),
        ("2024-01-01", NOON_NS - 12 * 3_600_000_000_000),
        ("1704110400000", NOON_NS),
        ("0", 0),
    ],
)
def test_moments(text: str, timestamp_ns: int) -> None:
    assert moment_ns("start_time", text) == timestamp_ns


def test_a_moment_that_is_not_given_is_none() -> None:
    assert moment_ns("start_time", UNSET) is None


def test_moments_are_written_in_microseconds_and_cut_off() -> None:
    assert moment_text(NOON_NS + 1_999) == "2024-01-01T12:00:00.000001Z"
    assert moment_text(0) == "1970-01-01T00:00:00.000000Z"
    assert moment_text(INTEGER_MAX) == "2116-02-20T23:53:38.427387Z"


async def test_a_comma_inside_text_is_no_second_field(app: App) -> None:
    answer = await place(app, {**BUY, "market": "TATA,INR"})
    assert answer.code == "UNKNOWN_MARKET"


async def test_a_name_that_is_sent_back_is_cut(app: App) -> None:
    answer = await call(app, "GET", f"/api/v1/time?{'x' * 5_000}=1")
    assert answer.code == "UNKNOWN_FIELD"
    assert len(answer.json["field"]) == 65
