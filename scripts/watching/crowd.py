"""A process of WebSocket subscribers: `python -m scripts.watching.crowd`.

It runs beside the load generator, so that neither waits for the other. One JSON object a line on
standard input says who the subscribers are, and then what is wanted of them (`accounts`): to have
come so far, to misbehave, to tell what they were told. A line on standard output answers. The end
of standard input ends the process.
"""

import asyncio
import random
import sys
import time
from typing import Final, final

import msgspec
import uvloop

from scripts.watching.accounts import Goal, Recall, Seen, Told, Unrest
from scripts.watching.connection import WatchingConnection
from scripts.watching.frames import FrameError
from scripts.watching.plan import Crowd, SubscriberPlan
from scripts.watching.records import Records
from scripts.watching.subscriber import HangUpError, Subscriber

_PAUSE_MIN_S: Final = 0.05
_PAUSE_MAX_S: Final = 0.3
_POLL_S: Final = 0.02
_END_TIMEOUT_S: Final = 5.0
# Of what subscribers do that they should not: the rest is to stop reading for a while.
_CUT_SHARE: Final = 0.7
_STALL_MIN_S: Final = 0.2
_STALL_MAX_S: Final = 5.0
# Now and then one stops for about as long as the exchange waits for it.
_LONG_STALL_SHARE: Final = 0.05
_LONG_STALL_MIN_S: Final = 9.0
_LONG_STALL_MAX_S: Final = 16.0


@final
class Seat:
    """Where a subscriber sits: opens its connections, one after the other.

    Attributes:
        subscriber: Who sits there.
    """

    def __init__(
        self, url: str, plan: SubscriberPlan, records: Records, chance: random.Random
    ) -> None:
        self.subscriber: Final = Subscriber(plan, records)
        self._url: Final = url
        self._is_deflated: Final = plan.is_deflated
        self._chance: Final = chance
        self._connection: WatchingConnection | None = None
        self._ended: Final = asyncio.Event()
        self._going_on: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Stay subscribed until cancelled; connect again whenever the connection ends."""
        while True:
            connection = WatchingConnection(self, self._chance, is_deflated=self._is_deflated)
            self._ended.clear()
            try:
                await connection.open(self._url)
            except OSError:
                # The exchange, or this feed, is away; who waits for what it tells has a deadline.
                pass
            except FrameError as error:
                self.subscriber.on_refusal(str(error))
            else:
                self._connection = connection
                await self._stay(connection)
            await asyncio.sleep(self._chance.uniform(_PAUSE_MIN_S, _PAUSE_MAX_S))

    def cut(self) -> None:
        """Cut the connection without a word."""
        if self._connection is not None:
            self.subscriber.counts.cuts += 1
            self._connection.cut()

    def stall(self, seconds: float) -> None:
        """Read nothing for a while."""
        if self._connection is None or self._going_on is not None:
            return
        self.subscriber.counts.stalls += 1
        self._connection.stop_reading()
        loop = asyncio.get_running_loop()
        self._going_on = loop.call_later(seconds, self._go_on, self._connection)

    def on_text(self, text: bytes) -> None:
        connection = self._connection
        if connection is None:
            return
        try:
            for request in self.subscriber.on_text(text):
                connection.send(request)
        except HangUpError:
            connection.cut()
        except (msgspec.MsgspecError, ValueError) as error:
            self.subscriber.on_unreadable(text, error)
            connection.cut()

    def on_end(self, farewell: str) -> None:
        self._connection = None
        self.subscriber.on_end(farewell)
        self._ended.set()

    async def _stay(self, connection: WatchingConnection) -> None:
        try:
            for request in self.subscriber.on_open():
                connection.send(request)
            await self._ended.wait()
        finally:
            connection.cut()

    def _go_on(self, connection: WatchingConnection) -> None:
        self._going_on = None
        connection.go_on()


class Seats:
    """All of them."""

    def __init__(self, crowd: Crowd) -> None:
        chance = random.Random(crowd.seed)
        self._chance: Final = chance
        self._records: Final = Records(crowd.begin, time.time_ns)
        self._seats: Final = [
            Seat(crowd.url, plan, self._records, chance) for plan in crowd.subscribers
        ]
        self._tasks: Final = [asyncio.create_task(seat.run()) for seat in self._seats]
        self._unrest: asyncio.Task[None] | None = None

    async def answer(self, wanted: Goal | Unrest | Recall) -> Seen | Told | None:
        """Do what is wanted, and return the answer where there is one."""
        if isinstance(wanted, Goal):
            await self._wait_for(wanted)
            return self._seen()
        if isinstance(wanted, Recall):
            return self._records.told()
        if self._unrest is not None:
            self._unrest.cancel()
        self._unrest = asyncio.create_task(self._misbehave(wanted.per_s)) if wanted.per_s else None
        return None

    async def close(self) -> None:
        """End all connections."""
        tasks = [*self._tasks, *([self._unrest] if self._unrest else [])]
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=_END_TIMEOUT_S)

    def check(self) -> None:
        """Raise what has ended a seat: it is a bug here."""
        for task in [*self._tasks, *([self._unrest] if self._unrest else [])]:
            if task.done() and not task.cancelled():
                task.result()

    async def _wait_for(self, goal: Goal) -> None:
        end_s = time.monotonic() + goal.timeout_s
        while time.monotonic() < end_s:
            self.check()
            if all(seat.subscriber.has_reached(goal) for seat in self._seats):
                return
            await asyncio.sleep(_POLL_S)

    def _seen(self) -> Seen:
        return Seen(
            [seat.subscriber.state() for seat in self._seats],
            dict(self._records.tape_lengths()),
            self._records.lateness.latency(),
            time.process_time(),
        )

    async def _misbehave(self, per_s: float) -> None:
        chance = self._chance
        while True:
            await asyncio.sleep(chance.expovariate(per_s))
            seat = chance.choice(self._seats)
            if chance.random() < _CUT_SHARE:
                seat.cut()
            elif chance.random() < _LONG_STALL_SHARE:
                seat.stall(chance.uniform(_LONG_STALL_MIN_S, _LONG_STALL_MAX_S))
            else:
                seat.stall(chance.uniform(_STALL_MIN_S, _STALL_MAX_S))


async def serve(lines: asyncio.StreamReader) -> None:
    """Run a crowd and answer what is asked of it, until the lines end."""
    seats = Seats(msgspec.json.decode(await lines.readline(), type=Crowd))
    decoder = msgspec.json.Decoder(Goal | Unrest | Recall)
    try:
        while line := await lines.readline():
            answer = await seats.answer(decoder.decode(line))
            if answer is not None:
                sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
                sys.stdout.buffer.flush()
    finally:
        await seats.close()


async def _main(limit: int) -> None:
    lines = asyncio.StreamReader(limit)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    await serve(lines)


if __name__ == "__main__":
    # A crowd with the names of all its streams is one line.
    uvloop.run(_main(1 << 24))
