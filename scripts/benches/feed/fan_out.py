"""One message to many subscribers: the hub beside bare `websockets.broadcast`, in turns.

Both serve the same kind of clients in this process; a process of its own reads for all of them
(`readers.py`). A round is some messages, each to all, with a turn of the event loop after each;
it ends when the readers have all of them. What counts is this process's processor time for each
message and subscriber: making the frame, the checks, the loop and the system calls.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Final, Protocol, final

from websockets.asyncio.server import ServerConnection, broadcast, serve

from feed.connection import BUFFER_BYTES_MAX, FeedConnection, deflation
from feed.hub import Hub
from feed.outbox import Outbox
from feed.source import Portion
from scripts.benches.feed.audience import Audience, audience
from scripts.benches.feed.readers import HOST
from scripts.benches.feed.requests import Open, Reach
from scripts.benches.pairs import Comparison, compare_awaited

SUBSCRIBERS: Final = (100, 1_000)
# How much more than the library's own broadcast a subscriber may cost.
_COST_AIM: Final = 1.2
# Deliveries of one round; and its messages, so few that the buffers of a connection hold them all.
DELIVERIES: Final = 50_000
MESSAGES_MAX: Final = 200
_KEY: Final = "depth@TATA_INR"
# A delta of the depth of a busy book.
_TEXT: Final = (
    b'{"stream":"depth@TATA_INR","data":{"type":"delta","market":"TATA_INR","first_sequence":%d,'
    b'"last_sequence":%d,"bids":[["99.95","12"],["99.90","0"],["99.85","120"]],"asks":'
    b'[["100.05","7"],["100.10","41"]],"timestamp":"2024-01-01T00:00:01.%06dZ","checksum":%d}}'
)


class _Serving(Protocol):
    """What serves clients, and how it writes a message to all of them."""

    async def handle(self, connection: ServerConnection) -> None:
        """Serve one client."""

    def write(self, text: bytes) -> None:
        """Write a message to all; never waits."""


@final
class _LatestText:
    """A source: the text that was set last."""

    def __init__(self) -> None:
        self.begins_now = False
        self.text = b""
        self.version = 0

    def mark(self) -> int:
        return self.version

    def since(self, mark: int) -> Portion:
        # Nobody has missed anything here; a newcomer begins with nothing.
        return Portion([self.text] if 0 <= mark < self.version else [], self.version)

    def fetch(self, mark: int, then: Callable[[Portion], None], wanted: Callable[[], bool]) -> None:
        raise AssertionError("nothing is forgotten")


@final
class _Feed:
    """The hub of a feed, and its connections."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._hub: Final[Hub[FeedConnection]] = Hub(loop.call_soon, time.monotonic_ns)
        self._outbox: Final = Outbox(loop.call_soon)
        self._source: Final = _LatestText()

    async def handle(self, connection: ServerConnection) -> None:
        assert isinstance(connection, FeedConnection)
        self._hub.enter(connection)
        connection.enter(self._hub.on_full, self._hub.on_room, self._outbox)
        self._hub.join(connection, _KEY, self._source)
        try:
            await connection.wait_closed()
        finally:
            self._hub.leave(connection)

    def write(self, text: bytes) -> None:
        self._source.text = text
        self._source.version += 1
        self._hub.advance(_KEY)


@final
class _Bare:
    """The library's own broadcast."""

    def __init__(self) -> None:
        self._connections: Final[set[ServerConnection]] = set()

    async def handle(self, connection: ServerConnection) -> None:
        self._connections.add(connection)
        try:
            await connection.wait_closed()
        finally:
            self._connections.discard(connection)

    def write(self, text: bytes) -> None:
        broadcast(self._connections, text, text=True)


@final
class _Stage:
    """Both kinds of server with their clients, and rounds on them."""

    def __init__(self, readers: Audience, subscribers: int, feed: _Feed, bare: _Bare) -> None:
        self._readers: Final = readers
        self._subscribers: Final = subscribers
        self._servings: Final[dict[str, _Serving]] = {"feed": feed, "bare": bare}
        self._written: Final = {"feed": 0, "bare": 0}

    async def measure(self, group: str) -> float:
        """Run a round; return microseconds of processor time for a message and subscriber."""
        messages = min(MESSAGES_MAX, max(1, DELIVERIES // self._subscribers))
        write = self._servings[group].write
        written = self._written[group]
        start_ns = time.process_time_ns()
        for number in range(written, written + messages):
            write(_TEXT % (number, number, number % 1_000_000, number * 7_919))
            await asyncio.sleep(0)
        elapsed_ns = time.process_time_ns() - start_ns
        self._written[group] = written + messages
        deliveries = messages * self._subscribers
        await self._readers.ask(Reach(group, self._written[group] * self._subscribers))
        return elapsed_ns / 1_000 / deliveries


@asynccontextmanager
async def _stage(subscribers: int, *, deflates: bool) -> AsyncIterator[_Stage]:
    feed, bare = _Feed(), _Bare()
    async with AsyncExitStack() as stack:
        for_feed = await stack.enter_async_context(
            serve(
                feed.handle,
                HOST,
                0,
                create_connection=FeedConnection,
                compression=None,
                extensions=[deflation()],
                write_limit=BUFFER_BYTES_MAX,
                ping_interval=None,
            )
        )
        for_bare = await stack.enter_async_context(serve(bare.handle, HOST, 0, ping_interval=None))
        readers = await stack.enter_async_context(audience())
        for group, server in (("feed", for_feed), ("bare", for_bare)):
            port = server.sockets[0].getsockname()[1]
            await readers.ask(Open(group, port, subscribers, deflates=deflates))
        yield _Stage(readers, subscribers, feed, bare)


async def bench_fan_out(pairs: int) -> list[Comparison]:
    """Measure what a message costs for each subscriber.

    Args:
        pairs: Rounds of each.
    """
    return [
        await _compare(subscribers, pairs, deflates=deflates)
        for deflates in (False, True)
        for subscribers in SUBSCRIBERS
    ]


async def _compare(subscribers: int, pairs: int, *, deflates: bool) -> Comparison:
    async with _stage(subscribers, deflates=deflates) as stage:
        return await compare_awaited(
            f"a message to {subscribers:,} subscribers{', compressed' if deflates else ''}",
            partial(stage.measure, "feed"),
            partial(stage.measure, "bare"),
            "us of processor time for each",
            "websockets.broadcast of the same bytes"
            + (", which compresses for each connection" if deflates else ""),
            pairs,
            aim=_COST_AIM,
        )
