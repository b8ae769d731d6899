"""What a running exchange sends over its WebSocket is what the document that it serves says."""

import asyncio
import http.client
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.asyncapi_check import Conversation, Description
from tests.e2e.conftest import Exchange

pytestmark = pytest.mark.e2e
DEADLINE_S = 20.0
MARKET = "ETH_USDT"
BUY = {"market": MARKET, "side": "buy", "price": "2000.00", "quantity": "1"}
SELL = {**BUY, "side": "sell"}
PUBLIC = [
    *(f"depth@{MARKET}", f"depth@{MARKET}@100ms", f"depth5@{MARKET}", f"depth20@{MARKET}@1s"),
    *(f"bookTicker@{MARKET}", f"trades@{MARKET}", f"ticker@{MARKET}", "tickers"),
    *(f"kline_1m@{MARKET}", f"status@{MARKET}"),
]
PRIVATE = ["orders", "fills", "balances"]


def rest(exchange: Exchange, method: str, target: str, body: object = None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", exchange.http_port, timeout=DEADLINE_S)
    try:
        headers = {} if body is None else {"Content-Type": "application/json"}
        connection.request(method, target, body and json.dumps(body), headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        return json.loads(answer.read())
    finally:
        connection.close()


def fund(exchange: Exchange, user_id: int) -> None:
    for asset in ("ETH", "USDT"):
        transfer = {
            "user_id": str(user_id),
            "asset": asset,
            "amount": "1000000.00",
            "reference": f"described-{user_id}-{asset}",
        }
        rest(exchange, "POST", "/api/v1/transfers/deposits", transfer)
        rest(exchange, "POST", f"/api/v1/transfers/{transfer['reference']}/confirm")


class Client:
    """A connection on which everything is checked."""

    def __init__(self, connection: ClientConnection, description: Description) -> None:
        self.connection = connection
        self.conversation = Conversation(description)
        # Messages of streams, in the order in which they came.
        self.told: list[Any] = []
        self._numbers = itertools.count(1)

    async def ask(self, method: str, params: object = None, **more: object) -> Any:
        """Send a request, and return the answer to it."""
        number = next(self._numbers)
        asked = {"method": method, "id": number, **more}
        if params is not None:
            asked["params"] = params
        await self.send(json.dumps(asked))
        while (content := await self.receive()).get("id") != number:
            pass
        return content

    async def done(self, method: str, params: object = None, **more: object) -> Any:
        answer = await self.ask(method, params, **more)
        assert "result" in answer, answer
        return answer["result"]

    async def refused(self, method: str, params: object = None, **more: object) -> str:
        answer = await self.ask(method, params, **more)
        assert "error" in answer, answer
        return str(answer["error"]["code"])

    async def send(self, text: str) -> None:
        self.conversation.sent(text)
        await self.connection.send(text)

    async def receive(self) -> Any:
        async with asyncio.timeout(DEADLINE_S):
            content = self.conversation.received(await self.connection.recv())
        if "stream" in content:
            self.told.append(content)
        return content

    def data(self, stream: str, kind: str | None = None) -> list[Any]:
        """Return what a stream has told so far; of one type, where it has several."""
        told = [content["data"] for content in self.told if content["stream"] == stream]
        return [data for data in told if kind is None or data["type"] == kind]


@asynccontextmanager
async def client_of(exchange: Exchange, user_id: int | None = None) -> AsyncIterator[Client]:
    description = Description(await asyncio.to_thread(rest, exchange, "GET", "/asyncapi.json"))
    server = description.document["servers"]["feed"]
    assert server["host"].endswith(f":{exchange.ws_port}")
    url = f"{server['protocol']}://{server['host']}"
    async with connect(url, proxy=None, max_queue=None) as connection:
        client = Client(connection, description)
        if user_id is not None:
            await client.done("SIGN_IN", {"user_id": str(user_id)})
        yield client


async def test_every_stream_tells_what_is_described(exchange: Exchange) -> None:
    await asyncio.to_thread(fund, exchange, 31)
    async with client_of(exchange, 31) as client:
        await client.done("SUBSCRIBE", [*PUBLIC, *PRIVATE])
        await client.done("PLACE_ORDER", {**BUY, "self_trade_prevention": "allow"})
        await client.done("PLACE_ORDER", {**SELL, "quantity": "0.4"})
        await client.done("PLACE_ORDER", {**SELL, "price": "2100.00"})
        await client.done("CANCEL_ALL", {})
        channels = set(client.conversation.description.streams)
        while channels - set(client.conversation.seen):
            await client.receive()
        while len(client.data("fills", "fill")) < 2 or len(client.data("balances", "balance")) < 4:
            await client.receive()
        assert {data["event"] for data in client.data("orders", "report")} >= {"accepted", "fill"}
        first, last = client.data("orders", "start")[0], client.data("fills", "fill")[0]
        trade = client.data(f"trades@{MARKET}")[-1]
    # Another connection is told again what came after some place.
    places = {
        f"trades@{MARKET}": str(int(trade["trade_id"]) - 1),
        "fills": last["position"],
        **dict.fromkeys(("orders", "balances"), first["position"]),
    }
    async with client_of(exchange, 31) as again:
        await again.done("SUBSCRIBE", list(places), after=places)
        while again.data(f"trades@{MARKET}") != [trade] or len(again.data("balances")) < 4:
            await again.receive()
        assert {"orders", "fills", "balances", "trades"} <= set(again.conversation.seen)


async def test_every_method_is_answered_as_described(exchange: Exchange) -> None:
    await asyncio.to_thread(fund, exchange, 32)
    async with client_of(exchange) as client:
        assert await client.refused("SUBSCRIBE", ["orders"]) == "SIGN_IN_REQUIRED"
        assert await client.refused("PLACE_ORDER", BUY) == "SIGN_IN_REQUIRED"
        assert await client.done("SIGN_IN", {"user_id": "32"}) == {"user_id": "32"}
        assert await client.refused("SIGN_IN", {"user_id": "32"}) == "ALREADY_SIGNED_IN"
        await client.done("SUBSCRIBE", [f"status@{MARKET}"])
        assert await client.done("LIST_SUBSCRIPTIONS") == [f"status@{MARKET}"]
        await client.done("UNSUBSCRIBE", [f"status@{MARKET}"])

        named = {"market": MARKET, "client_order_id": "first"}
        await client.done("PLACE_ORDER", {**BUY, "price": "10.00", "client_order_id": "first"})
        await client.done("AMEND_ORDER", {**named, "quantity": "0.9"})
        await client.done("GET_ORDER", {"client_order_id": "first"})
        order = {**BUY, "price": "11.00", "client_order_id": "second"}
        await client.done("REPLACE_ORDER", {"client_order_id": "first", "order": order})
        assert len(await client.done("GET_OPEN_ORDERS")) == 1
        await client.done("CANCEL_ORDER", {**named, "client_order_id": "second"})
        await client.done("CANCEL_ALL_AFTER", {"timeout_ms": 0})
        await client.done("CANCEL_ALL", {"market": MARKET})
        assert await client.done("GET_BALANCES")
        assert {f"{method} done" for method in client.conversation.description.codes} <= set(
            client.conversation.seen
        )


async def test_what_is_refused_is_refused_as_described(exchange: Exchange) -> None:
    async with client_of(exchange, 33) as client:
        asked: list[tuple[str, str, object, dict[str, object]]] = [
            ("UNKNOWN_METHOD", "DANCE", [], {}),
            ("INVALID_REQUEST", "SUBSCRIBE", [], {}),
            ("INVALID_STREAM", "SUBSCRIBE", ["tides@ETH_USDT"], {}),
            ("UNKNOWN_MARKET", "SUBSCRIBE", ["depth@NOWHERE"], {}),
            ("INVALID_POSITION", "SUBSCRIBE", ["orders"], {"after": {"orders": "x"}}),
            ("INVALID_STREAM", "UNSUBSCRIBE", ["tides"], {}),
            ("INVALID_REQUEST", "LIST_SUBSCRIPTIONS", ["orders"], {}),
            ("INVALID_REQUEST", "GET_BALANCES", [], {}),
            ("FORBIDDEN", "PLACE_ORDER", {**BUY, "user_id": "1"}, {}),
            ("PRICE_NOT_ON_TICK", "PLACE_ORDER", {**BUY, "price": "2000.001"}, {}),
            ("INSUFFICIENT_BALANCE", "PLACE_ORDER", BUY, {}),
            ("UNKNOWN_ORDER", "CANCEL_ORDER", {"market": MARKET, "order_id": "1"}, {}),
            ("UNKNOWN_FIELD", "GET_OPEN_ORDERS", {"colour": "red"}, {}),
            ("MISSING_FIELD", "CANCEL_ALL_AFTER", {}, {}),
        ]
        for code, method, params, more in asked:
            assert await client.refused(method, params, **more) == code
        await client.send("{")
        assert (await client.receive())["error"]["code"] == "INVALID_JSON"
