"""Orders over real sockets, through a real feed, mesh and matcher, and a matcher that is killed."""

import asyncio
import json
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from scripts.launcher.demo import fund_demo_users
from tests.asyncapi_check import Conversation
from tests.integration.gateway.services import Service
from tests.waiting import until

pytestmark = pytest.mark.integration

DEADLINE_S = 20.0
BUY = {"market": "TATA_INR", "side": "buy", "price": "100", "quantity": "1"}


class Exchange:
    """A matcher and a feed."""

    def __init__(self, stack: ExitStack, environment: dict[str, str]) -> None:
        self._stack = stack
        self._environment = environment
        self.matcher = self.start_matcher()
        endpoint = f"ipc://{environment['TICKMESH_DATA_DIR']}/run/matcher-0.ipc"
        asyncio.run(fund_demo_users(endpoint, time.time_ns))
        feed = stack.enter_context(Service("feed", environment))
        self.address = f"ws://{feed.wait_for('ready ws://').rpartition('ws://')[2]}"

    def start_matcher(self) -> Service:
        matcher = self._stack.enter_context(Service("matcher", self._environment))
        matcher.wait_for("ready")
        return matcher

    @asynccontextmanager
    async def trader(self, user_id: int) -> AsyncIterator["Trader"]:
        """Connect, and sign in."""
        async with connect(self.address, open_timeout=DEADLINE_S) as connection:
            trader = Trader(connection)
            signed_in = await trader.result("SIGN_IN", {"user_id": str(user_id)})
            assert signed_in == {"user_id": str(user_id)}
            yield trader


class Trader:
    """A client that trades."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self._conversation = Conversation()
        self._number = 0

    async def send(self, method: str, params: object = None) -> int:
        self._number += 1
        request = {"method": method, "id": self._number}
        if params is not None:
            request["params"] = params
        text = json.dumps(request)
        self._conversation.sent(text)
        await self.connection.send(text)
        return self._number

    async def answers(self, numbers: list[int]) -> dict[int, Any]:
        """Wait for the answers to requests, by their ids; nothing else may come."""
        found: dict[int, Any] = {}
        async with asyncio.timeout(DEADLINE_S):
            while len(found) < len(numbers):
                answer = self._conversation.received(await self.connection.recv())
                assert answer["id"] in numbers, answer
                found[answer["id"]] = answer
        return found

    async def ask(self, method: str, params: object = None) -> Any:
        number = await self.send(method, params)
        return (await self.answers([number]))[number]

    async def result(self, method: str, params: object = None) -> Any:
        answer = await self.ask(method, params)
        assert "result" in answer, answer
        return answer["result"]


@pytest.fixture
def exchange(redis_url: str, migrated_database_url: str) -> Iterator[Exchange]:
    with tempfile.TemporaryDirectory(prefix="tickmesh-desk-") as folder, ExitStack() as stack:
        environment = {
            "TICKMESH_DATA_DIR": folder,
            "TICKMESH_WS_PORT": "0",
            "REDIS_URL": redis_url,
            "DATABASE_URL": migrated_database_url,
        }
        yield Exchange(stack, environment)


async def test_orders_sent_at_once_are_applied_in_their_order(exchange: Exchange) -> None:
    async with exchange.trader(1) as trader, exchange.trader(2) as other:
        numbers = []
        for number in range(100):
            numbers.append(
                await trader.send("PLACE_ORDER", {**BUY, "client_order_id": f"{number}"})
            )
            names = {"market": "TATA_INR", "client_order_id": f"{number}"}
            numbers.append(await trader.send("AMEND_ORDER", {**names, "quantity": "2"}))
        answers = await trader.answers(numbers)
        placed = [answers[number]["result"] for number in numbers[::2]]
        order_ids = [int(order["order_id"]) for order in placed]
        assert order_ids == sorted(order_ids)
        amended = [answers[number]["result"] for number in numbers[1::2]]
        assert {order["quantity"] for order in amended} == {"2"}
        # What was first in the book is first to trade.
        sold = await other.result("PLACE_ORDER", {**BUY, "side": "sell", "quantity": "6"})
        assert [fill["quantity"] for fill in sold["fills"]] == ["2", "2", "2"]
        left = await trader.result("GET_OPEN_ORDERS", {"market": "TATA_INR"})
        assert [order["order_id"] for order in left] == [order["order_id"] for order in placed[3:]]


async def test_what_was_sent_before_a_connection_closes_is_done(exchange: Exchange) -> None:
    async with exchange.trader(1) as trader:
        await trader.result("PLACE_ORDER", BUY)
    async with exchange.trader(1) as trader:
        for number in range(50):
            await trader.send("PLACE_ORDER", {**BUY, "client_order_id": f"{number}"})
        await trader.send("CANCEL_ALL", {})
        await trader.send("PLACE_ORDER", {**BUY, "client_order_id": "last"})
    async with exchange.trader(1) as trader:

        async def only_the_last_is_open() -> bool:
            orders = await trader.result("GET_OPEN_ORDERS")
            return [order["client_order_id"] for order in orders] == ["last"]

        await until(only_the_last_is_open)


async def test_a_named_order_is_placed_once_whatever_becomes_of_the_matcher(
    exchange: Exchange,
) -> None:
    named = {**BUY, "client_order_id": "once"}
    async with exchange.trader(1) as trader:
        first = await trader.result("PLACE_ORDER", named)
        exchange.matcher.stop(signal.SIGKILL)
        numbers = [
            await trader.send("PLACE_ORDER", {**BUY, "client_order_id": f"n{number}"})
            for number in range(20)
        ]
        exchange.matcher = exchange.start_matcher()
        # Each is placed by the matcher that came back, or was not taken, or nobody knows.
        for answer in (await trader.answers(numbers)).values():
            code = answer["error"]["code"] if "error" in answer else None
            assert code in (None, "MATCHER_UNAVAILABLE", "OUTCOME_UNKNOWN")

        async def answered() -> Any:
            return (await trader.ask("PLACE_ORDER", named)).get("result")

        assert await until(answered) == first
        for number in range(20):
            await trader.result("PLACE_ORDER", {**BUY, "client_order_id": f"n{number}"})
        orders = await trader.result("GET_OPEN_ORDERS")
        names = sorted(order["client_order_id"] for order in orders)
        assert names == sorted(["once", *(f"n{number}" for number in range(20))])


async def test_an_order_for_another_user_goes_nowhere(exchange: Exchange) -> None:
    async with exchange.trader(1) as trader, exchange.trader(2) as other:
        answer = await trader.ask("PLACE_ORDER", {**BUY, "user_id": "2"})
        assert answer["error"]["code"] == "FORBIDDEN"
        assert answer["error"]["field"] == "user_id"
        assert await other.result("GET_OPEN_ORDERS") == []
        assert await trader.result("GET_OPEN_ORDERS") == []
    async with connect(exchange.address) as connection:
        stranger = Trader(connection)
        answer = await stranger.ask("PLACE_ORDER", {**BUY, "user_id": "2"})
        assert answer["error"]["code"] == "SIGN_IN_REQUIRED"
