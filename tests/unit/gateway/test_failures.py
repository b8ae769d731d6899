"""What goes wrong behind the gateway, as the client is told of it."""

import asyncio
import json
import logging

import pytest

from gateway.app import App
from proto import codes
from proto.commands import Command
from proto.mesh.errors import MeshError, NotTakenError, OutcomeUnknownError
from proto.queries import Query
from proto.replies import Rejected, Reply
from tests.unit.gateway.asgi import call
from tests.unit.gateway.exchange import EngineExchange
from tests.unit.gateway.orders import BUY, place
from tests.waiting import until

AWAY = NotTakenError("the matcher is away", overloaded=False, retry_after_s=2)
FULL = NotTakenError("too much is in flight", overloaded=True)
UNKNOWN = OutcomeUnknownError("no answer within 5 s")


@pytest.mark.parametrize(
    ("failure", "status", "code", "retry_after"),
    [
        (AWAY, 503, "MATCHER_UNAVAILABLE", "2"),
        (FULL, 429, "OVERLOADED", "1"),
        (UNKNOWN, 504, "OUTCOME_UNKNOWN", None),
    ],
)
async def test_the_mesh_fails(
    app: App,
    exchange: EngineExchange,
    failure: MeshError,
    status: int,
    code: str,
    retry_after: str | None,
) -> None:
    # The markets are known already: it is the order that fails.
    await call(app, "GET", "/api/v1/depth?market=TATA_INR")
    exchange.failure = failure
    answer = await place(app, BUY)
    assert (answer.status, answer.code) == (status, code)
    assert answer.headers.get("retry-after") == retry_after
    assert answer.json["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("reason", [reason for reason in codes.REASON_NAMES if reason != codes.OK])
async def test_every_reason_of_the_engine_has_a_problem(
    app: App, exchange: EngineExchange, monkeypatch: pytest.MonkeyPatch, reason: int
) -> None:
    await call(app, "GET", "/api/v1/depth?market=TATA_INR")

    async def reject(message: Command | Query) -> Reply:
        return Rejected(message.request_id, reason)

    monkeypatch.setattr(exchange, "send", reject)
    answer = await place(app, BUY)
    if reason == codes.DEADLINE_PASSED:
        assert (answer.status, answer.code) == (503, "NOT_TAKEN")
        assert answer.headers["retry-after"] == "1"
    else:
        assert answer.code == codes.REASON_NAMES[reason]
        assert answer.status in (404, 409, 422)


async def test_a_bug_is_500_without_its_traceback_and_logged_once(
    app: App,
    exchange: EngineExchange,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await call(app, "GET", "/api/v1/depth?market=TATA_INR")

    async def fail(message: Command | Query) -> Reply:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(exchange, "send", fail)
    with caplog.at_level(logging.ERROR):
        answer = await place(app, BUY)
    assert (answer.status, answer.code) == (500, "INTERNAL_ERROR")
    assert b"secret" not in answer.body
    assert b"Traceback" not in answer.body
    assert [record.name for record in caplog.records] == ["gateway"]
    assert answer.headers["x-request-id"] in caplog.records[0].message


async def test_more_in_flight_than_the_bound_is_refused(
    app: App, exchange: EngineExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    await call(app, "GET", "/api/v1/depth?market=TATA_INR")
    gate, apply = asyncio.Event(), exchange.send
    arrived: list[Command | Query] = []

    async def wait(message: Command | Query) -> Reply:
        arrived.append(message)
        await gate.wait()
        return await apply(message)

    monkeypatch.setattr(exchange, "send", wait)
    waiting = [asyncio.create_task(place(app, {**BUY, "quantity": "1"})) for _ in range(64)]
    await until(lambda: len(arrived) == 64)
    refused = await place(app, BUY)
    assert (refused.status, refused.code) == (429, "OVERLOADED")
    assert refused.headers["retry-after"] == "1"
    gate.set()
    assert {answer.status for answer in await asyncio.gather(*waiting)} == {200}
    assert (await place(app, BUY)).status == 200


async def test_pages_of_other_machines_may_not_act(app: App) -> None:
    json_type = ("content-type", "application/json")
    for origin in ("https://evil.example", "null"):
        for method, target in (("POST", "/api/v1/order"), ("GET", "/api/v1/balances?user_id=1")):
            body = json.dumps(BUY).encode() if method == "POST" else b""
            refused = await call(app, method, target, body, [json_type, ("origin", origin)])
            assert (refused.status, refused.code) == (403, "FOREIGN_ORIGIN")
    local = [json_type, ("origin", "http://localhost:5173")]
    assert (await call(app, "POST", "/api/v1/order", json.dumps(BUY).encode(), local)).status == 200


async def test_wrong_methods_name_the_right_ones(app: App) -> None:
    answer = await call(app, "PUT", "/api/v1/order/")
    assert (answer.status, answer.code) == (405, "METHOD_NOT_ALLOWED")
    assert set(answer.headers["allow"].split(", ")) == {
        *("GET", "POST", "PATCH", "DELETE", "OPTIONS"),
    }


async def test_the_root_leads_to_the_page(app: App) -> None:
    answer = await call(app, "GET", "/")
    assert (answer.status, answer.headers["location"]) == (302, "/docs")
