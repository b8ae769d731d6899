"""What goes wrong behind the desk, as the client is told of it."""

import logging
from typing import Any

import pytest

from proto import codes
from proto.commands import Command
from proto.mesh.errors import MeshError, NotTakenError, OutcomeUnknownError
from proto.queries import MarketsQuery, Query
from proto.replies import Rejected, Reply
from tests.unit.feed.desk.connections import BUY, Connection, Message, know_markets, make_desk
from tests.unit.gateway.exchange import EngineExchange

AWAY = NotTakenError("the matcher is away", overloaded=False, retry_after_s=2)
FULL = NotTakenError("too many requests are in flight", overloaded=True)
LATE = OutcomeUnknownError("no answer within 5 s")
NAMED = {**BUY, "client_order_id": "mine"}
ORDER = {"market": "TATA_INR", "order_id": "1"}


async def trader(exchange: EngineExchange) -> Connection:
    connection = Connection(make_desk(exchange))
    await know_markets(connection)
    exchange.messages.clear()
    return connection


@pytest.mark.parametrize(
    ("failure", "status", "code", "retry_after_s"),
    [
        (AWAY, 503, "MATCHER_UNAVAILABLE", 2),
        (FULL, 429, "OVERLOADED", 1),
        (LATE, 504, "OUTCOME_UNKNOWN", None),
    ],
)
async def test_the_mesh_fails(
    failure: MeshError, status: int, code: str, retry_after_s: int | None
) -> None:
    exchange = EngineExchange()
    connection = await trader(exchange)
    exchange.failure = failure
    error = await connection.error("PLACE_ORDER", BUY)
    assert (error["status"], error["code"]) == (status, code)
    assert error.get("retry_after_s") == retry_after_s
    assert error["request_id"] == f"{exchange.messages[0].request_id:016x}"
    exchange.failure = None
    assert "result" in await connection.ask("PLACE_ORDER", BUY)


# Method and params; whether it may just be sent again; where to look.
UNKNOWN: list[tuple[str, dict[str, Any], bool, str]] = [
    ("PLACE_ORDER", NAMED, True, "GET_ORDER"),
    ("PLACE_ORDER", BUY, False, "GET_OPEN_ORDERS"),
    ("AMEND_ORDER", {**ORDER, "quantity": "5"}, False, "GET_ORDER"),
    ("REPLACE_ORDER", {"order_id": "1", "order": NAMED}, True, "GET_ORDER"),
    ("REPLACE_ORDER", {"order_id": "1", "order": BUY}, False, "GET_ORDER"),
    ("CANCEL_ORDER", ORDER, True, "GET_ORDER"),
    ("CANCEL_ALL", {}, False, "GET_OPEN_ORDERS"),
    ("CANCEL_ALL_AFTER", {"timeout_ms": 0}, False, "GET /api/v1/account"),
    ("GET_ORDER", {"order_id": "1"}, True, ""),
    ("GET_OPEN_ORDERS", {}, True, ""),
    ("GET_BALANCES", {}, True, ""),
]


@pytest.mark.parametrize(("method", "params", "again", "where"), UNKNOWN)
async def test_an_unknown_outcome_says_what_to_do(
    method: str, params: dict[str, Any], again: bool, where: str
) -> None:
    exchange = EngineExchange()
    connection = await trader(exchange)
    exchange.failure = LATE
    error = await connection.error(method, params)
    assert (error["status"], error["code"]) == (504, "OUTCOME_UNKNOWN")
    said = error["message"]
    assert where in said
    assert ("send the same again" in said or "nothing was changed: ask again" in said) is again


async def test_a_market_that_cannot_be_looked_up_fails_its_own_requests_only() -> None:
    exchange = EngineExchange()
    connection = await trader(exchange)
    send = exchange.send

    async def fail(message: Message) -> Reply:
        if isinstance(message, MarketsQuery):
            raise LATE
        return await send(message)

    exchange.send = fail  # type: ignore[method-assign]
    error = await connection.error("PLACE_ORDER", {**BUY, "market": "NEW_INR"})
    assert (error["status"], error["code"]) == (503, "MATCHER_UNAVAILABLE")
    assert "nothing was taken" in error["message"]
    assert "result" in await connection.ask("PLACE_ORDER", BUY)
    assert len([m for m in exchange.messages if isinstance(m, Command)]) == 1


@pytest.mark.parametrize("reason", [reason for reason in codes.REASON_NAMES if reason != codes.OK])
async def test_every_reason_of_the_engine_has_an_error(reason: int) -> None:
    exchange = EngineExchange()
    connection = await trader(exchange)

    async def reject(message: Command | Query) -> Reply:
        return Rejected(message.request_id, reason)

    exchange.send = reject  # type: ignore[method-assign]
    error = await connection.error("PLACE_ORDER", BUY)
    if reason == codes.DEADLINE_PASSED:
        assert (error["status"], error["code"], error["retry_after_s"]) == (503, "NOT_TAKEN", 1)
    else:
        assert error["code"] == codes.REASON_NAMES[reason]
        assert error["status"] in (404, 409, 422)
        assert "retry_after_s" not in error


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quantity": "1000000", "price": "1000"}, "INSUFFICIENT_BALANCE"),
        ({"price": "0.05", "quantity": "1"}, "NOTIONAL_TOO_SMALL"),
        ({"price": "100.01"}, "PRICE_NOT_ON_TICK"),
    ],
)
async def test_what_a_rule_refuses_says_which(change: dict[str, Any], code: str) -> None:
    connection = await trader(EngineExchange())
    error = await connection.error("PLACE_ORDER", {**BUY, **change})
    assert (error["status"], error["code"]) == (422, code)
    assert error.get("field") == ("price" if code == "PRICE_NOT_ON_TICK" else None)


async def test_a_bug_is_answered_and_logged_and_ends_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    exchange = EngineExchange()
    connection = await trader(exchange)
    send = exchange.send

    async def fail(message: Command | Query) -> Reply:
        raise RuntimeError("a secret of the inside")

    exchange.send = fail  # type: ignore[method-assign]
    with caplog.at_level(logging.ERROR):
        error = await connection.error("PLACE_ORDER", BUY)
    assert (error["status"], error["code"]) == (500, "INTERNAL_ERROR")
    assert "secret" not in error["message"]
    (record,) = caplog.records
    assert record.name == "feed.desk"
    assert error["request_id"] in record.message
    assert record.exc_info is not None
    exchange.send = send  # type: ignore[method-assign]
    assert "result" in await connection.ask("PLACE_ORDER", BUY)
    assert connection.session.in_flight == 0
