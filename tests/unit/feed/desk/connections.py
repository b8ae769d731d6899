"""Connections of clients that trade, with a real engine behind their desk."""

import asyncio
import itertools
import json
from typing import Any

from feed.desk.desk import Desk
from proto.api.markets import MarketCatalog
from proto.commands import Command, ReplaceOrder
from proto.ids import UserId
from proto.queries import Query
from proto.replies import Reply
from tests.unit.gateway.exchange import EngineExchange
from tests.waiting import until

BUY: dict[str, Any] = {"market": "TATA_INR", "side": "buy", "price": "100", "quantity": "10"}
SELL: dict[str, Any] = {**BUY, "side": "sell"}

Message = Command | Query


class GatedExchange(EngineExchange):
    """Lets messages of some types wait at the gate until it is opened."""

    def __init__(self, *held: type[Message]) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        # Messages as they left, whether their answers have come or not.
        self.left: list[Message] = []
        self._held = held

    async def send(self, message: Message) -> Reply:
        self.left.append(message)
        if isinstance(message, self._held):
            await self.gate.wait()
        return await super().send(message)


class Connection:
    """A client's connection: keeps what is written to it."""

    def __init__(self, desk: Desk, user_id: int | None = 1) -> None:
        self.session = desk.open(self._write)
        self.answers: list[dict[str, Any]] = []
        # What is raised in place of writing, and what writing waits for.
        self.failure: Exception | None = None
        self.room = asyncio.Event()
        self.room.set()
        self._user_id = None if user_id is None else UserId(user_id)
        self._numbers = itertools.count(1)

    async def _write(self, answer: bytes) -> None:
        await self.room.wait()
        if self.failure is not None:
            raise self.failure
        self.answers.append(json.loads(answer))

    async def send(self, method: str, params: object = b"") -> int:
        """Send a request, its params as bytes or as what is written as JSON; returns its id."""
        number = next(self._numbers)
        text = params if isinstance(params, bytes) else json.dumps(params).encode()
        await self.session.take(number, method, text, self._user_id)
        return number

    async def answer_of(self, number: int | str) -> dict[str, Any]:
        """Wait for the answer to a request."""
        await until(lambda: any(answer["id"] == number for answer in self.answers))
        (found,) = (answer for answer in self.answers if answer["id"] == number)
        return found

    async def ask(self, method: str, params: object = b"") -> dict[str, Any]:
        """Send a request and wait for the answer."""
        return await self.answer_of(await self.send(method, params))

    async def result(self, method: str, params: object = b"") -> Any:
        """Send a request that is done, and return what comes of it."""
        answer = await self.ask(method, params)
        assert "result" in answer, answer
        return answer["result"]

    async def error(self, method: str, params: object = b"") -> dict[str, Any]:
        """Send a request that fails, and return why."""
        answer = await self.ask(method, params)
        assert set(answer) == {"id", "error"}, answer
        error: dict[str, Any] = answer["error"]
        return error


def make_desk(exchange: EngineExchange) -> Desk:
    return Desk(exchange, MarketCatalog(exchange, exchange.clock_ns), lambda: 0)


def user_of(message: Message) -> int:
    """Return whose it is, of a message that is somebody's."""
    owner = message.order if isinstance(message, ReplaceOrder) else message
    user_id: int = owner.user_id  # type: ignore[union-attr]
    return user_id


async def know_markets(connection: Connection) -> None:
    """Let the desk learn the markets that there are."""
    await connection.result("GET_OPEN_ORDERS", {"market": "TATA_INR"})
