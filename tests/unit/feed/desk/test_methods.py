"""Each method does what REST's call does, and answers the same."""

from typing import Any

import pytest

from feed.desk.requests import METHODS
from gateway.app import create_app
from gateway.history import History
from proto.api.answers import Build
from proto.database import Database
from proto.queries import MarketsQuery
from tests.e2e.malformed import malformed_requests
from tests.e2e.malformed_request import MalformedRequest
from tests.unit.feed.desk.connections import BUY, SELL, Connection, make_desk, user_of
from tests.unit.gateway.asgi import call
from tests.unit.gateway.conftest import AWAY_URL
from tests.unit.gateway.exchange import EngineExchange

STOP = {
    **{name: value for name, value in SELL.items() if name != "price"},
    "type": "stop_loss",
    "trigger_price": "90",
}

# Who asks, the method and its params, and the call of REST; in the order of one story. Identifiers
# are those that the engine gives.
STORY: list[tuple[int, str, dict[str, Any] | None, str]] = [
    (1, "PLACE_ORDER", {**BUY, "client_order_id": "mine"}, "POST /api/v1/order"),
    (2, "PLACE_ORDER", {**SELL, "quantity": "4"}, "POST /api/v1/order"),
    (1, "GET_ORDER", {"client_order_id": "mine"}, "GET /api/v1/order"),
    (1, "AMEND_ORDER", {"market": "TATA_INR", "client_order_id": "mine", "price": "99.5"},
     "PATCH /api/v1/order"),
    (1, "PLACE_ORDER", STOP, "POST /api/v1/order"),
    (1, "REPLACE_ORDER",
     {"client_order_id": "mine", "order": {**BUY, "price": "98", "client_order_id": "second"}},
     "POST /api/v1/order/replace"),
    (1, "GET_OPEN_ORDERS", None, "GET /api/v1/order/open"),
    (1, "GET_OPEN_ORDERS", {"market": "BTC_USDT"}, "GET /api/v1/order/open"),
    (1, "CANCEL_ORDER", {"market": "TATA_INR", "client_order_id": "second"},
     "DELETE /api/v1/order"),
    (1, "CANCEL_ALL_AFTER", {"timeout_ms": 30_000}, "POST /api/v1/orders/cancel-all-after"),
    (1, "CANCEL_ALL", {"market": "TATA_INR", "side": "sell"}, "DELETE /api/v1/orders"),
    (1, "CANCEL_ALL", {}, "DELETE /api/v1/orders"),
    (2, "GET_BALANCES", None, "GET /api/v1/balances"),
    (1, "GET_BALANCES", {}, "GET /api/v1/balances"),
]  # fmt: skip


class Rest:
    """The same calls by REST, at an exchange of its own."""

    def __init__(self) -> None:
        self.exchange = EngineExchange()
        self._app = create_app(
            self.exchange,
            History(Database(AWAY_URL, self.exchange.clock_ns, "test", 4)),
            self.exchange.clock_ns,
            Build("0.1.0", "interpreted"),
            {},
        )

    async def ask(self, address: str, params: dict[str, Any], user_id: int) -> Any:
        method, _, target = address.partition(" ")
        if target == "/api/v1/order/replace":
            body = {**params, "order": {**params["order"], "user_id": str(user_id)}}
        else:
            body = {**params, "user_id": str(user_id)}
        if method == "GET":
            target += "?" + "&".join(f"{name}={value}" for name, value in body.items())
            return (await call(self._app, method, target)).json
        return (await call(self._app, method, target, body)).json


async def test_every_method_answers_what_rest_answers() -> None:
    rest, desk_exchange = Rest(), EngineExchange()
    desk = make_desk(desk_exchange)
    connections = {user_id: Connection(desk, user_id) for user_id in (1, 2)}
    for user_id, method, params, address in STORY:
        told = await connections[user_id].result(method, b"" if params is None else params)
        assert told == await rest.ask(address, params or {}, user_id), method
    assert {method for _, method, _, _ in STORY} == set(METHODS)
    # Not only the answers are the same.
    assert desk_exchange.engine.sequence == rest.exchange.engine.sequence
    assert desk_exchange.engine.state_hash() == rest.exchange.engine.state_hash()


