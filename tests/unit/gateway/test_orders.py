"""Placing, cancelling and finding orders, against the real engine."""

from typing import Any

import pytest

from gateway import examples
from gateway.app import App
from proto.commands import CancelOrder, PlaceOrder
from tests.unit.gateway.asgi import call
from tests.unit.gateway.exchange import TIMEOUT_NS, EngineExchange
from tests.unit.gateway.orders import BUY, SELL, but_for, place

OF_THE_SESSION = ("order_id", "created_at", "updated_at")


async def test_an_order_that_rests_is_answered_with_all_its_fields(app: App) -> None:
    answer = await place(app, BUY)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    order = answer.json
    assert int(order.pop("order_id")) > 0
    assert order.pop("created_at") == order.pop("updated_at") == "2024-01-01T12:00:00.000025Z"
    assert order == {**but_for(examples.ORDER, *OF_THE_SESSION), "fills": []}


async def test_the_documented_session(app: App) -> None:
    bought = (await place(app, BUY)).json
    found = await call(app, "GET", f"/api/v1/order?order_id={bought['order_id']}&user_id=1")
    assert but_for(found.json, *OF_THE_SESSION) == but_for(examples.ORDER, *OF_THE_SESSION)
    sold = (await place(app, examples.PLACE_ORDER)).json
    assert but_for(sold, *OF_THE_SESSION) == but_for(examples.PLACED_ORDER, *OF_THE_SESSION)
    cancel = {**examples.CANCEL_ORDER, "order_id": (await place(app, BUY)).json["order_id"]}
    cancelled = (await call(app, "DELETE", "/api/v1/order", cancel)).json
    expected = but_for(examples.CANCELLED_ORDER, *OF_THE_SESSION)
    assert but_for(cancelled, *OF_THE_SESSION) == expected


async def test_an_order_that_crosses_is_answered_with_its_fills(app: App) -> None:
    await place(app, BUY)
    order = (await place(app, {**SELL, "quantity": "15", "price": "99.95"})).json
    assert order["status"] == "partially_filled"
    assert order["executed_quantity"] == "10"
    assert order["remaining_quantity"] == "5"
    assert order["executed_quote_quantity"] == "1000.00"
    assert order["fee"] == "1.00"
    assert order["fills"] == [{"price": "100.00", "quantity": "10", "trade_id": "1", "fee": "1.00"}]


async def test_the_request_id_goes_from_the_header_into_the_command(
    app: App, exchange: EngineExchange
) -> None:
    answer = await place(app, BUY, "/api/v1/order/")
    command = exchange.messages[-1]
    assert isinstance(command, PlaceOrder)
    assert int(answer.headers["x-request-id"], 16) == command.request_id
    assert command.deadline_ns == exchange.now_ns - 1_000 + TIMEOUT_NS


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"price": 100, "quantity": 10, "user_id": 1}, {"price": "100.00", "quantity": "10"}),
        ({"side": "BUY", "type": "LIMIT", "time_in_force": "gtc"}, {"side": "buy"}),
        ({"side": "Buy", "type": "Limit"}, {"side": "buy", "type": "limit"}),
        ({"price": "100.0500000"}, {"price": "100.05"}),
        ({"price": ".05", "quantity": "20."}, {"price": "0.05", "quantity": "20"}),
        ({"post_only": True}, {"post_only": True, "status": "new"}),
        ({"time_in_force": "IOC"}, {"time_in_force": "IOC", "status": "expired"}),
        ({"client_order_id": "a.B_c:9-"}, {"client_order_id": "a.B_c:9-"}),
        ({"user_id": str(2**62 - 1), "side": "buy"}, None),
    ],
)
async def test_what_may_be_written_in_several_ways(
    app: App, change: dict[str, Any], shown: dict[str, Any] | None
) -> None:
    answer = await place(app, {**BUY, **change})
    if shown is None:
        # The user exists as far as form goes, and has no money.
        assert answer.code == "INSUFFICIENT_BALANCE"
        return
    assert answer.status == 200, answer.body
    assert {name: answer.json[name] for name in shown} == shown


async def test_a_market_order_has_no_price_and_never_rests(app: App) -> None:
    await place(app, BUY)
    market_order = {**SELL, "type": "market", "quantity": "4"}
    del market_order["price"]
    order = (await place(app, market_order)).json
    assert order["price"] is None
    assert order["time_in_force"] == "IOC"
    assert order["status"] == "filled"
    assert order["fills"][0]["quantity"] == "4"


