"""Changing, replacing and cancelling, one order or all, against the real engine."""

from typing import Any

import pytest

from gateway import examples
from gateway.app import App
from proto.commands import AmendOrder, CancelAll, CancelAllAfter, ReplaceOrder
from tests.unit.gateway.asgi import Answer, call
from tests.unit.gateway.exchange import EngineExchange
from tests.unit.gateway.orders import BUY, SELL, but_for, place
from tests.unit.gateway.test_openapi import check_answer

OF_THE_SESSION = ("order_id", "created_at", "updated_at")


async def amend(app: App, **fields: Any) -> Answer:
    return await call(
        app, "PATCH", "/api/v1/order", {"market": "TATA_INR", "user_id": "1", **fields}
    )


async def open_ids(app: App, user_id: int = 1) -> list[str]:
    listed = (await call(app, "GET", f"/api/v1/order/open?user_id={user_id}")).json
    return [order["order_id"] for order in listed]


async def test_the_documented_change(app: App) -> None:
    order_id = (await place(app, BUY)).json["order_id"]
    answer = await amend(app, order_id=order_id, quantity="6")
    check_answer("PATCH", "/api/v1/order", answer)
    assert but_for(answer.json, *OF_THE_SESSION) == but_for(examples.AMENDED_ORDER, *OF_THE_SESSION)
    assert answer.json["order_id"] == order_id


async def test_what_is_left_out_stays(app: App, exchange: EngineExchange) -> None:
    await place(app, {**BUY, "client_order_id": "mine"})
    changed = await amend(app, client_order_id="mine", price="99.5")
    assert (changed.json["price"], changed.json["quantity"]) == ("99.50", "10")
    sent = exchange.messages[-1]
    assert isinstance(sent, AmendOrder)
    assert (sent.order_id, sent.client_order_id) == (0, "mine")
    assert (sent.price_ticks, sent.quantity_lots, sent.trigger_price_ticks) == (1_990, 0, 0)


async def test_a_change_may_take(app: App) -> None:
    await place(app, {**SELL, "quantity": "4"})
    order_id = (await place(app, {**BUY, "price": "99"})).json["order_id"]
    changed = (await amend(app, order_id=order_id, price="100")).json
    assert (changed["status"], changed["executed_quantity"]) == ("partially_filled", "4")
    assert [fill["quantity"] for fill in changed["fills"]] == ["4"]


async def test_a_trigger_price_may_change(app: App) -> None:
    stop = {**but_for(BUY, "price"), "type": "stop_loss", "trigger_price": "120"}
    order_id = (await place(app, stop)).json["order_id"]
    changed = await amend(app, order_id=order_id, trigger_price="130")
    assert (changed.json["trigger_price"], changed.json["status"]) == ("130.00", "waiting")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"trigger_price": "120"}, "NOT_AMENDABLE"),
        ({"price": "0.05", "quantity": "1"}, "NOTIONAL_TOO_SMALL"),
        ({"quantity": "1000000"}, "INSUFFICIENT_BALANCE"),
    ],
)
async def test_a_change_that_is_refused_says_why(
    app: App, fields: dict[str, str], code: str
) -> None:
    order_id = (await place(app, BUY)).json["order_id"]
    answer = await amend(app, order_id=order_id, **fields)
    assert (answer.status, answer.code) == (422, code)
    check_answer("PATCH", "/api/v1/order", answer)


async def test_one_order_in_place_of_another(app: App, exchange: EngineExchange) -> None:
    old = (await place(app, BUY)).json["order_id"]
    body = {"order_id": old, "order": {**BUY, "price": "99.50"}}
    answer = await call(app, "POST", "/api/v1/order/replace", body)
    check_answer("POST", "/api/v1/order/replace", answer)
    assert but_for(answer.json["order"], *OF_THE_SESSION) == {
        **but_for(examples.ORDER, *OF_THE_SESSION),
        "price": "99.50",
        "fills": [],
    }
    assert answer.json["cancelled"]["order_id"] == old
    assert answer.json["cancelled"]["status"] == "cancelled"
    assert await open_ids(app) == [answer.json["order"]["order_id"]]
    command = next(m for m in reversed(exchange.messages) if isinstance(m, ReplaceOrder))
    assert command.request_id == int(answer.headers["x-request-id"], 16)


