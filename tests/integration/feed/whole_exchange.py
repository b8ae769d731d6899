"""An exchange in which everything but the processes is real: engine, publisher, persist, feeds.

A random flow of commands makes things happen. What was told is known without any of it: it is made
from the engine's events.
"""

import asyncio
import contextlib
import json
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from websockets.asyncio.client import ClientConnection, connect

from feed.catalog import Catalog
from feed.messages import MarketWriter, encode_stream_message
from feed.position import position
from feed.service import Feed
from feed.stored_pages import SESSION_SETTINGS
from feed.streams import BALANCES, FILLS, ORDERS
from feed.user_messages import balance_data, fill_data, report_data
from matcher.core.events import Events
from matcher.publisher import Publisher
from persist.db_processor import DbProcessor
from proto.codec import encode
from proto.codes import REPORT_FILL
from proto.commands import Command
from proto.database import Database
from proto.events import EventBatch
from proto.ids import RequestId
from proto.market_data import CLOCK_CHANNEL, ClockMessage
from proto.mesh.errors import NotTakenError
from proto.ordinals import numbered
from proto.queries import EventsQuery, HistoryEndQuery, Query
from proto.replies import HistoryEndReply, MarketsReply, Reply
from tests.applying import answer_of
from tests.integration.persist.past import Past
from tests.integration.persist.venue import Venue
from tests.public_trades import public_trade
from tests.waiting import until

Json = dict[str, object]
_CLOCK_S = 0.05


class _ToldVenue(Venue):
    """Keeps what is to be published, too.

    Attributes:
        told: Every batch so far, packed.
    """

    def __init__(self, seed: int) -> None:
        self.told: list[Events] = []
        super().__init__(seed)

    def _end(self, events: Events) -> None:  # type: ignore[explicit-override]
        super()._end(events)
        self.told.append(events)


class WholeExchange:
    """An engine that publishes, and whose history is written.

    Attributes:
        venue: Has what happens.
        publisher: Publishes it.
        epoch: As the mesh knows it, like `connected`.
        away: Whether questions are not answered.
    """

    def __init__(self, redis_url: str, database_url: str) -> None:
        self.redis_url = redis_url
        self.database_url = database_url
        self.venue = _ToldVenue(seed=3)
        self.epoch: int | None = 1
        self.away = False
        self.connected = True
        self._redis = _client(redis_url)
        self.publisher = Publisher(self._redis, random.Random(1), time.time_ns())
        self._published = 0
        self._request_id = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self.publisher.start()
        self._publish()
        self._tasks = [
            asyncio.create_task(self._beat(), name="clock"),
            asyncio.create_task(self._persist(), name="persist"),
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks, timeout=10)
        await self.publisher.close(0.1)
        await self._redis.aclose()

    def happen(self, batches: int = 1, commands: int = 20) -> None:
        """Apply random commands, and publish what comes of them."""
        self.venue.run(batches, commands)
        self._publish()

    async def restart_publisher(self) -> None:
        """Let another matcher take over, which publishes again what may not have arrived."""
        await self.publisher.close(0.1)
        self.publisher = Publisher(self._redis, random.Random(1), time.time_ns())
        self.publisher.learn(self.venue.engine.markets())
        self.publisher.start()
        self.epoch = 2
        self._published = max(0, self._published - 3)
        self._publish()

    def _publish(self) -> None:
        for events in self.venue.told[self._published :]:
            self.publisher.publish(events)
        self._published = len(self.venue.told)

    async def _beat(self) -> None:
        while True:
            now_ns = self.venue.batches[-1].timestamp_ns
            clock = ClockMessage(now_ns, self.publisher.losses)
            self.publisher.post(CLOCK_CHANNEL, encode(clock))
            await asyncio.sleep(_CLOCK_S)

    async def _persist(self) -> None:
        redis = Redis.from_url(self.redis_url, protocol=2, socket_timeout=5)
        processor = DbProcessor(
            redis, self.database_url, Past(self.venue.batches), random.Random(1)
        )
        try:
            await processor.run()
        finally:
            await redis.aclose()

    # The matcher, as a feed asks it

    def next_request_id(self) -> RequestId:
        self._request_id += 1
        return RequestId(self._request_id)

    def deadline_ns(self) -> int:
        return 1 << 60

    async def send(self, message: Command | Query) -> Reply:
        assert not isinstance(message, Command | EventsQuery)
        await asyncio.sleep(0)
        if self.away:
            raise NotTakenError("the matcher is away", overloaded=False)
        engine = self.venue.engine
        if isinstance(message, HistoryEndQuery):
            return HistoryEndReply(message.request_id, self.epoch or 0, engine.sequence)
        return answer_of(engine, message, engine.timestamp_ns)


