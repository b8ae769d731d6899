"""Orders that depend on each other, against the real engine."""

from typing import Any

from gateway import examples
from gateway.app import App
from proto.codes import OCO, OTO
from proto.commands import PlaceList
from tests.unit.gateway.asgi import call
from tests.unit.gateway.exchange import EngineExchange
from tests.unit.gateway.orders import BUY, SELL, but_for, place
from tests.unit.gateway.test_openapi import check_answer

OF_THE_SESSION = ("order_id", "list_id", "created_at", "updated_at")


def comparable(order: dict[str, Any]) -> dict[str, Any]:
    return but_for(order, *OF_THE_SESSION)


async def statuses(app: App, listed: dict[str, Any]) -> list[str]:
    user_id = listed["orders"][0]["user_id"]
    return [
        (
            await call(app, "GET", f"/api/v1/order?user_id={user_id}&order_id={one['order_id']}")
        ).json["status"]
        for one in listed["orders"]
    ]


async def test_the_documented_oco(app: App, exchange: EngineExchange) -> None:
    answer = await call(app, "POST", "/api/v1/order/oco", examples.PLACE_OCO)
    check_answer("POST", "/api/v1/order/oco", answer)
    placed, expected = answer.json, examples.PLACED_OCO
    assert isinstance(expected["orders"], list)
    assert list(map(comparable, placed["orders"])) == list(map(comparable, expected["orders"]))
    assert (placed["list_type"], placed["fills"]) == ("oco", [])
    assert placed["list_id"] == placed["orders"][0]["order_id"]
    assert {order["list_id"] for order in placed["orders"]} == {placed["list_id"]}
    sent = next(m for m in exchange.messages if isinstance(m, PlaceList))
    assert sent.list_type == OCO
    assert {order.request_id for order in sent.orders} == {int(answer.headers["x-request-id"], 16)}
    # The one trades, which ends the other.
    await place(app, {**BUY, "user_id": "2", "price": "110"})
    assert await statuses(app, placed) == ["filled", "cancelled"]


async def test_the_documented_oto(app: App, exchange: EngineExchange) -> None:
    answer = await call(app, "POST", "/api/v1/order/oto", examples.PLACE_OTO)
    check_answer("POST", "/api/v1/order/oto", answer)
    placed, expected = answer.json, examples.PLACED_OTO
    assert isinstance(expected["orders"], list)
    assert list(map(comparable, placed["orders"])) == list(map(comparable, expected["orders"]))
    sent = next(m for m in exchange.messages if isinstance(m, PlaceList))
    assert sent.list_type == OTO
    listed = (await call(app, "GET", "/api/v1/order/open?user_id=1")).json
    assert [order["status"] for order in listed] == ["new", "pending", "pending"]
    await place(app, {**SELL, "price": "99.50"})
    assert await statuses(app, placed) == ["filled", "new", "waiting"]


async def test_a_first_order_that_trades_shows_its_fills(app: App) -> None:
    await place(app, {**SELL, "price": "99.50"})
    placed = (await call(app, "POST", "/api/v1/order/oto", examples.PLACE_OTO)).json
    assert [fill["quantity"] for fill in placed["fills"]] == ["10"]
    assert placed["orders"][0]["status"] == "filled"


async def test_a_list_is_placed_once(app: App) -> None:
    first, second = examples.PLACE_OCO["orders"]  # type: ignore[misc]
    named = {"orders": [{**first, "client_order_id": "pair"}, second]}
    once = await call(app, "POST", "/api/v1/order/oco", named)
    again = await call(app, "POST", "/api/v1/order/oco", named)
    assert again.json == once.json
    other = {"orders": [{**first, "client_order_id": "pair", "quantity": "9"}, second]}
    refused = await call(app, "POST", "/api/v1/order/oco", other)
    assert (refused.status, refused.code) == (409, "DUPLICATE_CLIENT_ORDER_ID")


async def test_a_list_is_refused_whole(app: App) -> None:
    first, second = examples.PLACE_OCO["orders"]  # type: ignore[misc]
    large = {
        "orders": [first, {**second, "quantity": "1000000"}],
    }
    answer = await call(app, "POST", "/api/v1/order/oco", {
        "orders": [{**one, "user_id": "77"} for one in large["orders"]]
    })  # fmt: skip
    assert (answer.status, answer.code) == (422, "INSUFFICIENT_BALANCE")
    assert (await call(app, "GET", "/api/v1/order/open?user_id=77")).json == []