async def test_a_repetition_is_placed_once_and_other_content_is_refused(app: App) -> None:
    named = {**BUY, "client_order_id": "once"}
    first = await place(app, named)
    again = await place(app, named)
    assert again.json == first.json
    other = await place(app, {**named, "quantity": "11"})
    assert other.status == 409
    assert other.code == "DUPLICATE_CLIENT_ORDER_ID"
    assert other.json["field"] == "client_order_id"
    open_orders = (await call(app, "GET", "/api/v1/order/open?user_id=1")).json
    assert [order["client_order_id"] for order in open_orders] == ["once"]


@pytest.mark.parametrize("in_query", [False, True])
@pytest.mark.parametrize("by_name", [False, True])
async def test_cancelling(
    app: App, exchange: EngineExchange, by_name: bool, in_query: bool
) -> None:
    placed = (await place(app, {**BUY, "client_order_id": "mine"})).json
    named = "client_order_id=mine" if by_name else f"order_id={placed['order_id']}"
    query = f"market=TATA_INR&user_id=1&{named}"
    if in_query:
        answer = await call(app, "DELETE", f"/api/v1/order/?{query}")
    else:
        body = dict(pair.split("=") for pair in query.split("&"))
        answer = await call(app, "DELETE", "/api/v1/order", body)
    assert answer.status == 200, answer.body
    assert answer.json["status"] == "cancelled"
    assert answer.json["order_id"] == placed["order_id"]
    assert "fills" not in answer.json
    assert isinstance(exchange.messages[-1], CancelOrder)
    assert (await call(app, "GET", "/api/v1/order/open?user_id=1")).json == []


async def test_an_order_of_another_user_or_market_is_not_found(app: App) -> None:
    order_id = (await place(app, BUY)).json["order_id"]
    for change in ({"user_id": "2"}, {"market": "BTC_USDT"}):
        fields = {"market": "TATA_INR", "user_id": "1", "order_id": order_id, **change}
        answer = await call(app, "DELETE", "/api/v1/order", fields)
        assert (answer.status, answer.code) == (404, "UNKNOWN_ORDER")


async def test_a_filled_order_cannot_be_cancelled(app: App) -> None:
    order_id = (await place(app, BUY)).json["order_id"]
    await place(app, SELL)
    query = f"market=TATA_INR&user_id=1&order_id={order_id}"
    answer = await call(app, "DELETE", f"/api/v1/order?{query}")
    assert (answer.status, answer.code) == (422, "ORDER_NOT_OPEN")


async def test_finding_one_order(app: App) -> None:
    placed = (await place(app, {**BUY, "client_order_id": "mine"})).json
    del placed["fills"]
    for named in (f"order_id={placed['order_id']}", "client_order_id=mine"):
        found = await call(app, "GET", f"/api/v1/order?user_id=1&{named}")
        assert (found.status, found.json) == (200, placed)


async def test_an_order_that_the_engine_forgot_is_looked_for_in_the_history(app: App) -> None:
    answer = await call(app, "GET", "/api/v1/order?user_id=1&order_id=999")
    # The database of this test is away: the answer is not "there is none".
    assert (answer.status, answer.code) == (503, "HISTORY_UNAVAILABLE")


async def test_open_orders_of_one_market_or_of_all(app: App) -> None:
    await place(app, BUY)
    await place(app, {**BUY, "market": "BTC_USDT", "price": "20000.01", "quantity": "0.00100"})
    everywhere = (await call(app, "GET", "/api/v1/order/open/?user_id=1")).json
    assert [order["market"] for order in everywhere] == ["TATA_INR", "BTC_USDT"]
    assert everywhere[1]["quantity"] == "0.00100"
    one = (await call(app, "GET", "/api/v1/order/open?user_id=1&market=BTC_USDT")).json
    assert one == everywhere[1:]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quantity": "1000000", "price": "1000"}, "INSUFFICIENT_BALANCE"),
        ({"price": "0.05", "quantity": "1"}, "NOTIONAL_TOO_SMALL"),
        ({"post_only": True, "price": "101"}, "POST_ONLY_WOULD_CROSS"),
    ],
)
async def test_what_the_engine_refuses_is_422_with_its_reason(
    app: App, change: dict[str, Any], code: str
) -> None:
    await place(app, {**SELL, "price": "101"})
    answer = await place(app, {**BUY, **change})
    assert (answer.status, answer.code) == (422, code)
