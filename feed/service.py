"""One feed, wired together: what `main` starts, and what the tests start."""

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Final, final

from redis.asyncio import Redis

from feed.board import Board
from feed.catalog import Catalog
from feed.clock_watch import SILENCE_NS, ClockWatch
from feed.connection import FeedConnection
from feed.desk.desk import Desk
from feed.exchange import Directory, Exchange, Synchroniser
from feed.history import History
from feed.hub import Hub
from feed.market import Market
from feed.paces import run_paces
from feed.redis_source import RedisSource
from feed.server import CONNECTIONS_MAX, FeedServer
from feed.subscriber import Subscriber
from feed.trades import TradesSource
from feed.user_ends import UserEnds
from feed.users import Users
from proto.api.exchange import Exchange as OrderExchange
from proto.api.markets import MarketCatalog
from proto.backoff import Backoff
from proto.database import Database
from proto.intervals import SECOND_NS
from proto.scales import MarketScale

_LOG: Final = logging.getLogger("feed")
_LOOK_S: Final = 1.0
_RETRY_S: Final = 0.05
_RETRY_MAX_S: Final = 1.0
_STOP_TIMEOUT_S: Final = 1.0


@final
class Feed:
    """A feed.

    Attributes:
        board: Its markets.
        hub: Its readers.
    """

    def __init__(
        self,
        redis: Redis,
        exchange: Exchange,
        orders: OrderExchange,
        database: Database,
        monotonic_ns: Callable[[], int],
        clock_ns: Callable[[], int],
        jitter: random.Random,
        connections_max: int = CONNECTIONS_MAX,
    ) -> None:
        """Wire a feed; needs a running event loop.

        Args:
            redis: Client that does not retry by itself; closed by its owner, like all below.
            exchange: The matcher, asked for what deltas join.
            orders: The matcher, for what clients want to do.
            database: What streams have forgotten.
            monotonic_ns: Monotonic clock.
            clock_ns: Wall-clock time in nanoseconds since 1970.
            jitter: Spreads retries.
            connections_max: Most clients at one time.
        """
        loop = asyncio.get_running_loop()
        wake, channels_changed = asyncio.Event(), asyncio.Event()
        users_need_end = asyncio.Event()
        self._monotonic_ns: Final = monotonic_ns
        self._clock_watch: Final = ClockWatch(monotonic_ns())
        self.hub: Final[Hub[FeedConnection]] = Hub(loop.call_soon, monotonic_ns)
        catalog = Catalog()
        self._history: Final = History(database, jitter)
        self.board: Final = Board(
            Users(catalog, self.hub, self._history, users_need_end.set),
            self.hub,
            self._clock_watch,
            monotonic_ns,
            lambda: exchange.epoch,
            loop.call_soon,
            wake.set,
            channels_changed.set,
        )

        def make_market(scale: MarketScale) -> Market:
            trades = TradesSource(scale, self.hub, self._history)
            return Market(scale, self.hub, trades, self.board.tickers)

        self._directory: Final = Directory(exchange, self.board, catalog, make_market, monotonic_ns)
        self._server: Final = FeedServer(
            self.hub,
            Subscriber(self.hub, self.board, self._directory),
            Desk(orders, MarketCatalog(orders, clock_ns), monotonic_ns),
            monotonic_ns,
            connections_max,
        )
        backoff = Backoff(_RETRY_S, _RETRY_MAX_S, jitter)
        self._source: Final = RedisSource(redis, self.board, backoff, channels_changed)
        self._synchroniser: Final = Synchroniser(
            exchange, self.board, self._directory, wake, Backoff(_RETRY_S, _RETRY_MAX_S, jitter)
        )
        self._user_ends: Final = UserEnds(
            exchange, self.board.users, users_need_end, Backoff(_RETRY_S, _RETRY_MAX_S, jitter)
        )
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, host: str, port: int) -> int:
        """Listen, and begin to look for Redis and the matcher; waits for neither.

        Returns:
            The port.
        """
        bound = await self._server.start(host, port)
        self._tasks = [
            asyncio.create_task(self._source.run(), name="redis"),
            asyncio.create_task(self._synchroniser.run(), name="synchroniser"),
            asyncio.create_task(self._user_ends.run(), name="user ends"),
            asyncio.create_task(self._history.run(), name="history"),
            asyncio.create_task(run_paces(self.board.advance), name="paces"),
            asyncio.create_task(self._watch(), name="watch"),
        ]
        return bound

    async def failed(self) -> None:
        """Wait until a part of the feed ends, which none should, and raise what ended it."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def stop(self) -> None:
        """Say goodbye to the clients, and end everything."""
        await self._server.stop()
        for task in self._tasks:
            task.cancel()
        await self._directory.close()
        if self._tasks:
            # A library can swallow a cancellation; the stop does not hang on it.
            await asyncio.wait(self._tasks, timeout=_STOP_TIMEOUT_S)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            self.hub.look()
            if self._clock_watch.look(self._monotonic_ns()):
                _LOG.warning("nothing heard of the matcher for %d s", SILENCE_NS // SECOND_NS)
