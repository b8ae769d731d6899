"""Carries entries through persist, from the stream into the database, as often as a bench wants."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final, final

from msgspec import Struct
from redis.asyncio import Redis

from persist.columns import HISTORY_COLUMNS
from persist.condition import Condition
from persist.database import Connection, connect
from persist.matcher import EventsUnavailableError
from persist.migrate import migrate
from persist.session import Session
from persist.store import Store
from persist.stream import FIELD, STREAM, Stream
from proto.replies import HistoryEndReply
from scripts.benches.findings import BenchError
from scripts.benches.persist.flow import Entry
from scripts.benches.persist.servers import Servers, family_time_ns

_REDIS_TIMEOUT_S: Final = 10.0
_STATEMENT_TIMEOUT_S: Final = 30.0
_POLL_S: Final = 0.005
# No history of a bench takes so long.
_DEADLINE_S: Final = 60.0
_TABLES: Final = ("orders", "stream_position", *HISTORY_COLUMNS)


class Carried(Struct, frozen=True):
    """What it took to carry entries.

    Attributes:
        elapsed_ns: From the first read to the moment at which the last row could be read.
        persist_ns: Processor time of persist.
        postgres_ns: Processor time of the database.
        transactions: In how many transactions.
    """

    elapsed_ns: int
    persist_ns: int
    postgres_ns: int
    transactions: int


class NoPast:
    """The past of a matcher that is away (`persist.matcher.Past`): the stream has everything."""

    shard = 0

    async def end(self) -> HistoryEndReply:
        """See `Past`."""
        raise EventsUnavailableError("there is no matcher")

    async def events(self, first_sequence: int, last_sequence: int) -> bytes:
        """See `Past`."""
        raise EventsUnavailableError(f"{first_sequence} to {last_sequence}: there is no matcher")


@final
class Stage:
    """A stream, a database, and a connection that looks on.

    Attributes:
        servers: Both servers.
        redis: A client of the stream.
        connection: A connection of its own to the database.
    """

    def __init__(self, servers: Servers, redis: Redis, connection: Connection) -> None:
        self.servers: Final = servers
        self.redis: Final = redis
        self.connection: Final = connection

    async def clear(self) -> None:
        """Remove all entries and all rows."""
        await self.redis.delete(STREAM)
        await self.connection.execute(f"TRUNCATE {', '.join(_TABLES)}")

    async def position(self) -> int:
        """Return the sequence that the history reaches."""
        sequence = await self.connection.fetchval("SELECT max(last_sequence) FROM stream_position")
        return int(sequence or 0)

    async def carry(self, entries: Sequence[Entry]) -> Carried:
        """Carry entries, all of which are in the stream when persist begins."""
        await self.clear()
        pipeline = self.redis.pipeline(transaction=False)
        for entry in entries:
            pipeline.xadd(STREAM, {FIELD: entry.data}, id=f"{entry.last_sequence}-0")
        await pipeline.execute()
        store = await Store.open(self.servers.database_url)
        try:
            assert await store.try_lock()
            session = await Session.begin(store, Stream(self.redis), NoPast(), Condition())
            return await self._timed(session, entries[-1].last_sequence)
        finally:
            await store.close()

    async def _timed(self, session: Session, last_sequence: int) -> Carried:
        postgres_ns = family_time_ns(self.servers.postgres_pid)
        persist_ns, start_ns = time.process_time_ns(), time.perf_counter_ns()
        steps = asyncio.create_task(_steps(session, last_sequence))
        try:
            async with asyncio.timeout(_DEADLINE_S):
                while await self.position() < last_sequence:
                    if steps.done():
                        # What is read last may still be on its way; what has failed says so here.
                        steps.result()
                    await asyncio.sleep(_POLL_S)
            elapsed_ns = time.perf_counter_ns() - start_ns
            persist_ns = time.process_time_ns() - persist_ns
            postgres_ns = family_time_ns(self.servers.postgres_pid) - postgres_ns
            return Carried(elapsed_ns, persist_ns, postgres_ns, await steps)
        except TimeoutError:
            raise BenchError(f"history is not written after {_DEADLINE_S:.0f} s") from None
        finally:
            steps.cancel()
            with suppress(asyncio.CancelledError):
                await steps
            await session.close()


@asynccontextmanager
async def stage(servers: Servers) -> AsyncIterator[Stage]:
    """Connect to servers, and make the tables."""
    redis = Redis.from_url(servers.redis_url, protocol=2, socket_timeout=_REDIS_TIMEOUT_S)
    try:
        await migrate(servers.database_url)
        connection = await connect(servers.database_url, "tickmesh bench", _STATEMENT_TIMEOUT_S)
        try:
            yield Stage(servers, redis, connection)
        finally:
            await connection.close()
    finally:
        await redis.aclose()


async def _steps(session: Session, last_sequence: int) -> int:
    """Take steps until everything is taken; return how many transactions that makes."""
    transactions = 0
    while (before := int(session.summary())) < last_sequence:
        await session.step()
        transactions += int(session.summary()) > before
    await session.settle()
    return transactions