class Truth:
    """What a user has to be told, of what has happened so far.

    Attributes:
        told: Mark and data of each message, by stream.
    """

    def __init__(self, exchange: WholeExchange, user_id: int) -> None:
        self.told: dict[str, list[tuple[int, Json]]] = defaultdict(list)
        self._exchange = exchange
        self._user_id = user_id
        self._catalog = Catalog()
        self._batches = 0

    def look(self) -> None:
        """Take in what has happened since the last look."""
        for batch in self._exchange.venue.batches[self._batches :]:
            self._catalog.learn(MarketsReply(0, batch.assets, batch.markets))
            _tell_of_user(batch, self._user_id, self._catalog, self._tell)
            for trade in batch.trades:
                writer = MarketWriter(self._catalog.scales[trade.market_id])
                stream = f"trades@{writer.market}"
                text = encode_stream_message(stream, writer.trade(public_trade(trade)))
                self._tell(stream, trade.trade_id, text)
        self._batches = len(self._exchange.venue.batches)

    def _tell(self, stream: str, mark: int, text: bytes) -> None:
        self.told[stream].append((mark, json.loads(text)["data"]))


def _tell_of_user(
    batch: EventBatch, user_id: int, catalog: Catalog, tell: Callable[[str, int, bytes], None]
) -> None:
    for ordinal, report in numbered(batch.reports):
        if report.order.user_id != user_id:
            continue
        mark, scale = position(report.sequence, ordinal), catalog.scales[report.order.market_id]
        tell(ORDERS, mark, encode_stream_message(ORDERS, report_data(mark, report, scale)))
        if report.report == REPORT_FILL:
            tell(FILLS, mark, encode_stream_message(FILLS, fill_data(mark, report, scale)))
    for ordinal, change in numbered(batch.balance_changes):
        if change.user_id == user_id:
            mark = position(change.sequence, ordinal)
            data = balance_data(mark, change, catalog.assets[change.asset_id])
            tell(BALANCES, mark, encode_stream_message(BALANCES, data))


class Listener:
    """A client that remembers what each stream told, and where it began."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.told: dict[str, list[Json]] = defaultdict(list)

    async def subscribe(
        self, user_id: int, *streams: str, after: dict[str, str] | None = None
    ) -> Json:
        """Sign in and subscribe; return the answer."""
        await self._ask({"method": "SIGN_IN", "params": {"user_id": str(user_id)}, "id": 1})
        request: Json = {"method": "SUBSCRIBE", "params": streams, "id": 2}
        if after is not None:
            request["after"] = after
        return await self._ask(request)

    async def _ask(self, request: Json) -> Json:
        await self.connection.send(json.dumps(request))
        while True:
            message = json.loads(await self.connection.recv())
            if "id" in message:
                return dict(message)
            self._note(message)

    async def listen(self) -> None:
        """Take messages until the connection ends."""
        async for text in self.connection:
            self._note(json.loads(text))

    def _note(self, message: Json) -> None:
        assert isinstance(message["data"], dict)
        self.told[str(message["stream"])].append(message["data"])


@asynccontextmanager
async def listener_of(port: int) -> AsyncIterator[Listener]:
    url = f"ws://127.0.0.1:{port}"
    async with connect(url, proxy=None, compression=None, max_queue=None) as connection:
        yield Listener(connection)


@asynccontextmanager
async def listening(listener: Listener) -> AsyncIterator[None]:
    """Let a client take messages meanwhile."""
    task = asyncio.create_task(listener.listen())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def whole_exchange(redis_url: str, database_url: str) -> AsyncIterator[WholeExchange]:
    exchange = WholeExchange(redis_url, database_url)
    await exchange.start()
    try:
        yield exchange
    finally:
        await exchange.stop()


@asynccontextmanager
async def feed_of(exchange: WholeExchange) -> AsyncIterator[tuple[Feed, int]]:
    """Run a feed; yields it and its port when its markets are live."""
    redis = _client(exchange.redis_url, protocol=2)
    database = Database(exchange.database_url, time.time_ns, "feed", 2, SESSION_SETTINGS)
    await database.start()
    feed = Feed(
        redis, exchange, exchange, database, time.monotonic_ns, time.time_ns, random.Random(1), 100
    )
    port = await feed.start("127.0.0.1", 0)
    try:
        await until(lambda: is_live(feed))
        yield feed, port
    finally:
        await feed.stop()
        await redis.aclose()
        await database.close()


def is_live(feed: Feed) -> bool:
    markets = list(feed.board.markets())
    return bool(markets) and all(market.state.name == "LIVE" for market in markets)


def _client(url: str, protocol: int = 3) -> Redis:
    return Redis.from_url(
        url,
        socket_timeout=2,
        socket_connect_timeout=2,
        retry=Retry(NoBackoff(), 0),
        protocol=protocol,
    )
