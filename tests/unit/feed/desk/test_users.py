"""Whatever is sent, it acts for the user who has signed in, or not at all."""

import json
from typing import Any

import pytest

from feed.desk.requests import METHODS
from proto.ids import UserId
from proto.queries import MarketsQuery
from tests.unit.feed.desk.connections import BUY, SELL, Connection, make_desk, user_of
from tests.unit.gateway.exchange import EngineExchange

# Params that are right, of each method.
PARAMS: dict[str, dict[str, Any]] = {
    "PLACE_ORDER": BUY,
    "AMEND_ORDER": {"market": "TATA_INR", "client_order_id": "mine", "quantity": "5"},
    "REPLACE_ORDER": {"client_order_id": "mine", "order": BUY},
    "CANCEL_ORDER": {"market": "TATA_INR", "client_order_id": "mine"},
    "CANCEL_ALL": {},
    "CANCEL_ALL_AFTER": {"timeout_ms": 1_000},
    "GET_ORDER": {"client_order_id": "mine"},
    "GET_OPEN_ORDERS": {},
    "GET_BALANCES": {},
}


def with_user(method: str, text: str) -> bytes:
    """Add a user, written as given, where the method has one."""
    if method == "REPLACE_ORDER":
        order = json.dumps(BUY)[:-1] + f', "user_id": {text}}}'
        return f'{{"client_order_id": "mine", "order": {order}}}'.encode()
    start = json.dumps(PARAMS[method])[:-1]
    return f'{start}{", " if PARAMS[method] else ""}"user_id": {text}}}'.encode()


def user_field(method: str) -> str:
    return "order.user_id" if method == "REPLACE_ORDER" else "user_id"


async def prepared() -> tuple[EngineExchange, Connection]:
    """A connection of user 1, who has an order, as has user 2."""
    exchange = EngineExchange()
    desk = make_desk(exchange)
    connection, other = Connection(desk), Connection(desk, 2)
    for one in (connection, other):
        await one.result("PLACE_ORDER", {**BUY, "price": "90", "client_order_id": "mine"})
    exchange.messages.clear()
    return exchange, connection


def owners(exchange: EngineExchange) -> set[int]:
    return {user_of(m) for m in exchange.messages if not isinstance(m, MarketsQuery)}


@pytest.mark.parametrize("method", METHODS)
async def test_a_user_may_be_left_out_or_named(method: str) -> None:
    for text in (None, '"1"', "1", '"001"'):
        exchange, connection = await prepared()
        params = PARAMS[method] if text is None else with_user(method, text)
        await connection.result(method, params)
        assert owners(exchange) == {1}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("text", ['"2"', "2", '"02"', '"11"', f'"{2**62 - 1}"', str(2**62 - 1)])
async def test_another_user_is_forbidden(method: str, text: str) -> None:
    exchange, connection = await prepared()
    error = await connection.error(method, with_user(method, text))
    assert (error["code"], error["field"]) == ("FORBIDDEN", user_field(method))
    assert "user_id must be 1, who has signed in" in error["message"]
    assert exchange.messages == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "text",
    ["null", "true", "1.0", "[]", "[2]", "{}", '{"user_id": 2}', '""', '" 1"', '"1 "', '"+1"',
     '"-1"', "0", "-1", '"\\u0661"', '"\\u0000"', '"1\\n"', str(2**62), str(2**64 + 1), "1e0"],
)  # fmt: skip
async def test_what_is_no_user_is_none(method: str, text: str) -> None:
    exchange, connection = await prepared()
    error = await connection.error(method, with_user(method, text))
    assert (error["status"], error["code"]) == (400, "INVALID_FIELD")
    assert error["field"] == user_field(method)
    assert exchange.messages == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "twice",
    ['"1", "user_id": "2"', '"2", "user_id": "1"', '"1", "user_i\\u0064": "2"',
     '"2", "user_i\\u0064": "1"', '"1", "user_id": "1"'],
)  # fmt: skip
async def test_two_users_are_one_too_many(method: str, twice: str) -> None:
    exchange, connection = await prepared()
    error = await connection.error(method, with_user(method, twice))
    assert (error["code"], error["field"]) == ("DUPLICATE_FIELD", user_field(method))
    assert exchange.messages == []


@pytest.mark.parametrize("name", ["User_id", "userId", "user", "owner", "user_id ", "account"])
async def test_no_other_field_names_a_user(name: str) -> None:
    for method in METHODS:
        exchange, connection = await prepared()
        error = await connection.error(method, {**PARAMS[method], name: "2"})
        assert (error["code"], error["field"]) == ("UNKNOWN_FIELD", name)
        assert exchange.messages == []


async def test_the_user_of_a_replacement_stands_in_its_order_alone() -> None:
    exchange, connection = await prepared()
    for user_id in ("1", "2"):
        params = {**PARAMS["REPLACE_ORDER"], "user_id": user_id}
        error = await connection.error("REPLACE_ORDER", params)
        assert (error["code"], error["field"]) == ("UNKNOWN_FIELD", "user_id")
    assert exchange.messages == []


async def test_orders_of_another_user_can_be_neither_seen_nor_touched() -> None:
    exchange = EngineExchange()
    desk = make_desk(exchange)
    connection, other = Connection(desk), Connection(desk, 2)
    theirs = await other.result("PLACE_ORDER", {**SELL, "client_order_id": "theirs"})
    place = {"market": "TATA_INR"}
    for name, value in (("order_id", theirs["order_id"]), ("client_order_id", "theirs")):
        for method, params in (
            ("GET_ORDER", {}),
            ("CANCEL_ORDER", place),
            ("AMEND_ORDER", {**place, "quantity": "5"}),
            ("REPLACE_ORDER", {"order": BUY}),
        ):
            error = await connection.error(method, {**params, name: value})
            assert (error["status"], error["code"]) == (404, "UNKNOWN_ORDER")
    cancelled = await connection.result("CANCEL_ALL", place)
    assert cancelled == {"cancelled_orders": 0, "is_complete": True}
    assert await connection.result("GET_OPEN_ORDERS") == []
    del theirs["fills"]
    assert await other.result("GET_OPEN_ORDERS") == [theirs]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("named", [True, False])
async def test_whoever_has_not_signed_in_is_nobody(method: str, named: bool) -> None:
    exchange = EngineExchange()
    connection = Connection(make_desk(exchange), None)
    params = with_user(method, '"1"') if named else PARAMS[method]
    error = await connection.error(method, params)
    assert error["code"] == "SIGN_IN_REQUIRED"
    assert method in error["message"]
    assert "status" not in error
    assert exchange.messages == []


async def test_a_request_is_of_whoever_had_signed_in_when_it_came() -> None:
    exchange = EngineExchange()
    connection = Connection(make_desk(exchange), None)
    await connection.session.take("before", "GET_BALANCES", b"", None)
    await connection.session.take("after", "GET_BALANCES", b"", UserId(3))
    before, after = await connection.answer_of("before"), await connection.answer_of("after")
    assert before["error"]["code"] == "SIGN_IN_REQUIRED"
    assert len(after["result"]) == 5
    assert owners(exchange) == {3}
