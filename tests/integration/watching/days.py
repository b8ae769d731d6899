"""An exchange that lives through months within seconds: a real engine whose time a test makes.

What it does is published as the matcher publishes it, over a real Redis.
"""

import asyncio
import random

from redis.asyncio import Redis

from matcher.market_messages import market_messages
from matcher.replaying import JournaledCommand
from matcher.tools.catalog import Catalog
from matcher.tools.steps import Step
from proto.codec import encode
from proto.commands import Command
from proto.ids import RequestId
from proto.intervals import DAY_NS, HOUR_NS, MILLISECOND_NS, MINUTE_NS, SECOND_NS
from proto.market_data import CLOCK_CHANNEL, TICKER_CHANNEL, ClockMessage, Ticker
from proto.queries import HistoryEndQuery, Query
from proto.replies import HistoryEndReply, Reply
from tests.applying import answer_of
from tests.packed import packed
from tests.property.flow import Flow
from tests.property.pair import Pair
from tests.property.venue import definitions, deposits

# What passes now and then: to the borders of the 24 hours, of seconds and of all intervals.
_LEAPS_NS = (
    400 * MILLISECOND_NS, SECOND_NS, 20 * SECOND_NS, MINUTE_NS, HOUR_NS, 9 * HOUR_NS,
    DAY_NS - SECOND_NS, DAY_NS, DAY_NS + 300 * MILLISECOND_NS, 8 * DAY_NS,
)  # fmt: skip


class LongLife:
    """The exchange, as a feed asks it.

    Attributes:
        steps: Everything that was done.
        catalog: Its assets and markets.
        epoch: As the mesh knows it.
    """

    def __init__(self, redis: Redis, seed: int) -> None:
        self.steps: list[Step] = []
        self.catalog = Catalog()
        self.epoch: int | None = 1
        self._redis = redis
        self._pair = Pair()
        self._dice = random.Random(seed)
        self._flow = Flow(self._dice, self._pair.reference.state)
        self._told: dict[int, Ticker] = {}
        self._request_id = 0
        for definition in definitions():
            self.catalog.learn(definition)

    @property
    def now_us(self) -> int:
        """Engine time in microseconds."""
        return self._pair.timestamp_ns // 1_000

    def last_trade_id(self) -> int:
        """Return the identifier of the last trade; 0 before the first."""
        return max((t.trade_id for step in self.steps for t in step.events.trades), default=0)

    async def begin(self) -> None:
        """Give the users their money."""
        for deposit in deposits():
            await self._do(deposit, 0)

    async def live(self, commands: int) -> bool:
        """Do something; return whether there was a trade."""
        traded = False
        for _ in range(commands):
            elapsed_ns, command = self._flow.next()
            await self._do(command, min(elapsed_ns, MINUTE_NS))
            traded = traded or bool(self.steps[-1].events.trades)
        return traded

    async def leap(self) -> None:
        """Let time pass, and tell what changes by itself."""
        self._pair.timestamp_ns += self._dice.choice(_LEAPS_NS)
        await self.beat()

    async def beat(self) -> None:
        """Publish the tickers that are others now, and the time."""
        engine, now_ns = self._pair.engine, self._pair.timestamp_ns
        for market_id, scale in self.catalog.scales.items():
            ticker = engine.ticker(market_id, now_ns)
            await self._redis.publish(f"{TICKER_CHANNEL}{scale.market.name}", encode(ticker))
        await self._redis.publish(CLOCK_CHANNEL, encode(ClockMessage(now_ns, 0)))

    async def _do(self, command: Command, elapsed_ns: int) -> None:
        pair = self._pair
        reply = pair.apply(command, elapsed_ns, keeps_bytes=False)
        journaled = JournaledCommand(pair.engine.sequence, pair.timestamp_ns, 1, command)
        self.steps.append(Step(journaled, reply, pair.events))
        names = {key: scale.market.name for key, scale in self.catalog.scales.items()}
        for channel, message in market_messages([packed(pair.events)], names, 0):
            await self._redis.publish(channel, message)

    # The matcher, as a feed asks it

    def next_request_id(self) -> RequestId:
        self._request_id += 1
        return RequestId(self._request_id)

    def deadline_ns(self) -> int:
        return 1 << 60

    async def send(self, message: Command | Query) -> Reply:
        await asyncio.sleep(0)
        engine = self._pair.engine
        if isinstance(message, HistoryEndQuery):
            return HistoryEndReply(message.request_id, 1, engine.sequence)
        return answer_of(engine, message, self._pair.timestamp_ns)  # type: ignore[arg-type]
