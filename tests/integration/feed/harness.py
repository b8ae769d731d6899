"""A feed over real sockets and a real Redis, a matcher that follows a script, and a client."""

import asyncio
import json
import random
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from websockets.asyncio.client import ClientConnection, connect

from feed.connection import FeedConnection
from feed.service import Feed
from feed.stored_pages import SESSION_SETTINGS
from proto.codec import encode
from proto.commands import Command
from proto.database import Database
from proto.definitions import (
    AssetDefinition,
    FeeTier,
    MarketDefinition,
    MarketRules,
    MarketStatus,
)
from proto.events import MarketChange
from proto.ids import RequestId, Sequence, TradeId
from proto.market_data import (
    Candle,
    ClockMessage,
    DepthMessage,
    Level,
    PublicTrade,
    Ticker,
    TradesMessage,
    UserMessage,
)
from proto.mesh.errors import NotTakenError
from proto.queries import DepthQuery, HistoryEndQuery, MarketDataQuery, MarketsQuery, Query
from proto.replies import (
    DepthReply,
    HistoryEndReply,
    MarketDataReply,
    MarketsReply,
    Rejected,
    Reply,
)
from tests.asyncapi_check import Conversation
from tests.waiting import until

DEADLINE_S = 10.0
# Nobody listens there.
NO_DATABASE = "postgresql://127.0.0.1:1/none"
TATA = AssetDefinition(1, "TATA", 0)
INR = AssetDefinition(2, "INR", 2)


def market_definition(market_id: int, name: str) -> MarketDefinition:
    return MarketDefinition(market_id, name, 1, 2, 2, 1, 0, 1, 10**9, 1, 10**9, 0, 1000, 2000)


class ScriptedExchange:
    """Answers as a matcher does; the test moves its books and publishes what it wants to."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.away = False
        self.epoch: int | None = 1
        self.queries: list[Query] = []
        self.markets = {"TATA_INR": 1}
        self.statuses: dict[int, MarketStatus] = {}
        self.sequence = 0
        # Sequence of the last command, of those that change a status or concern a user.
        self.command = 0
        self.losses = 0
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}
        self.trades: list[PublicTrade] = []
        self.candles: list[Candle] = []
        self.now_ns = 1_704_067_200_000_000_000
        self._request_id = 0

    def next_request_id(self) -> RequestId:
        self._request_id += 1
        return RequestId(self._request_id)

    def deadline_ns(self) -> int:
        return self.now_ns + 5_000_000_000

    async def send(self, message: Command | Query) -> Reply:
        assert not isinstance(message, Command)
        self.queries.append(message)
        await asyncio.sleep(0)
        if self.away:
            raise NotTakenError("the matcher is away", overloaded=False)
        if isinstance(message, MarketsQuery):
            definitions = [market_definition(n, name) for name, n in self.markets.items()]
            return MarketsReply(
                message.request_id, [TATA, INR], definitions, list(self.statuses.values())
            )
        if isinstance(message, HistoryEndQuery):
            return HistoryEndReply(message.request_id, 1, self.command)
        if isinstance(message, DepthQuery):
            return DepthReply(message.request_id, message.market_id, self.sequence, [], [])
        if isinstance(message, MarketDataQuery) and message.market_id == 1:
            bids, asks = ([Level(*i) for i in side.items()] for side in (self.bids, self.asks))
            return MarketDataReply(
                message.request_id,
                1,
                self.sequence,
                bids,
                asks,
                len(self.trades),
                self.candles,
                self.ticker(),
                TradeId(len(self.trades)),
            )
        return Rejected(message.request_id, 2)

    def ticker(self) -> Ticker:
        last = self.trades[-1].price_ticks if self.trades else 0
        return Ticker(self.now_ns, *(last,) * 4, 0, 0, len(self.trades), 0, 0)

    def change(self, is_bid: bool, price: int, lots: int) -> DepthMessage:
        """Change a level, and make the message that tells of it."""
        self.sequence += 1
        side = self.bids if is_bid else self.asks
        side[price] = lots
        if not lots:
            del side[price]
        sides = ([Level(price, lots)], []) if is_bid else ([], [Level(price, lots)])
        return DepthMessage(self.sequence, self.sequence, self.now_ns, *sides)

    async def move(self, is_bid: bool, price: int, lots: int) -> None:
        """Change a level and publish it."""
        await self.publish("depth.TATA_INR", encode(self.change(is_bid, price, lots)))

    async def trade(self, price: int, lots: int) -> None:
        number = len(self.trades) + 1
        one = PublicTrade(TradeId(number), number, self.now_ns, price, lots, price * lots, 1)
        self.trades.append(one)
        await self.publish("trades.TATA_INR", encode(TradesMessage(number, [one])))

    async def tick(self, seconds: int = 1) -> None:
        self.now_ns += seconds * 1_000_000_000
        await self.publish("clock", encode(ClockMessage(self.now_ns, self.losses)))

    def change_state(self, state: int, ends_ns: int = 0) -> MarketChange:
        """Change the state of the first market, and make the message that tells of it."""
        self.command += 1
        status = MarketStatus(1, state, ends_ns, 0, 0, MarketRules(), [FeeTier(0, 0, 0)])
        self.statuses[1] = status
        return MarketChange(Sequence(self.command), self.now_ns, status)

    async def set_state(self, state: int, ends_ns: int = 0) -> None:
        """Change the state of the first market, and publish it."""
        await self.publish("market.TATA_INR", encode(self.change_state(state, ends_ns)))

    async def tell(self, message: UserMessage, user_id: int = 7) -> None:
        """Publish what happened to a user."""
        await self.publish(f"user.{user_id}", encode(message))

    async def publish(self, channel: str, data: bytes) -> None:
        await self.redis.publish(channel, data)


class Client:
    """A WebSocket client that sorts what it gets, and holds all of it against the document."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.conversation = Conversation()
        self.messages: list[dict[str, object]] = []

    async def ask(self, method: str, *params: str, request_id: int = 1) -> dict[str, object]:
        """Send a request; return the answer, and keep stream messages that come before it."""
        await self.send(json.dumps({"method": method, "params": params, "id": request_id}))
        return await self.next_answer()

    async def send(self, text: str | bytes) -> None:
        self.conversation.sent(text)
        await self.connection.send(text)

    async def sign_in(self, user_id: int) -> dict[str, object]:
        params = {"user_id": str(user_id)}
        await self.send(json.dumps({"method": "SIGN_IN", "params": params, "id": 1}))
        return await self.next_answer()

    async def next_answer(self) -> dict[str, object]:
        while "stream" in (message := await self.receive()):
            self.messages.append(message)
        return message

    async def receive(self) -> dict[str, object]:
        async with asyncio.timeout(DEADLINE_S):
            text = await self.connection.recv()
        content: dict[str, object] = self.conversation.received(text)
        return content

    async def next_data(self, stream: str) -> dict[str, object]:
        """Return the next data of a stream; messages of others wait."""
        for index, message in enumerate(self.messages):
            if message["stream"] == stream:
                return self.messages.pop(index)["data"]  # type: ignore[return-value]
        while (message := await self.receive()).get("stream") != stream:
            self.messages.append(message)
        return message["data"]  # type: ignore[return-value]


