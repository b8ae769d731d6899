"""Identifiers, moments, and text with commas in it."""

import json
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from gateway.app import App
from gateway.operations import OPERATIONS
from gateway.operations.operation import Operation
from proto.api.problems import Problem
from proto.api.reading import identifier, moment_ns, read_nested_body
from proto.api.times import moment_text
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


TWICE = b'{"orders":[%s,%s]}' % (
    json.dumps(BUY).encode(),
    json.dumps(BUY).encode().replace(b'"side"', b'"side": "buy", "side"'),
)
ORDER_TWICE = b'{"order_id":"1","order":%s}' % json.dumps(BUY).encode().replace(
    b'"side"', b'"side": "buy", "side"'
)
RULES = "/api/v1/admin/markets/TATA_INR/rules"


@pytest.mark.parametrize(
    ("method", "target", "body", "field", "detail"),
    [
        ("POST", "/api/v1/orders/batch", {"orders": [BUY, 1]}, "orders[1]",
         "orders[1] must be an object"),
        ("POST", "/api/v1/orders/batch", {"orders": 1}, "orders", "orders must be an array"),
        ("POST", "/api/v1/orders/batch", {"orders": []}, "orders",
         "orders must have at least 1 element"),
        ("POST", "/api/v1/orders/batch", {"orders": [BUY] * 101}, "orders",
         "orders must have at most 100 elements"),
        ("POST", "/api/v1/order/oco", {"orders": [BUY]}, "orders",
         "orders must have at least 2 elements"),
        ("POST", "/api/v1/order/replace", {"order": [], "order_id": "1"}, "order",
         "order must be an object"),
        ("POST", "/api/v1/order/oco", {"user_id": "1", "orders": [BUY, BUY]}, "user_id",
         "'user_id' is not a field of this call, which takes orders"),
        ("POST", "/api/v1/order/oco", {"orders": [BUY, {**BUY, "size": 1}]}, "orders[1].size",
         "'orders[1].size' is not a field of this call"),
        ("GET", "/api/v1/time?x=1", None, "x", "'x' is not a field of this call, which takes none"),
        ("POST", "/api/v1/orders/batch", TWICE, "orders[1].side", "orders[1].side is given twice"),
        ("POST", "/api/v1/order/replace", ORDER_TWICE, "order.side", "order.side is given twice"),
        ("GET", "/api/v1/depth?market=TATA_INR&limit=0", None, "limit", "limit must be at least 1"),
        ("GET", "/api/v1/depth?market=TATA_INR&limit=5001", None, "limit",
         "limit must be at most 5000"),
        ("PATCH", RULES, {"max_open_orders": -1}, "max_open_orders",
         "max_open_orders must be a whole number from 0 to 20000"),
        ("PATCH", "/api/v1/admin/accounts/1", {"group_id": -1}, "group_id",
         f"group_id must be a whole number from 0 (for none) to {INTEGER_MAX}, as digits"),
        ("POST", "/api/v1/order", {**BUY, "expires_at": []}, "expires_at",
         "expires_at must be ISO 8601 such as 2024-01-01T00:00:00Z, or milliseconds since 1970"),
    ],
)  # fmt: skip
async def test_a_message_names_the_field_and_its_rule(
    app: App, method: str, target: str, body: bytes | dict[str, Any] | None, field: str, detail: str
) -> None:
    answer = await call(app, method, target, body)
    assert answer.status == 400
    assert (answer.json["field"], answer.json["detail"]) == (field, detail)


def said_of(decoder: "msgspec.json.Decoder[msgspec.Struct]", name: str, value: bytes) -> str:
    """Return what is said of a form with one field, or "" where nothing is wrong with it."""
    try:
        read_nested_body(decoder, b'{"%s":%s}' % (name.encode(), value))
    except Problem as problem:
        return problem.detail
    return ""


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: f"{o.method} {o.path}")
def test_no_rule_is_told_in_the_decoder_s_words(operation: Operation) -> None:
    """Every field of every form, with what it cannot be, gets a sentence."""
    for form in {form for form in (operation.body, operation.parameters) if form is not None}:
        decoder = msgspec.json.Decoder(form)
        for name in form.__struct_fields__:
            for value in (b"{}", b"[]", b"1.5", b"null", b"true", b"-1", b"99999999999"):
                said = said_of(decoder, name, value)
                assert "Expected" not in said
                assert "`" not in said
