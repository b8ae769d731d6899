"""One session: what persist does from the moment it has the lock until something fails.

A step carries what the stream holds: read, write, acknowledge, in that order. While one portion is
written, the next is read and decoded; it begins where the one before ends, and its transaction
begins when that is committed. Should the one before fail, the session ends, and nothing of what
was read ahead has been done.

Where a step meets a hole, what comes before it is written, what is missing is asked of the matcher
and written, and what was read behind it is read again. Where the stream is silent, a look tells
whether it has lost its end. All that is written goes through the same transaction, from exactly
the position that the session knows, so it cannot matter where events came from, or how often they
came.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple, final

from persist.catalog import Catalog
from persist.condition import Condition
from persist.continuity import MissingEventsError, Position, Positions
from persist.lookout import Lookout, check_same_history
from persist.matcher import EventsUnavailableError, Past
from persist.portion import Portion
from persist.store import Store
from persist.stream import Entry, Stream
from proto.codec import DecodeError, decode_event_batch

_LOG: Final = logging.getLogger("persist")

# From the start of a transaction to the next read; the longer one after a portion of that size.
SPACING_S: Final = 0.04
LOADED_SPACING_S: Final = 0.1
LOADED_EVENTS: Final = 500
# For the matcher's answer when a session begins; without one it begins all the same.
_GREETING_TIMEOUT_S: Final = 2.0


class _Hole(NamedTuple):
    """What is missing before an entry."""

    missing: MissingEventsError
    entry_id: bytes
    data: bytes


@final
class Session:
    """Writes into a database that nobody else writes into."""

    def __init__(
        self,
        store: Store,
        stream: Stream,
        past: Past,
        condition: Condition,
        positions: Positions,
        catalog: Catalog,
    ) -> None:
        self._store: Final = store
        self._stream: Final = stream
        self._past: Final = past
        self._condition: Final = condition
        self._positions: Final = positions
        self._catalog: Final = catalog
        self._lookout: Final = Lookout()
        # Entries that were read and are in no portion yet.
        self._entries: Final[deque[Entry]] = deque()
        self._writing: asyncio.Task[None] | None = None

    @classmethod
    async def begin(
        cls, store: Store, stream: Stream, past: Past, condition: Condition
    ) -> "Session":
        """Begin where the database is.

        Args:
            store: Holds the lock.
            stream: Read from what is pending on.
            past: Asked for what the stream has lost.
            condition: Told how it goes.

        Raises:
            ForeignHistoryError: If the database is not one of the matcher's exchange, here and in
                `step`.
            RedisError, asyncpg.PostgresError, OSError, TimeoutError: If that fails.
        """
        await stream.open()
        positions = await store.load_positions()
        session = cls(store, stream, past, condition, positions, await store.load_catalog())
        with contextlib.suppress(EventsUnavailableError, TimeoutError):
            async with asyncio.timeout(_GREETING_TIMEOUT_S):
                check_same_history(positions.of(past.shard), await past.end())
        return session

    def summary(self) -> str:
        """Say where it is, for people."""
        return self._positions.summary()

    async def close(self) -> None:
        """End what is being written; it is committed whole or not at all."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)

    async def step(self) -> None:
        """Carry what the stream holds, after a wait of about a second if need be.

        What it takes may still be on its way to the database when it returns; the next step waits
        for that.

        Raises:
            EventsUnavailableError: If events are missing and cannot be had now.
            KeyError: If events name what nobody has defined.
            RedisError, asyncpg.PostgresError, OSError, TimeoutError, PositionMovedError: If Redis
                or the database fails. The session is of no use then, whatever was raised.
        """
        portion = Portion(self._positions, self._catalog)
        hole = await self._fill(portion)
        await self._submit(portion)
        started_s = asyncio.get_running_loop().time()
        if hole is not None:
            await self.settle()
            await self._bridge(hole)
            self._entries.clear()
            self._stream.rewind()
            return
        self._condition.progressed = True
        if self._lookout.on_read(len(portion.entry_ids)):
            await self._look_beyond()
        elif portion.entry_ids and not portion.is_full:
            spacing_s = SPACING_S if portion.events < LOADED_EVENTS else LOADED_SPACING_S
            ends_s = started_s + spacing_s
            await asyncio.sleep(max(0.0, ends_s - asyncio.get_running_loop().time()))

    async def _fill(self, portion: Portion) -> _Hole | None:
        """Wait for entries, then take what is there, up to a hole or until it is full."""
        entries = self._entries
        if not entries:
            entries.extend(await self._stream.read(wait=True))
        while entries:
            hole = await self._take(portion, entries.popleft())
            if hole is not None or portion.is_full:
                return hole
            # An entry may be large; what is being written goes on between two.
            await asyncio.sleep(0)
            if not entries:
                entries.extend(await self._stream.read(wait=False))
        return None

    async def _take(self, portion: Portion, entry: Entry) -> _Hole | None:
        if entry.data is None:
            _LOG.error("put aside stream entry %r: it has no batch", entry.entry_id)
            await self._stream.refuse(entry.entry_id, b"")
            return None
        try:
            portion.add(entry.entry_id, entry.data)
        except MissingEventsError as missing:
            return _Hole(missing, entry.entry_id, entry.data)
        except DecodeError as error:
            _LOG.error("put aside stream entry %r: it is no batch: %s", entry.entry_id, error)
            await self._stream.refuse(entry.entry_id, entry.data)
        return None

    async def _submit(self, portion: Portion) -> None:
        """Begin to write a portion, when the one before it is done with."""
        await self.settle()
        moves = portion.moves()
        if moves or portion.entry_ids:
            self._positions.advance()
            self._writing = asyncio.create_task(self._write(portion, moves))

    async def settle(self) -> None:
        """Wait until what is being written is committed and acknowledged, or has failed."""
        writing, self._writing = self._writing, None
        if writing is not None:
            await writing

    async def _write(self, portion: Portion, moves: Sequence[tuple[Position, Position]]) -> None:
        if moves:
            await self._store.write(portion.rows, moves)
            self._condition.progressed = True
            self._condition.on_written()
        await self._stream.acknowledge(portion.entry_ids)

    async def _bridge(self, hole: _Hole) -> None:
        """Write what is missing before an entry; put the entry aside if it cannot be ours."""
        missing = hole.missing
        if missing.shard != self._past.shard:
            raise EventsUnavailableError(f"{missing} are missing, and no matcher of it is known")
        end = await self._past.end()
        last_sequence = decode_event_batch(hole.data).last_sequence
        if last_sequence <= end.last_sequence:
            await self._catch_up(missing)
            return
        # What a matcher publishes is in its journal before.
        _LOG.error(
            "put aside stream entry %r: it reaches sequence %d, and the matcher's journal ends at "
            "%d, so it is of another exchange. Is this Redis used by two?",
            hole.entry_id,
            last_sequence,
            end.last_sequence,
        )
        await self._stream.refuse(hole.entry_id, hole.data)

    async def _look_beyond(self) -> None:
        """Find out whether the stream is silent because it has lost its end."""
        try:
            end = await self._past.end()
        except EventsUnavailableError:
            # Nothing is known to be missing, so nothing has to wait.
            return
        missing = self._lookout.missing(self._positions.of(self._past.shard), end)
        if missing is not None:
            await self._catch_up(missing)

    async def _catch_up(self, missing: MissingEventsError) -> None:
        """Write what the stream has lost, as the matcher makes it again."""
        self._condition.on_trouble(missing)
        last_sequence = missing.last_sequence
        while (position := self._positions.of(missing.shard)).last_sequence < last_sequence:
            honour_cancellation()
            portion = Portion(self._positions, self._catalog)
            portion.add_made_again(
                await self._past.events(position.last_sequence + 1, last_sequence)
            )
            await self._submit(portion)
        await self.settle()
        _LOG.info("the events of %s are written", missing)


def honour_cancellation() -> None:
    """End here if the task was cancelled.

    Python 3.11 and the clients lose a cancellation that meets the end of what they wait for, about
    one in a hundred of those that arrive while a session begins; the request stays on record.
    """
    task = asyncio.current_task()
    assert task is not None
    if task.cancelling():
        raise asyncio.CancelledError
