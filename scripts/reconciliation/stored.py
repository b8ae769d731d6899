"""Streams the history out of the database, as it is at one moment.

All reading happens in one transaction that sees the state at its first statement (REPEATABLE READ),
position and rows alike, so nothing that is written meanwhile disturbs the comparison. Cursors
bring the rows in the order of their sequences, some thousands at a time: memory is bounded, however
long the history is. The database sorts, on its own disk where it must.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, TypeAlias, final

import asyncpg
from asyncpg.cursor import Cursor

from scripts.load.evidence import EvidenceError
from scripts.reconciliation.expected import ORDERS
from scripts.reconciliation.layout import Layout, Row
from scripts.reconciliation.tables import HISTORIES

# The stubs are generic, the class is not.
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_CONNECT_TIMEOUT_S: Final = 10.0
# The first fetch waits until the whole table is sorted.
_STATEMENT_TIMEOUT_S: Final = 600.0
_ROWS: Final = 4_000
_TIMES: Final = frozenset(
    (
        "timestamp", "created_at", "updated_at", "expires_at", "ends_at", "reference_at",
        "cancel_at",
    )
)  # fmt: skip


@final
class StoredPosition:
    """How far the history of a shard reaches.

    Attributes:
        epoch: Epoch of the last command.
        last_sequence: Its sequence.
        complete_from: The first command whose rows have the late columns of their tables.
    """

    def __init__(self, epoch: int, last_sequence: int, complete_from: int) -> None:
        self.epoch: Final = epoch
        self.last_sequence: Final = last_sequence
        self.complete_from: Final = complete_from


@final
class RowStream:
    """The rows of one table in the order of a column, with the value of that column."""

    def __init__(self, cursor: "Cursor[asyncpg.Record]") -> None:
        self._cursor: Final = cursor
        self._rows: list[asyncpg.Record] = []
        self._next = 0
        self._ended = False

    async def peek(self) -> int | None:
        """Return the order column of the next row; None at the end."""
        if self._next == len(self._rows) and not self._ended:
            self._rows = await self._cursor.fetch(_ROWS, timeout=_STATEMENT_TIMEOUT_S)
            self._next = 0
            self._ended = not self._rows
        return None if self._ended else int(self._rows[self._next][0])

    async def take(self) -> Row:
        """Return the next row; there must be one."""
        if await self.peek() is None:
            raise AssertionError("there is no row")
        row = self._rows[self._next]
        self._next += 1
        return tuple(row)[1:]

    async def take_all(self, value: int) -> list[Row]:
        """Return the next rows, as far as their order column has a value."""
        rows = []
        while await self.peek() == value:
            rows.append(await self.take())
        return rows


@final
class StoredHistory:
    """The database at one moment."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Final = connection

    async def position(self, shard: int) -> StoredPosition:
        """Return how far the history reaches; to the beginning where there is none."""
        row = await self._connection.fetchrow(
            "SELECT epoch, last_sequence, complete_from FROM stream_position WHERE shard = $1",
            shard,
        )
        return StoredPosition(0, 0, 1) if row is None else StoredPosition(*row)

    async def histories(self) -> dict[str, RowStream]:
        """Open a stream of each history, in the order of sequences."""
        return {layout.name: await self._open(layout, "sequence") for layout in HISTORIES}

    async def orders(self) -> RowStream:
        """Open a stream of the orders, in the order of their identifiers."""
        return await self._open(ORDERS, "order_id")

    async def definitions(self, table: str, columns: tuple[str, ...]) -> set[Row]:
        """Return all of a small table, as text."""
        rows = await self._connection.fetch(f"SELECT {_as_text(columns)} FROM {table}")
        return {tuple(row) for row in rows}

    async def unknown_columns(self, layout: Layout) -> list[str]:
        """Return the columns that a table has and the audit does not know, or the other way."""
        rows = await self._connection.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass"
            " AND attnum > 0 AND NOT attisdropped",
            layout.name,
        )
        return sorted({row[0] for row in rows} ^ set(layout.columns))

    async def _open(self, layout: Layout, order_column: str) -> RowStream:
        cursor = await self._connection.cursor(
            f"SELECT stored.{order_column}, {_as_text(layout.columns)}"
            f" FROM {layout.name} AS stored ORDER BY stored.{order_column}"
        )
        return RowStream(cursor)


@asynccontextmanager
async def stored_history(url: str) -> AsyncIterator[StoredHistory]:
    """Look at a database as it is now.

    Raises:
        EvidenceError: If it cannot be reached.
    """
    try:
        connection = await asyncpg.connect(
            url, timeout=_CONNECT_TIMEOUT_S, command_timeout=_STATEMENT_TIMEOUT_S
        )
    except (OSError, asyncpg.PostgresError) as error:
        raise EvidenceError(f"the database cannot be reached: {error}") from error
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield StoredHistory(connection)
    finally:
        await connection.close(timeout=_CONNECT_TIMEOUT_S)


def _as_text(columns: tuple[str, ...]) -> str:
    return ", ".join(
        f"(extract(epoch FROM {column}) * 1000000)::bigint::text"
        if column in _TIMES
        else f"{column}::text"
        for column in columns
    )