class Stage:
    """The scripted exchange and feeds on it."""

    def __init__(self, redis_url: str) -> None:
        self.redis_url = redis_url
        self.publisher = Redis.from_url(redis_url)
        self.exchange = ScriptedExchange(self.publisher)
        self._feeds: list[tuple[Feed, Redis, Database]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for feed, redis, database in self._feeds:
            await feed.stop()
            await redis.aclose()
            await database.close()
        await self.publisher.aclose()

    async def start_feed(
        self,
        port: int = 0,
        redis_url: str | None = None,
        connections_max: int = 100,
        database_url: str = NO_DATABASE,
    ) -> tuple[Feed, int]:
        redis = Redis.from_url(
            redis_url or self.redis_url, socket_timeout=2, retry=Retry(NoBackoff(), 0), protocol=2
        )
        database = Database(database_url, time.time_ns, "feed", 2, SESSION_SETTINGS)
        await database.start()
        feed = Feed(
            redis,
            self.exchange,
            self.exchange,
            database,
            time.monotonic_ns,
            time.time_ns,
            random.Random(1),
            connections_max,
        )
        self._feeds.append((feed, redis, database))
        return feed, await feed.start("127.0.0.1", port)

    async def start_live_feed(self) -> tuple[Feed, int]:
        feed, port = await self.start_feed()
        await until(lambda: is_live(feed))
        return feed, port


def is_live(feed: Feed) -> bool:
    markets = list(feed.board.markets())
    return bool(markets) and all(market.state.name == "LIVE" for market in markets)


def readers_of(feed: Feed) -> list[FeedConnection]:
    """Return the connections of a feed."""
    server = feed._server._server
    assert server is not None
    return [one for one in server.connections if isinstance(one, FeedConnection)]


@asynccontextmanager
async def client_of(port: int, compression: str | None = None) -> AsyncIterator[Client]:
    url = f"ws://127.0.0.1:{port}"
    # Without a bound on what it has not looked at, it can always close.
    async with connect(url, proxy=None, compression=compression, max_queue=None) as connection:
        yield Client(connection)


@asynccontextmanager
async def stalled_client(port: int, *streams: str) -> AsyncIterator[Client]:
    """Subscribe, and read nothing more; what the system takes for it is little."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
        async with connect(
            f"ws://127.0.0.1:{port}", sock=sock, compression=None, max_queue=None
        ) as connection:
            client = Client(connection)
            await client.ask("SUBSCRIBE", *streams)
            connection.transport.pause_reading()
            yield client
            connection.transport.resume_reading()