async def test_a_named_replacement_may_be_repeated(app: App) -> None:
    ids = [(await place(app, BUY)).json["order_id"] for _ in range(2)]
    body = {"order_id": ids[0], "order": {**BUY, "price": "99.50", "client_order_id": "new"}}
    first = await call(app, "POST", "/api/v1/order/replace", body)
    again = await call(app, "POST", "/api/v1/order/replace", body)
    assert (again.status, again.json) == (200, first.json)
    # It was not this order that was replaced.
    other = await call(app, "POST", "/api/v1/order/replace", {**body, "order_id": ids[1]})
    assert (other.status, other.code) == (409, "DUPLICATE_CLIENT_ORDER_ID")
    assert await open_ids(app) == [ids[1], first.json["order"]["order_id"]]


async def test_an_unnamed_replacement_is_not_made_twice(app: App) -> None:
    body = {"order_id": (await place(app, BUY)).json["order_id"], "order": BUY}
    first = await call(app, "POST", "/api/v1/order/replace", body)
    again = await call(app, "POST", "/api/v1/order/replace", body)
    assert (again.status, again.code) == (422, "ORDER_NOT_OPEN")
    assert await open_ids(app) == [first.json["order"]["order_id"]]


async def test_a_repeated_change(app: App) -> None:
    order_id = (await place(app, BUY)).json["order_id"]
    await place(app, {**SELL, "price": "101"})
    first = await amend(app, order_id=order_id, quantity="8")
    again = await amend(app, order_id=order_id, quantity="8")
    assert (again.status, again.json["quantity"]) == (200, first.json["quantity"])
    filled = await amend(app, order_id=order_id, price="101")
    assert filled.json["status"] == "filled"
    refused = await amend(app, order_id=order_id, price="101")
    assert (refused.status, refused.code) == (422, "ORDER_NOT_OPEN")
    assert "GET /api/v1/order shows it" in refused.json["detail"]


async def test_the_old_order_stays_where_the_new_one_is_refused(app: App) -> None:
    old = (await place(app, {**BUY, "client_order_id": "old"})).json["order_id"]
    body = {"client_order_id": "old", "order": {**BUY, "side": "sell", "price": "101"}}
    answer = await call(app, "POST", "/api/v1/order/replace", body)
    assert (answer.status, answer.code) == (422, "INVALID_ORDER")
    assert await open_ids(app) == [old]


@pytest.mark.parametrize("in_query", [False, True])
@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({}, []),
        ({"side": "BUY"}, [2]),
        ({"market": "TATA_INR"}, [1]),
        ({"market": "TATA_INR", "side": "sell"}, [0, 1]),
    ],
)
async def test_cancelling_all(
    app: App, fields: dict[str, str], left: list[int], in_query: bool
) -> None:
    orders = (
        BUY,
        {**BUY, "market": "BTC_USDT", "price": "20000", "quantity": "0.1"},
        {**SELL, "user_id": "1", "price": "101"},
    )
    ids = [(await place(app, order)).json["order_id"] for order in orders]
    others = (await place(app, {**SELL, "price": "102"})).json["order_id"]
    wanted = {"user_id": "1", **fields}
    query = "&".join(f"{name}={value}" for name, value in wanted.items())
    if in_query:
        answer = await call(app, "DELETE", f"/api/v1/orders?{query}")
    else:
        answer = await call(app, "DELETE", "/api/v1/orders", wanted)
    check_answer("DELETE", "/api/v1/orders", answer)
    assert answer.json == {"cancelled_orders": 3 - len(left), "is_complete": True}
    assert await open_ids(app) == [ids[number] for number in left]
    assert await open_ids(app, 2) == [others]


async def test_the_dead_man_s_switch(app: App, exchange: EngineExchange) -> None:
    await place(app, BUY)
    body = {"timeout_ms": 30_000, "user_id": "1"}
    answer = await call(app, "POST", "/api/v1/orders/cancel-all-after", body)
    check_answer("POST", "/api/v1/orders/cancel-all-after", answer)
    assert answer.json["cancel_at"].startswith("2024-01-01T12:00:30.")
    shown = await call(app, "GET", "/api/v1/account?user_id=1")
    assert shown.json == answer.json
    off = await call(app, "POST", "/api/v1/orders/cancel-all-after", {**body, "timeout_ms": 0})
    assert off.json["cancel_at"] is None
    await call(app, "POST", "/api/v1/orders/cancel-all-after", body)
    exchange.now_ns += 31 * 10**9
    # Somebody else's order lets time pass.
    await place(app, {**SELL, "price": "101"})
    assert await open_ids(app) == []
    kinds = [type(message) for message in exchange.messages]
    assert kinds.count(CancelAllAfter) == 3
    assert CancelAll not in kinds
