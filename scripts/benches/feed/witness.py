"""Sees what a load does: `python -m scripts.benches.feed.witness`, a process of its own.

One line on standard input says what to look for. One connection for each user reads `orders`, one
more reads depth and trades of all markets; and Redis is read too, for one user, so that the feed's
part can be told from what comes before it. A line is written when everybody is subscribed. The end
of standard input has it write all that was seen, and end.
"""

import asyncio
import gc
import random
import sys
import time
from collections.abc import Callable
from typing import Final, final

import msgspec
import uvloop
from msgspec import Struct
from redis.asyncio import Redis

from proto.codec import decode_user
from proto.market_data import USER_CHANNEL
from scripts.benches.feed.sightings import Sightings, level_key
from scripts.watching.connection import WatchingConnection
from scripts.watching.moments import moment_us

READY: Final = b"subscribed\n"
_DEADLINE_S: Final = 30.0
_ANSWER: Final = b'{"id"'
_REFUSAL: Final = b'"error"'


class Assignment(Struct, frozen=True):
    """What to look for.

    Attributes:
        ws_url: Of the feed.
        redis_url: Redis of the exchange.
        user_ids: Whose reports; those of the first are read from Redis too.
        markets: Of which markets depth and trades are read.
        levels: Prices to look for, by market and price (`sightings.level_key`).
    """

    ws_url: str
    redis_url: str
    user_ids: list[int]
    markets: list[str]
    levels: list[str]


class _Order(Struct, gc=False):
    client_order_id: str | None
    updated_at: str


class _Data(Struct, gc=False):
    """Data of any stream that is read, as far as it is of use."""

    order: _Order | None = None
    trade_id: str | None = None
    market: str = ""
    timestamp: str = ""
    bids: list[tuple[str, str]] = []
    asks: list[tuple[str, str]] = []


class _Message(Struct, gc=False):
    stream: str
    data: _Data


_MESSAGE: Final = msgspec.json.Decoder(_Message)


@final
class _Client:
    """One WebSocket client."""

    def __init__(self, on_text: Callable[[bytes], None], chance: random.Random) -> None:
        self._on_text: Final = on_text
        self._connection: Final = WatchingConnection(self, chance, is_deflated=False)
        self._answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def subscribe(self, url: str, requests: list[bytes]) -> None:
        """Connect, and send requests one after the other.

        Raises:
            ConnectionError: If one is refused, or the feed closes.
        """
        await self._connection.open(url)
        for request in requests:
            self._answer = asyncio.get_running_loop().create_future()
            self._connection.send(request)
            answer = await self._answer
            if _REFUSAL in answer:
                raise ConnectionError(answer.decode())

    def on_text(self, text: bytes) -> None:
        if not self._answer.done() and text.startswith(_ANSWER):
            self._answer.set_result(text)
        else:
            self._on_text(text)

    def on_end(self, farewell: str) -> None:
        if not self._answer.done():
            self._answer.set_exception(ConnectionError(f"the feed has closed: {farewell}"))


@final
class Witness:
    """Notes what it sees, each thing when it comes first."""

    def __init__(self, levels: list[str]) -> None:
        self.seen: Final = Sightings()
        self._levels: Final = frozenset(levels)

    def on_text(self, text: bytes) -> None:
        """Take a message of a stream."""
        message = _MESSAGE.decode(text)
        now_ns = time.monotonic_ns()
        data = message.data
        if data.order is not None:
            name = data.order.client_order_id
            if name is not None and name not in self.seen.reports:
                self.seen.reports[name] = (moment_us(data.order.updated_at), now_ns)
        elif data.trade_id is not None:
            self.seen.trades.setdefault(data.trade_id, (moment_us(data.timestamp), now_ns))
        elif message.stream.startswith("depth@"):
            self._look_for_levels(data, now_ns)

    def on_user_message(self, content: bytes) -> None:
        """Take what Redis has handed out about a user."""
        now_ns = time.monotonic_ns()
        for _, report in decode_user(content).reports:
            self.seen.published.setdefault(report.order.client_order_id, now_ns)

    def _look_for_levels(self, data: _Data, now_ns: int) -> None:
        for price, _ in data.asks:
            key = level_key(data.market, price)
            if key in self._levels and key not in self.seen.levels:
                self.seen.levels[key] = (moment_us(data.timestamp), now_ns)


async def _subscribe(assignment: Assignment, witness: Witness) -> None:
    names = [f"{kind}@{market}" for market in assignment.markets for kind in ("depth", "trades")]
    public = b'{"method":"SUBSCRIBE","params":%b,"id":1}' % msgspec.json.encode(names)
    private = b'{"method":"SUBSCRIBE","params":["orders"],"id":2}'
    requests = [[public]] + [
        [b'{"method":"SIGN_IN","params":{"user_id":"%d"},"id":1}' % user_id, private]
        for user_id in assignment.user_ids
    ]
    chance = random.Random(1)
    for of_one in requests:
        await _Client(witness.on_text, chance).subscribe(assignment.ws_url, of_one)


async def _follow_redis(redis: Redis, user_id: int, witness: Witness) -> None:
    async with redis.pubsub() as pubsub:
        await pubsub.subscribe(f"{USER_CHANNEL}{user_id}")
        async for message in pubsub.listen():
            if message["type"] == "message":
                witness.on_user_message(message["data"])


async def _witness() -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    assignment = msgspec.json.decode(await reader.readline(), type=Assignment)
    witness = Witness(assignment.levels)
    redis = Redis.from_url(assignment.redis_url, protocol=2)
    following = asyncio.create_task(_follow_redis(redis, assignment.user_ids[0], witness))
    try:
        async with asyncio.timeout(_DEADLINE_S):
            await _subscribe(assignment, witness)
        # Nothing here makes cycles, and a collection would be a delay.
        gc.disable()
        _write(READY)
        await reader.read()
    finally:
        following.cancel()
        await asyncio.wait([following])
        await redis.aclose()
    _write(msgspec.json.encode(witness.seen) + b"\n")


def _write(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    uvloop.run(_witness())