async def test_a_story_has_fills_and_open_orders_in_it() -> None:
    """What the test above compares is not two empty answers."""
    desk = make_desk(EngineExchange())
    first, second = Connection(desk), Connection(desk, 2)
    told = {}
    for number, (user_id, method, params, _) in enumerate(STORY):
        connection = first if user_id == 1 else second
        told[number] = await connection.result(method, b"" if params is None else params)
    assert told[0]["status"] == "new"
    assert [fill["quantity"] for fill in told[1]["fills"]] == ["4"]
    assert told[2]["executed_quantity"] == "4"
    assert told[3]["price"] == "99.50"
    assert told[4]["status"] == "waiting"
    assert (told[5]["cancelled"]["status"], told[5]["order"]["price"]) == ("cancelled", "98.00")
    assert [order["client_order_id"] for order in told[6]] == [None, "second"]
    assert told[7] == []
    assert told[8]["status"] == "cancelled"
    assert told[9]["cancel_at"] is not None
    assert told[10] == {"cancelled_orders": 1, "is_complete": True}
    assert told[11] == {"cancelled_orders": 0, "is_complete": True}
    assert {balance["asset"] for balance in told[12]} == {"INR", "TATA", "BTC", "USDT", "ETH"}


CALLS = {
    "POST /api/v1/order": "PLACE_ORDER",
    "PATCH /api/v1/order": "AMEND_ORDER",
    "DELETE /api/v1/order": "CANCEL_ORDER",
    "POST /api/v1/order/replace": "REPLACE_ORDER",
    "DELETE /api/v1/orders": "CANCEL_ALL",
    "POST /api/v1/orders/cancel-all-after": "CANCEL_ALL_AFTER",
}


def concerns_params(request: MalformedRequest) -> bool:
    """Whether it is the JSON that is wrong, rather than what is around it."""
    return f"{request.method} {request.target}" in CALLS and request.status not in (413, 415)


MALFORMED = [request for request in malformed_requests() if concerns_params(request)]


async def test_what_rest_refuses_is_refused_with_the_same_problem() -> None:
    exchange = EngineExchange()
    connection = Connection(make_desk(exchange))
    failures = []
    assert len(MALFORMED) > 200
    for request in MALFORMED:
        answer = await connection.ask(CALLS[f"{request.method} {request.target}"], request.body)
        if request.code == "MISSING_FIELD" and (request.field or "").endswith("user_id"):
            # Whoever has signed in is meant.
            assert answer.get("error", {}).get("code") in (None, "UNKNOWN_ORDER"), request.name
            continue
        error = answer["error"]
        if request.body.startswith(b"{"):
            expected = request.status, request.code, request.field
        else:
            expected = None, "INVALID_REQUEST", "params"
        field = None if expected[2] is None else error.get("field")
        got = error.get("status"), error["code"], field
        if got != expected or not error["message"] or len(error["request_id"]) != 16:
            failures.append(f"{request.name}: {answer}, not {expected}")
    assert not failures, "\n".join(failures)
    sent = [message for message in exchange.messages if not isinstance(message, MarketsQuery)]
    assert {user_of(message) for message in sent} == {1}


@pytest.mark.parametrize("params", [b"", b"null", b"{}"])
async def test_two_methods_need_no_params(params: bytes) -> None:
    connection = Connection(make_desk(EngineExchange()))
    assert await connection.result("GET_OPEN_ORDERS", params) == []
    assert len(await connection.result("GET_BALANCES", params)) == 5


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"GET_OPEN_ORDERS", "GET_BALANCES"}))
@pytest.mark.parametrize("params", [b"", b"null", b"[]", b"7", b'"TATA_INR"', b"[{}]"])
async def test_the_others_need_an_object(method: str, params: bytes) -> None:
    connection = Connection(make_desk(EngineExchange()))
    error = await connection.error(method, params)
    assert (error["code"], error["field"]) == ("INVALID_REQUEST", "params")
    assert method in error["message"]
    assert "status" not in error


async def test_an_order_that_the_engine_does_not_remember_is_unknown() -> None:
    connection = Connection(make_desk(EngineExchange()))
    error = await connection.error("GET_ORDER", {"order_id": "999"})
    assert (error["status"], error["code"]) == (404, "UNKNOWN_ORDER")
    assert "GET /api/v1/orders" in error["message"]


async def test_the_same_order_sent_again_is_placed_once() -> None:
    connection = Connection(make_desk(EngineExchange()))
    named = {**BUY, "client_order_id": "once"}
    first = await connection.result("PLACE_ORDER", named)
    assert await connection.result("PLACE_ORDER", named) == first
    error = await connection.error("PLACE_ORDER", {**named, "quantity": "11"})
    assert (error["status"], error["code"]) == (409, "DUPLICATE_CLIENT_ORDER_ID")
    assert error["field"] == "client_order_id"
    assert len(await connection.result("GET_OPEN_ORDERS")) == 1
