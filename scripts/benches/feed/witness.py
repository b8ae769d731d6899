"""Sees what a load does: `python -m scripts.benches.feed.witness`, a process of its own.

One line on standard input says what to look for. One connection for each user reads `orders`, one
more reads depth and trades of all markets; and Redis is read too, for one user, so that the feed's
part can be told from what comes before it. A line is written when everybody is subscribed. The end
of standard input has it write all that was seen, and end.
"""

import asyncio
import gc
import sys
import time
from collections.abc import Callable
from typing import Final, cast, final

import msgspec
import uvloop
from msgspec import Struct
from redis.asyncio import Redis

from proto.codec import decode_user
from proto.market_data import USER_CHANNEL
from scripts.benches.feed.frames import FrameReader, handshake, masked_text, read_handshake
from scripts.benches.feed.sightings import Sightings, level_key
from scripts.benches.feed.timestamps import moment_us

READY: Final = b"subscribed\n"
_DEADLINE_S: Final = 30.0
_HOST: Final = "127.0.0.1"
_ANSWER: Final = b'{"id"'
_REFUSAL: Final = b'"error"'


class Assignment(Struct, frozen=True):
    """What to look for.

    Attributes:
        port: Of the feed, on this machine.
        redis_url: Redis of the exchange.
        user_ids: Whose reports; those of the first are read from Redis too.
        markets: Of which markets depth and trades are read.
        levels: Prices to look for, by market and price (`sightings.level_key`).
    """

    port: int
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
class _Client(asyncio.Protocol):
    """One WebSocket client; `subscribed` is done when all its requests are."""

    def __init__(self, requests: list[str], on_text: Callable[[bytes], None]) -> None:
        self.subscribed: Final[asyncio.Future[None]] = asyncio.get_running_loop().create_future()
        self._requests: Final = requests
        self._answers = len(requests)
        self._on_text: Final = on_text
        self._begun: bytes | None = b""
        self._frames: Final = FrameReader()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(handshake(_HOST, deflates=False))

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        if self._begun is not None:
            self._begun += data
            rest = read_handshake(self._begun, deflates=False)
            if rest is None:
                return
            self._begun, data = None, rest
            self._ask()
        texts: list[bytes] = []
        self._frames.take(data, texts)
        for text in texts:
            if self._answers and text.startswith(_ANSWER):
                self._take_answer(text)
            else:
                self._on_text(text)
        if pongs := self._frames.take_pongs():
            self._transport.write(pongs)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.subscribed.done():
            self.subscribed.set_exception(exc or ConnectionError("the feed has closed"))

    def _ask(self) -> None:
        assert self._transport is not None
        self._transport.write(b"".join(map(masked_text, self._requests)))

    def _take_answer(self, text: bytes) -> None:
        if _REFUSAL in text:
            self.subscribed.set_exception(ConnectionError(text.decode()))
            return
        self._answers -= 1
        if not self._answers:
            self.subscribed.set_result(None)


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
    public = msgspec.json.encode(names).decode()
    requests = [[f'{{"method":"SUBSCRIBE","params":{public},"id":1}}']] + [
        [
            f'{{"method":"SIGN_IN","params":{{"user_id":"{user_id}"}},"id":1}}',
            '{"method":"SUBSCRIBE","params":["orders"],"id":2}',
        ]
        for user_id in assignment.user_ids
    ]
    for of_one in requests:
        await _open(_Client(of_one, witness.on_text), assignment.port)


async def _open(client: _Client, port: int) -> None:
    await asyncio.get_running_loop().create_connection(lambda: client, _HOST, port)
    await client.subscribed


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
