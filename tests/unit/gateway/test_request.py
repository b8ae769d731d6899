"""Bodies: in pieces, undeclared, too large, broken off."""

import json
from typing import Any

import pytest

from gateway.app import App
from gateway.request import BATCH_BYTES_MAX, BODY_BYTES_MAX
from proto.api.forms.fields import ORDER_TYPES, SELF_TRADE_MODES
from proto.api.forms.orders import BATCH_MAX, PlaceOrderForm
from proto.decimals import TEXT_LENGTH_MAX
from proto.limits import (
    BASIS_POINTS_MAX,
    CLIENT_ORDER_ID_LENGTH_MAX,
    INTEGER_MAX,
    NAME_LENGTH_MAX,
)
from tests.unit.gateway.asgi import Event, answer_to, call
from tests.unit.gateway.orders import BUY

BODY = json.dumps(BUY).encode()


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "application/json",
        "application/json; charset=utf-8",
        'Application/JSON;charset="UTF-8"',
        "application/json;odata=none",
    ],
)
async def test_json_is_taken_as_it_may_be_declared(app: App, content_type: str | None) -> None:
    headers = [] if content_type is None else [("content-type", content_type)]
    assert (await call(app, "POST", "/api/v1/order", BODY, headers)).status == 200


async def test_a_body_may_come_in_pieces(app: App) -> None:
    pieces = [BODY[start : start + 7] for start in range(0, len(BODY), 7)]
    assert (await call(app, "POST", "/api/v1/order", chunks=[b"", *pieces, b""])).status == 200


async def test_fields_to_cancel_may_come_in_pieces_too(app: App) -> None:
    order_id = (await call(app, "POST", "/api/v1/order", BODY)).json["order_id"]
    body = json.dumps({"market": "TATA_INR", "user_id": "1", "order_id": order_id}).encode()
    answer = await call(app, "DELETE", "/api/v1/order", chunks=[body[:9], body[9:]])
    assert (answer.status, answer.json["status"]) == (200, "cancelled")


async def test_a_body_that_is_left_out_may_be_declared_as_anything(app: App) -> None:
    headers = [("content-type", "application/x-www-form-urlencoded")]
    for method, target in (
        ("DELETE", "/api/v1/order?market=TATA_INR&user_id=1&order_id=4711"),
        ("POST", "/api/v1/transfers/nobody-s/confirm"),
    ):
        assert (await call(app, method, target, headers=headers)).status == 404


async def test_a_batch_may_be_longer(app: App) -> None:
    batch = json.dumps({"orders": [BUY]}).encode().ljust(BATCH_BYTES_MAX)
    assert (await call(app, "POST", "/api/v1/orders/batch", batch)).status == 200
    answer = await call(app, "POST", "/api/v1/orders/batch", batch + b" ")
    assert (answer.status, answer.code) == (413, "BODY_TOO_LARGE")


def longest_order() -> dict[str, Any]:
    """An order with every field that there is, each as long as it can be."""
    decimal = f"{'9' * 21}.{'9' * (TEXT_LENGTH_MAX - 22)}"
    number = str(INTEGER_MAX)
    fields: dict[str, Any] = {
        "market": "A" * NAME_LENGTH_MAX,
        "side": "sell",
        "type": max(ORDER_TYPES, key=len),
        "time_in_force": "GTC",
        "post_only": False,
        "slide": False,
        "client_order_id": "a" * CLIENT_ORDER_ID_LENGTH_MAX,
        "user_id": number,
        "expires_at": "2024-01-01T00:00:00.000000+00:00",
        "trail_bps": BASIS_POINTS_MAX,
        "self_trade_prevention": max(SELF_TRADE_MODES, key=len),
    }
    amounts = ("price", "quantity", "display_quantity", "quote_amount", "trigger_price",
               "trail_amount")  # fmt: skip
    fields |= dict.fromkeys(amounts, decimal)
    assert fields.keys() == set(PlaceOrderForm.__struct_fields__)
    return fields


async def test_a_batch_has_room_for_every_field(app: App) -> None:
    batch = {"orders": [longest_order()] * BATCH_MAX}
    # Also where it is written for people.
    body = json.dumps(batch, indent=2).encode()
    answer = await call(app, "POST", "/api/v1/orders/batch", body)
    # The application of the tests has no room for so many commands, but the body was read.
    assert (answer.status, answer.code) == (429, "OVERLOADED")


async def test_the_longest_body_is_taken_and_one_byte_more_is_not(app: App) -> None:
    longest = BODY.ljust(BODY_BYTES_MAX)
    assert (await call(app, "POST", "/api/v1/order", longest)).status == 200
    answer = await call(app, "POST", "/api/v1/order", longest + b" ")
    assert (answer.status, answer.code) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize("declared", [True, False])
async def test_a_large_body_is_refused_before_it_is_read(app: App, declared: bool) -> None:
    received = 0

    async def receive() -> Event:
        nonlocal received
        received += 1
        return {"type": "http.request", "body": b" " * 10_000, "more_body": True}

    headers = [("content-length", "10000000")] if declared else []
    answer = await answer_to(app, "POST", "/api/v1/order", headers, receive)
    assert (answer.status, answer.code) == (413, "BODY_TOO_LARGE")
    assert received == (1 if declared else 2)


async def test_a_body_that_breaks_off_is_no_request(app: App) -> None:
    events: list[Event] = [
        {"type": "http.disconnect"},
        {"type": "http.request", "body": BODY[:20], "more_body": True},
    ]

    async def receive() -> Event:
        return events.pop()

    answer = await answer_to(app, "POST", "/api/v1/order", [], receive)
    assert (answer.status, answer.code) == (400, "MALFORMED_REQUEST")
