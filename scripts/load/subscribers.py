"""A process of WebSocket subscribers: `python -m scripts.load.subscribers <url> <n> <market>…`.

It runs beside the load generator, so that neither waits for the other. Each subscriber takes
depth and trades of every market. One JSON object a line on standard input asks it to wait until
its books and tapes have come as far as the exchange, within a time; one line on standard output
answers with all that they know. The end of standard input ends the process.
"""

import asyncio
import sys
import time
from typing import Final, final

import msgspec
import uvloop
from msgspec import Struct
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from scripts.load.book import BookState, DepthData, StreamBook, Tape, TradeData

RECONNECT_PAUSE_S: Final = 0.2
POLL_S: Final = 0.02


class Goal(Struct):
    """How far subscribers should come.

    Attributes:
        sequences: Book sequence by market.
        trades: Number of trades by market.
        timeout_s: How long to wait for both.
    """

    sequences: dict[str, int]
    trades: dict[str, int]
    timeout_s: float


class SubscriberState(Struct):
    """All that one subscriber knows.

    Attributes:
        books: Book by market.
        trade_ids: Trades by market, in order of arrival.
        messages: Messages received.
        snapshots: Snapshots received.
        gaps: Deltas that did not join.
        repeated: Trades that came twice.
        reconnects: Connections after the first.
        errors: Messages that were neither data nor the answer to a request.
    """

    books: dict[str, BookState]
    trade_ids: dict[str, list[int]]
    messages: int
    snapshots: int
    gaps: int
    repeated: int
    reconnects: int
    errors: int


class Seen(Struct):
    """Answer to a goal.

    Attributes:
        subscribers: One state for each.
        cpu_s: Processor time of the process so far.
    """

    subscribers: list[SubscriberState]
    cpu_s: float


class _Message(Struct, gc=False):
    stream: str = ""
    data: msgspec.Raw = msgspec.Raw()
    error: msgspec.Raw | None = None


_MESSAGE: Final = msgspec.json.Decoder(_Message)
_DEPTH: Final = msgspec.json.Decoder(DepthData)
_TRADE: Final = msgspec.json.Decoder(TradeData)


@final
class Subscriber:
    """One WebSocket client."""

    def __init__(self, url: str, markets: list[str]) -> None:
        self._url: Final = url
        self._markets: Final = markets
        self._books: Final = {f"depth@{market}": StreamBook() for market in markets}
        self._tapes: Final = {f"trades@{market}": Tape() for market in markets}
        self._connections = 0
        self._messages = 0
        self._errors = 0

    async def run(self) -> None:
        """Stay subscribed until cancelled; connect again whenever the connection ends."""
        while True:
            try:
                async with connect(
                    self._url, compression=None, max_size=None, proxy=None
                ) as connection:
                    self._connections += 1
                    await self._subscribe(connection, [*self._books, *self._tapes])
                    async for text in connection:
                        await self._take(connection, text)
            except (OSError, ConnectionClosed, TimeoutError):
                pass
            # A connection that ended leaves books that nothing will bring up to date.
            await asyncio.sleep(RECONNECT_PAUSE_S)

    def reached(self, goal: Goal) -> bool:
        """Whether every book and tape has come as far as the goal."""
        return all(
            self._books[f"depth@{market}"].sequence >= sequence
            for market, sequence in goal.sequences.items()
        ) and all(
            len(self._tapes[f"trades@{market}"].trade_ids) >= trades
            for market, trades in goal.trades.items()
        )

    def state(self) -> SubscriberState:
        """Return all that is known."""
        books, tapes = self._books, self._tapes
        return SubscriberState(
            books={market: books[f"depth@{market}"].state() for market in self._markets},
            trade_ids={
                market: list(tapes[f"trades@{market}"].trade_ids) for market in self._markets
            },
            messages=self._messages,
            snapshots=sum(book.snapshots for book in books.values()),
            gaps=sum(book.gaps for book in books.values()),
            repeated=sum(tape.repeated for tape in tapes.values()),
            reconnects=max(self._connections - 1, 0),
            errors=self._errors,
        )

    async def _take(self, connection: ClientConnection, text: str | bytes) -> None:
        self._messages += 1
        message = _MESSAGE.decode(text)
        if message.error is not None:
            # Such as NOT_READY: begin again from a new connection.
            self._errors += 1
            await connection.close()
        elif message.stream in self._books:
            if not self._books[message.stream].apply(_DEPTH.decode(message.data)):
                await self._send(connection, "UNSUBSCRIBE", [message.stream])
                await self._subscribe(connection, [message.stream])
        elif message.stream in self._tapes:
            self._tapes[message.stream].add(_TRADE.decode(message.data))

    async def _subscribe(self, connection: ClientConnection, streams: list[str]) -> None:
        await self._send(connection, "SUBSCRIBE", streams)

    async def _send(self, connection: ClientConnection, method: str, streams: list[str]) -> None:
        request = {"method": method, "params": streams, "id": 1}
        await connection.send(msgspec.json.encode(request).decode())


async def wait_for(subscribers: list[Subscriber], goal: Goal) -> None:
    """Wait until every subscriber has reached a goal, or its time is over."""
    end = time.monotonic() + goal.timeout_s
    while time.monotonic() < end:
        if all(subscriber.reached(goal) for subscriber in subscribers):
            return
        await asyncio.sleep(POLL_S)


async def serve(url: str, count: int, markets: list[str]) -> None:
    """Run subscribers and answer goals until standard input ends."""
    subscribers = [Subscriber(url, markets) for _ in range(count)]
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    tasks = [asyncio.create_task(subscriber.run()) for subscriber in subscribers]
    try:
        while line := await reader.readline():
            await wait_for(subscribers, msgspec.json.decode(line, type=Goal))
            seen = Seen([subscriber.state() for subscriber in subscribers], time.process_time())
            sys.stdout.buffer.write(msgspec.json.encode(seen) + b"\n")
            sys.stdout.buffer.flush()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=5) if tasks else None


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
