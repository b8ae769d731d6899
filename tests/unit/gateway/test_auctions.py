"""Many who ask what an auction would do cost the matcher one question."""

import asyncio

import pytest

from gateway.app import App
from gateway.auctions import SHARED_NS
from proto.commands import Command
from proto.mesh.errors import NotTakenError
from proto.queries import AuctionQuery, Query
from proto.replies import Reply
from tests.unit.gateway.asgi import call
from tests.unit.gateway.exchange import EngineExchange
from tests.unit.gateway.orders import BUY, place
from tests.waiting import until

PATH = "/api/v1/auction?market=TATA_INR"


def questions(exchange: EngineExchange) -> int:
    return sum(isinstance(message, AuctionQuery) for message in exchange.messages)


class Gate:
    """Holds the answers to questions about auctions until it is opened."""

    def __init__(self, exchange: EngineExchange) -> None:
        self.opened = asyncio.Event()
        self._send = exchange.send

    async def send(self, message: Command | Query) -> Reply:
        reply = await self._send(message)
        if isinstance(message, AuctionQuery):
            await self.opened.wait()
        return reply


async def test_all_who_wait_share_one_question(
    app: App, exchange: EngineExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    await call(app, "GET", "/api/v1/depth?market=TATA_INR")
    gate = Gate(exchange)
    monkeypatch.setattr(exchange, "send", gate.send)
    asking = [asyncio.create_task(call(app, "GET", PATH)) for _ in range(20)]
    await until(lambda: questions(exchange) == 1)
    # One who goes away takes nothing from the others; one who comes late, but before the answer,
    # waits with them.
    asking.pop(0).cancel()
    exchange.now_ns += 10 * SHARED_NS
    asking.append(asyncio.create_task(call(app, "GET", PATH)))
    other = asyncio.create_task(call(app, "GET", "/api/v1/auction?market=BTC_USDT"))
    await until(lambda: questions(exchange) == 2)
    gate.opened.set()
    answers = await asyncio.gather(*asking)
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)
    assert (await other).json["market"] == "BTC_USDT"
    assert questions(exchange) == 2


async def test_an_answer_serves_for_a_moment(app: App, exchange: EngineExchange) -> None:
    await place(app, BUY)
    first = await call(app, "GET", PATH)
    exchange.now_ns += SHARED_NS - 1
    assert (await call(app, "GET", PATH)).body == first.body
    assert questions(exchange) == 1
    exchange.now_ns += 1
    await call(app, "GET", PATH)
    assert questions(exchange) == 2
    # A clock that is set back makes no answer last.
    exchange.now_ns -= 1_000 * SHARED_NS
    await call(app, "GET", PATH)
    assert questions(exchange) == 3


async def test_a_failure_is_asked_again_at_once(app: App, exchange: EngineExchange) -> None:
    await call(app, "GET", "/api/v1/depth?market=TATA_INR")
    exchange.failure = NotTakenError("the matcher is away", overloaded=False)
    assert (await call(app, "GET", PATH)).status == 503
    exchange.failure = None
    assert (await call(app, "GET", PATH)).status == 200
