"""Carries the `db_processor` stream into the database, exactly once.

Theory of operation
-------------------
Read, write, acknowledge, in that order, and the next is read while one is written. The position
moves in the transaction of the rows, and an entry is removed only after that transaction is on
disk. So whatever fails between two steps, an entry may be delivered again and is then recognised
by its sequences.

A session is everything from connecting to the first failure. After one nothing is kept but the
delay before the next: connect, bring the schema up to date, take the lock, load the position, take
over what is pending, go on (`persist/session.py`). There is one way to start, so a failure needs
no way of its own.

Batching
    A portion is what the stream holds, up to a bound. When a transaction has begun, the next
    portion is left to grow for a little, unless the stream held more than one. A lone event after
    a pause is written at once. A transaction has a fixed price of some 6 ms of processor time,
    here and in the database: a trickle pays it at most 25 times a second, a stream of events 10
    times, since there the processor is dear and nobody follows single events in the history.

Missing events
    Redis can lose any part of the stream, and all of it; the database can be older than the
    stream. What is missing is asked of the matcher, which makes it again from its journal.
    Nothing is ever written past a hole, for that would hide it: while the matcher cannot be asked,
    the stream waits.

How often it retries has no limit, since to give up would be to lose history; how fast, has.
"""

import asyncio
import logging
import random
from typing import Final, final

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from persist.condition import Condition
from persist.lookout import ForeignHistoryError
from persist.matcher import EventsUnavailableError, Past
from persist.migrate import migrate, status
from persist.session import Session, honour_cancellation
from persist.store import PositionMovedError, Store
from persist.stream import Stream

_LOG: Final = logging.getLogger("persist")

_RETRY_S: Final = 0.1
_RETRY_MAX_S: Final = 5.0
_LOCK_POLL_S: Final = 0.5

# The outside world failing, in Redis or in the database. A KeyError is an event that names a code,
# a market or an asset that nobody has defined: bytes that are not from a matcher of this version.
_FAILURES: Final = (
    RedisError,
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    PositionMovedError,
    EventsUnavailableError,
    ForeignHistoryError,
    KeyError,
)


@final
class DbProcessor:
    """Writes history until it is cancelled."""

    def __init__(self, redis: Redis, database_url: str, past: Past, jitter: random.Random) -> None:
        """Write through a client whose timeouts are set.

        Args:
            redis: Client that returns bytes; closed by its owner.
            database_url: The database.
            past: Asked for what the stream has lost.
            jitter: Spreads retries.
        """
        self._stream: Final = Stream(redis)
        self._database_url: Final = database_url
        self._past: Final = past
        self._jitter: Final = jitter
        self._condition: Final = Condition()
        self._ready = False

    async def run(self) -> None:
        """Write history until cancelled.

        Raises:
            MigrationError: If the database is one that this program must not touch.
        """
        delay_s = _RETRY_S
        while True:
            self._condition.progressed = False
            try:
                await self._work()
            except _FAILURES as error:
                self._condition.on_trouble(error)
            honour_cancellation()
            if self._condition.progressed:
                delay_s = _RETRY_S
            await asyncio.sleep(delay_s * self._jitter.uniform(0.5, 1.0))
            delay_s = min(delay_s * 2, _RETRY_MAX_S)

    async def _work(self) -> None:
        """Work until something fails."""
        await self._migrate()
        store = await Store.open(self._database_url)
        try:
            await self._wait_for_lock(store)
            session = await Session.begin(store, self._stream, self._past, self._condition)
            self._announce(f"at sequence {session.summary()}")
            try:
                while True:
                    honour_cancellation()
                    await session.step()
            finally:
                await session.close()
        finally:
            await store.close()

    async def _migrate(self) -> None:
        """Bring the schema up to date; trading does not wait for that of a long history."""
        applied, steps = await status(self._database_url)
        if applied and steps:
            self._announce(f"brings the database up to date: {', '.join(steps)}")
        await migrate(self._database_url)

    async def _wait_for_lock(self, store: Store) -> None:
        while not await store.try_lock():
            honour_cancellation()
            self._announce("standing by: another persist writes")
            await asyncio.sleep(_LOCK_POLL_S * self._jitter.uniform(0.5, 1.0))

    def _announce(self, state: str) -> None:
        if not self._ready:
            self._ready = True
            _LOG.info("ready persist %s", state)
