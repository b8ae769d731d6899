"""Carries the `db_processor` stream into the database, exactly once.

Theory of operation
-------------------
Read, write, acknowledge, in that order. The position moves in the transaction of the rows, and an
entry is removed only after that transaction is on disk. So whatever fails between two steps, an
entry may be delivered again and is then recognised by its sequences.

A session is everything from connecting to the first failure. After one nothing is kept but the
delay before the next: connect, bring the schema up to date, take the lock, load the position, take
over what is pending, go on. There is one way to start, so a failure needs no way of its own.

Batching
    A portion is what the stream holds, up to a bound. After a transaction the next one waits a
    little for its portion to grow, unless the stream held more than a portion. A lone event after
    a pause is written at once. A transaction has a fixed price of some 6 ms of processor time,
    here and in the database: a trickle pays it at most 25 times a second, a stream of events 10
    times, since there the processor is dear and nobody follows single events in the history.

Missing events
    What comes before the hole is written. Then the session ends, and each new one looks again: to
    write past a hole would hide it for ever.

How often it retries has no limit, since to give up would be to lose history; how fast, has.
"""

import asyncio
import logging
import random
from typing import Final, final

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from persist.continuity import MissingEventsError
from persist.migrate import migrate
from persist.portion import Portion
from persist.store import PositionMovedError, Store
from persist.stream import Entry, Stream
from proto.codec import DecodeError

_LOG: Final = logging.getLogger("persist")

# From the start of a transaction to the next read; the longer one after a portion of that size.
SPACING_S: Final = 0.04
LOADED_SPACING_S: Final = 0.1
LOADED_EVENTS: Final = 500
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
    KeyError,
)


@final
class DbProcessor:
    """Writes history until it is cancelled."""

    def __init__(self, redis: Redis, database_url: str, jitter: random.Random) -> None:
        """Write through a client whose timeouts are set.

        Args:
            redis: Client that returns bytes; closed by its owner.
            database_url: The database.
            jitter: Spreads retries.
        """
        self._stream: Final = Stream(redis)
        self._database_url: Final = database_url
        self._jitter: Final = jitter
        self._ready = False
        self._progressed = False
        self._waited = False

    async def run(self) -> None:
        """Write history until cancelled.

        Raises:
            MigrationError: If the database is one that this program must not touch.
        """
        delay_s = _RETRY_S
        while True:
            self._progressed = False
            try:
                await self._session()
            except MissingEventsError as missing:
                _LOG.error("%s", _advice(missing))
            except _FAILURES as error:
                _LOG.warning("history waits and is retried: %s", _one_line(error))
            _honour_cancellation()
            self._waited = True
            if self._progressed:
                delay_s = _RETRY_S
            await asyncio.sleep(delay_s * self._jitter.uniform(0.5, 1.0))
            delay_s = min(delay_s * 2, _RETRY_MAX_S)

    async def _session(self) -> None:
        """Work until something fails."""
        await migrate(self._database_url)
        store = await Store.open(self._database_url)
        try:
            await self._wait_for_lock(store)
            await self._stream.open()
            positions = await store.load_positions()
            catalog = await store.load_catalog()
            self._announce(f"at sequence {positions.summary()}")
            while True:
                _honour_cancellation()
                await self._carry(store, Portion(positions, catalog))
                positions.commit()
                self._progressed = True
        finally:
            await store.close()

    async def _wait_for_lock(self, store: Store) -> None:
        while not await store.try_lock():
            _honour_cancellation()
            self._announce("standing by: another persist writes")
            await asyncio.sleep(_LOCK_POLL_S * self._jitter.uniform(0.5, 1.0))

    async def _carry(self, store: Store, portion: Portion) -> None:
        """Carry one portion, and keep the distance to the next."""
        missing = await self._fill(portion)
        loop = asyncio.get_running_loop()
        started_s = loop.time()
        if portion.moves():
            await store.write(portion.rows, portion.moves())
            if self._waited:
                self._waited = False
                _LOG.info("history goes on")
        await self._stream.acknowledge(portion.entry_ids)
        if missing is not None:
            # Whoever produces these events again, from the matcher's journal, does it here.
            raise missing
        if portion.entry_ids and not portion.is_full:
            spacing_s = SPACING_S if portion.events < LOADED_EVENTS else LOADED_SPACING_S
            await asyncio.sleep(max(0.0, started_s + spacing_s - loop.time()))

    async def _fill(self, portion: Portion) -> MissingEventsError | None:
        """Wait for entries, then take what is there."""
        entries = await self._stream.read(wait=True)
        while entries:
            for entry in entries:
                try:
                    await self._take(portion, entry)
                except MissingEventsError as missing:
                    return missing
            if portion.is_full:
                break
            entries = await self._stream.read(wait=False)
        return None

    async def _take(self, portion: Portion, entry: Entry) -> None:
        if entry.data is None:
            _LOG.error("put aside stream entry %r: it has no batch", entry.entry_id)
            await self._stream.refuse(entry)
            return
        try:
            portion.add(entry.entry_id, entry.data)
        except DecodeError as error:
            _LOG.error("put aside stream entry %r: it is no batch: %s", entry.entry_id, error)
            await self._stream.refuse(entry)

    def _announce(self, state: str) -> None:
        if not self._ready:
            self._ready = True
            _LOG.info("ready persist %s", state)


def _honour_cancellation() -> None:
    """End here if the task was cancelled.

    Python 3.11 and the clients lose a cancellation that meets the end of what they wait for, about
    one in a hundred of those that arrive while a session begins; the request stays on record.
    """
    task = asyncio.current_task()
    assert task is not None
    if task.cancelling():
        raise asyncio.CancelledError


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _advice(missing: MissingEventsError) -> str:
    return (
        f"history stops: the events of {missing} are not in the stream, because Redis or a part "
        "of its data was lost, or the database is older than the stream. Nothing is written past "
        "them and nothing later is lost: it waits in the stream, and trading goes on. The "
        "matcher's journal has the missing events: stop the matcher, delete the stream "
        "(DEL db_processor), start the matcher. It then publishes history from the beginning, "
        "and what the database has already is left out."
    )
