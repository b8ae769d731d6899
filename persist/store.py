"""All SQL of persist: rows and position in one transaction.

How it works
------------
The session holds an advisory lock for as long as it lives, so at most one persist writes; the
others stand by. In each transaction the position moves first, from exactly the value that the
rows were made for: should two sessions ever believe that they hold the lock, the second waits at
that row, finds it moved and writes nothing.

COPY brings the rows, each piece while the server is at work on the one before. COPY cannot update,
so orders of which the database may have an earlier state go through a temporary table, from which
they are inserted or updated. Commits are synchronous, because the stream entries are deleted on
the strength of them (docs/decisions/0006-history-commits.md).
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Final, final

from persist.catalog import Catalog
from persist.columns import HISTORY_COLUMNS, ORDER_COLUMNS
from persist.continuity import Position, Positions
from persist.database import Connection, connect
from persist.partitions import Partitions
from persist.rows import HistoryRows
from proto.definitions import AssetDefinition, MarketDefinition

# "tick" and "hist" in ASCII: the name of the lock among everybody's advisory locks.
_LOCK: Final = 0x7469636B_68697374
_STATEMENT_TIMEOUT_S: Final = 30.0
_CLOSE_TIMEOUT_S: Final = 1.0
_STAGING: Final = "orders_staging"

_MOVE_POSITION: Final = """
INSERT INTO stream_position AS position (shard, epoch, last_sequence) VALUES ($1, $2, $3)
ON CONFLICT (shard) DO UPDATE SET epoch = excluded.epoch, last_sequence = excluded.last_sequence
WHERE position.last_sequence = $4
RETURNING shard
"""
# What of an order may change: by its amendment, its trigger, its fills and its end. The rest is
# written once, with its first state.
_CHANGING_COLUMNS: Final = (
    "time_in_force",
    "price",
    "quantity",
    "executed_quantity",
    "executed_quote_quantity",
    "fee",
    "status",
    "updated_at",
    "reason",
    "trigger_price",
)
_UPSERT_ORDERS: Final = f"""
INSERT INTO orders ({", ".join(ORDER_COLUMNS)})
SELECT {", ".join(ORDER_COLUMNS)} FROM {_STAGING}
ON CONFLICT (order_id) DO UPDATE SET
    {", ".join(f"{column} = excluded.{column}" for column in _CHANGING_COLUMNS)}
"""
_MARKET_COLUMNS: Final = MarketDefinition.__struct_fields__
_INSERT_MARKET: Final = (
    f"INSERT INTO markets ({', '.join(_MARKET_COLUMNS)})"
    f" VALUES ({', '.join(f'${number}' for number in range(1, len(_MARKET_COLUMNS) + 1))})"
    " ON CONFLICT DO NOTHING"
)
_INSERT_ASSET: Final = (
    "INSERT INTO assets (asset_id, name, decimals) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
)


class PositionMovedError(Exception):
    """Somebody else has written since the positions were loaded."""


@final
class Store:
    """One session in the database."""

    def __init__(self, connection: Connection, partitions: Partitions) -> None:
        self._connection: Final = connection
        self._partitions: Final = partitions

    @classmethod
    async def open(cls, database_url: str) -> "Store":
        """Connect to a database whose schema is up to date.

        Raises:
            asyncpg.PostgresError, OSError, TimeoutError: If that fails, here and in every method.
        """
        connection = await connect(database_url, "tickmesh persist", _STATEMENT_TIMEOUT_S)
        try:
            await connection.execute(
                f"CREATE TEMPORARY TABLE IF NOT EXISTS {_STAGING} (LIKE orders)"
                " ON COMMIT DELETE ROWS"
            )
            return cls(connection, await Partitions.of(connection))
        except BaseException:
            connection.terminate()
            raise

    async def close(self) -> None:
        """End the session, which gives the lock back."""
        await self._connection.close(timeout=_CLOSE_TIMEOUT_S)

    async def try_lock(self) -> bool:
        """Take the right to write, if nobody else has it; it lasts as long as the session."""
        return bool(await self._connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK))

    async def load_positions(self) -> Positions:
        """Load how far the history reaches."""
        rows = await self._connection.fetch(
            "SELECT shard, epoch, last_sequence FROM stream_position"
        )
        return Positions(
            [Position(row["shard"], row["epoch"], row["last_sequence"]) for row in rows]
        )

    async def load_catalog(self) -> Catalog:
        """Load every asset and market."""
        catalog = Catalog()
        assets = await self._connection.fetch("SELECT asset_id, name, decimals FROM assets")
        for row in assets:
            catalog.add_asset(AssetDefinition(row["asset_id"], row["name"], row["decimals"]))
        for row in await self._connection.fetch(
            f"SELECT {', '.join(_MARKET_COLUMNS)} FROM markets"
        ):
            catalog.add_market(MarketDefinition(*row))
        return catalog

    async def write(self, rows: HistoryRows, moves: Sequence[tuple[Position, Position]]) -> None:
        """Commit rows, and the positions that they reach, on disk when this returns.

        Raises:
            PositionMovedError: If a position is not where the rows begin; nothing was written.
            KeyError: If an event names what nobody has defined; nothing was written.
        """
        await self._partitions.ensure(rows.times_ns())
        async with self._connection.transaction():
            for before, after in moves:
                await self._move_position(before, after)
            await self._insert_definitions(rows)
            for table, pieces in rows.histories().items():
                await self._copy(table, HISTORY_COLUMNS[table], pieces)
            await self._copy("orders", ORDER_COLUMNS, rows.new_orders())
            if await self._copy(_STAGING, ORDER_COLUMNS, rows.known_orders()):
                await self._connection.execute(_UPSERT_ORDERS)

    async def _move_position(self, before: Position, after: Position) -> None:
        moved = await self._connection.fetchval(
            _MOVE_POSITION, after.shard, after.epoch, after.last_sequence, before.last_sequence
        )
        if moved is None:
            raise PositionMovedError(
                f"shard {before.shard} is no longer at sequence {before.last_sequence}"
            )

    async def _insert_definitions(self, rows: HistoryRows) -> None:
        for asset in rows.assets:
            await self._connection.execute(
                _INSERT_ASSET, asset.asset_id, asset.name, asset.decimals
            )
        for market in rows.markets:
            values = [getattr(market, column) for column in _MARKET_COLUMNS]
            await self._connection.execute(_INSERT_MARKET, *values)

    async def _copy(self, table: str, columns: Sequence[str], pieces: Iterator[bytes]) -> bool:
        """Copy lines into a table; return whether there were any."""
        first = next(pieces, None)
        if first is None:
            return False
        await self._connection.copy_to_table(
            table, columns=columns, source=_source(first, pieces), format="text"
        )
        return True


async def _source(first: bytes, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield pieces as asyncpg asks for them; it lets the loop send what it has before."""
    yield first
    for piece in pieces:
        yield piece
