"""The `db_processor` stream, as the only reader of its consumer group sees it.

How it works
------------
An entry goes from new to pending when it is read, and disappears when it is acknowledged. Whoever
opens the stream first takes over everything pending, whichever consumer it was given to: it holds
the lock of the database, so nobody else is at work on it. Pending entries are older than new
ones, so the order of the sequences is kept.

What is read is bounded by entries for each call, and by its callers in all.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias, cast, final

from redis.asyncio import Redis
from redis.exceptions import ResponseError

STREAM: Final = "db_processor"
FIELD: Final = b"b"
GROUP: Final = "persist"
# Entries that are no batches of ours are kept here, for whoever wants to know where they came from.
REFUSED_STREAM: Final = "db_processor.refused"

_CONSUMER: Final = "writer"
_REFUSED_MAX: Final = 1_000
# An entry holds up to 4,096 commands, so a call returns some 15 MB at most.
_READ_ENTRIES: Final = 16
_BLOCK_MS: Final = 1_000
_START: Final = b"0-0"

_RawEntries: TypeAlias = Sequence[tuple[bytes, dict[bytes, bytes]]]


@final
class Entry:
    """An entry of the stream.

    Attributes:
        entry_id: Its id.
        data: What its field holds; None where it has no such field.
    """

    __slots__ = ("data", "entry_id")

    def __init__(self, entry_id: bytes, data: bytes | None) -> None:
        self.entry_id: Final = entry_id
        self.data: Final = data


@final
class Stream:
    """Reads in order, each entry once for each time that it was opened."""

    def __init__(self, redis: Redis) -> None:
        """Read through a client of protocol 2 that returns bytes; its timeouts exceed a second."""
        self._redis: Final = redis
        self._pending_from: bytes | None = None

    async def open(self) -> None:
        """Make the group where there is none; begin with what is pending.

        Raises:
            RedisError, OSError: If Redis fails, here and in every method.
        """
        try:
            await self._redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise
        self.rewind()

    def rewind(self) -> None:
        """Begin again with what was read and is not acknowledged."""
        self._pending_from = _START

    async def read(self, *, wait: bool) -> list[Entry]:
        """Return the next entries.

        Args:
            wait: Whether to wait for some, for about a second, where there are none.
        """
        while self._pending_from is not None:
            entries = await self._read_pending(self._pending_from)
            if entries:
                return entries
        answer = await self._redis.xreadgroup(
            GROUP, _CONSUMER, {STREAM: ">"}, count=_READ_ENTRIES, block=_BLOCK_MS if wait else None
        )
        # The stubs allow for every protocol and decoding that a client can be set to.
        streams = cast(Sequence[tuple[bytes, _RawEntries]], answer)
        return _entries(streams[0][1]) if streams else []

    async def acknowledge(self, entry_ids: Sequence[bytes]) -> None:
        """Remove entries whose events are in the database."""
        if entry_ids:
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.xack(STREAM, GROUP, *entry_ids)
            pipeline.xdel(STREAM, *entry_ids)
            await pipeline.execute()

    async def refuse(self, entry_id: bytes, data: bytes) -> None:
        """Put an entry aside that is no batch of ours."""
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.xadd(
            REFUSED_STREAM,
            {"id": entry_id, FIELD: data},
            maxlen=_REFUSED_MAX,
            approximate=True,
        )
        pipeline.xack(STREAM, GROUP, entry_id)
        pipeline.xdel(STREAM, entry_id)
        await pipeline.execute()

    async def _read_pending(self, start: bytes) -> list[Entry]:
        answer = await self._redis.xautoclaim(
            STREAM, GROUP, _CONSUMER, min_idle_time=0, start_id=start, count=_READ_ENTRIES
        )
        following, entries = cast(tuple[bytes, _RawEntries], tuple(answer[:2]))
        self._pending_from = None if following == _START else following
        return _entries(entries)


def _entries(raw: _RawEntries) -> list[Entry]:
    return [Entry(entry_id, fields.get(FIELD)) for entry_id, fields in raw]
