"""Publishes a market's messages in the matcher's place, at a steady pace and stamped as they leave.

So what is measured is the way from Redis to the readers, and nothing before it. The market is one
in which nothing else happens; its numbers begin at 1, where those of a new exchange do.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, final

from redis.asyncio import Redis

from proto.codec import encode
from proto.codes import BUY
from proto.ids import TradeId
from proto.market_data import (
    DEPTH_CHANNEL,
    TRADES_CHANNEL,
    DepthMessage,
    Level,
    PublicTrade,
    TradesMessage,
)

_MIDDLE_TICKS: Final = 100_000
# Prices of each side that come and go.
_LEVELS: Final = 1_000
_QUANTITY_LOTS_MAX: Final = 1_000


@final
class Traffic:
    """The messages of one market.

    Attributes:
        published: Messages so far.
    """

    def __init__(self, redis: Redis, market: str, levels: int, *, trades: bool) -> None:
        """Make no message yet.

        Args:
            redis: Where to publish.
            market: A market of which nothing was published.
            levels: Prices that change in each message.
            trades: Whether each is followed by a trade.
        """
        self.published = 0
        self._redis: Final = redis
        self._market: Final = market
        self._levels: Final = levels
        self._trades: Final = trades
        self._sequence = 0
        self._number = 0
        self._is_stopped = False
        self._dice: Final = random.Random(1)

    @asynccontextmanager
    async def flowing(self, rate: int) -> AsyncIterator[None]:
        """Publish so many changes of the book a second meanwhile."""
        task = asyncio.create_task(self._flow(rate), name="traffic")
        try:
            yield
        finally:
            # The message that is on its way still leaves: the next must join it.
            self._is_stopped = True
            await task
            self._is_stopped = False

    async def _flow(self, rate: int) -> None:
        loop = asyncio.get_running_loop()
        next_s = loop.time()
        while not self._is_stopped:
            await self._publish()
            next_s += 1 / rate
            await asyncio.sleep(max(0.0, next_s - loop.time()))

    async def _publish(self) -> None:
        # In one pipeline, as the matcher does.
        async with self._redis.pipeline(transaction=False) as pipeline:
            timestamp_ns = time.time_ns()
            pipeline.publish(DEPTH_CHANNEL + self._market, encode(self._depth(timestamp_ns)))
            if self._trades:
                pipeline.publish(TRADES_CHANNEL + self._market, encode(self._trade(timestamp_ns)))
            self.published += len(pipeline)
            await pipeline.execute()

    def _depth(self, timestamp_ns: int) -> DepthMessage:
        first_sequence = self._sequence + 1
        self._sequence += self._levels
        dice = self._dice
        places = dice.sample(range(2 * _LEVELS), self._levels)
        changed = [(place, dice.randrange(_QUANTITY_LOTS_MAX)) for place in places]
        return DepthMessage(
            first_sequence,
            self._sequence,
            timestamp_ns,
            [Level(_MIDDLE_TICKS - 1 - p, lots) for p, lots in changed if p < _LEVELS],
            [Level(_MIDDLE_TICKS - _LEVELS + p, lots) for p, lots in changed if p >= _LEVELS],
        )

    def _trade(self, timestamp_ns: int) -> TradesMessage:
        self._number += 1
        number = self._number
        trade = PublicTrade(TradeId(number), number, timestamp_ns, _MIDDLE_TICKS, 1, 100, BUY)
        return TradesMessage(number, [trade])
