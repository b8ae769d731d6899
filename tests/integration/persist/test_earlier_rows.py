"""Rows of before a step of the schema are, after it, what a replay makes of their commands."""

import io
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from matcher.tools.catalog import Catalog as ToolCatalog
from persist.catalog import Catalog
from persist.columns import HISTORY_COLUMNS
from persist.migrate import migrate
from persist.migrations import FOLDER
from persist.rows import HistoryRows
from proto.definitions import MarketDefinition
from proto.events import EventBatch
from proto.replies import MarketsReply
from scripts.reconciliation.expected import BALANCE_CHANGES, ORDER_EVENTS
from scripts.reconciliation.layout import Row
from scripts.reconciliation.stored import StoredHistory
from scripts.reconciliation.tables import rows_of
from tests.integration.persist.conftest import Carrying, connected
from tests.integration.persist.exchange import Exchange
from tests.integration.persist.test_db_processor import add, drained
from tests.integration.persist.venue import by_command
from tests.waiting import until

pytestmark = pytest.mark.integration

BATCHES = 60
# The rows of the first batches have no ordinals, as those of before 0005.
WITHOUT_ORDINALS = 40
# The columns that the histories did not have, before 0006 and before 0005.
_SINCE_0006 = {"order_events": {"executed_quote_quantity", "fee"}}
_SINCE_0005 = {
    "order_events": {"executed_quote_quantity", "fee", "ordinal"},
    "balance_changes": {"ordinal"},
}


async def test_sums_and_ordinals_of_earlier_rows(any_database_url: str, tmp_path: Path) -> None:
    exchange = Exchange()
    exchange.trade(BATCHES)
    await migrate(any_database_url, _earlier_steps(tmp_path))
    async with connected(any_database_url) as connection:
        old, new = exchange.batches[:WITHOUT_ORDINALS], exchange.batches[WITHOUT_ORDINALS:]
        await _define(connection, exchange)
        await _copy(connection, old, Catalog(), without=_SINCE_0005)
        catalog = Catalog()
        HistoryRows(catalog).add(old[0])
        await _copy(connection, new, catalog, without=_SINCE_0006)
        await _compress(connection)
    assert [step[:4] for step in await migrate(any_database_url)] == ["0006"]
    expected = _expected(exchange.batches)
    async with connected(any_database_url) as connection, connection.transaction():
        streams = await StoredHistory(connection).histories()
        for layout in (ORDER_EVENTS, BALANCE_CHANGES):
            stream, rows = streams[layout.name], []
            while await stream.peek() is not None:
                rows.append(await stream.take())
            assert Counter(rows) == Counter(expected[layout.name])
            assert len(rows) > 1_000


async def test_a_long_step_does_not_hold_up_those_who_wait_for_persist(
    database_url: str,
    tmp_path: Path,
    redis: Redis,
    carrying: Carrying,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    await migrate(database_url, _earlier_steps(tmp_path))
    exchange = Exchange()
    await add(redis, exchange.batches)
    async with connected(database_url) as connection:
        transaction = connection.transaction()
        await transaction.start()
        # So that the step takes as long as this is held.
        await connection.execute("LOCK TABLE order_events")
        async with carrying(database_url):
            await until(lambda: "brings the database up to date: 0006_streams.sql" in caplog.text)
            assert "applied 0006" not in caplog.text
            await transaction.rollback()
            await until(lambda: drained(redis))
    # It is ready once, whatever comes after that.
    assert caplog.text.count("ready persist") == 1


def _earlier_steps(tmp_path: Path) -> Path:
    folder = shutil.copytree(FOLDER, tmp_path / "migrations")
    for path in folder.glob("*.sql"):
        if path.name >= "0006":
            path.unlink()
    return folder


async def _define(connection: asyncpg.Connection, exchange: Exchange) -> None:
    for asset in exchange.assets.values():
        await connection.execute(
            "INSERT INTO assets VALUES ($1, $2, $3)", asset.asset_id, asset.name, asset.decimals
        )
    columns = MarketDefinition.__struct_fields__
    values = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    for scale in exchange.scales.values():
        await connection.execute(
            f"INSERT INTO markets ({', '.join(columns)}) VALUES ({values})",
            *(getattr(scale.market, column) for column in columns),
        )


async def _copy(
    connection: asyncpg.Connection,
    batches: Sequence[EventBatch],
    catalog: Catalog,
    without: dict[str, set[str]],
) -> None:
    """Write the histories of batches, without the columns that there were not."""
    rows = HistoryRows(catalog)
    for batch in batches:
        rows.add(batch)
    for table in ("trades", "order_events", "balance_changes"):
        columns, left_out = HISTORY_COLUMNS[table], without.get(table, set())
        kept = [index for index, column in enumerate(columns) if column not in left_out]
        lines = b"".join(rows.histories()[table]).decode().splitlines()
        cut = ["\t".join(line.split("\t")[index] for index in kept) + "\n" for line in lines]
        await connection.copy_to_table(
            table,
            columns=[columns[index] for index in kept],
            source=io.BytesIO("".join(cut).encode()),
            format="text",
        )


async def _compress(connection: asyncpg.Connection) -> None:
    """Compress what TimescaleDB can, as its jobs would have long ago."""
    if await connection.fetchval("SELECT to_regclass('timescaledb_information.chunks') IS NULL"):
        return
    for history in ("trades", "order_events", "balance_changes"):
        assert await connection.fetch(
            "SELECT compress_chunk(chunk) FROM show_chunks($1::regclass) AS chunk", history
        )


def _expected(batches: Sequence[EventBatch]) -> dict[str, list[Row]]:
    catalog = ToolCatalog()
    rows: dict[str, list[Row]] = {}
    for batch in batches:
        catalog.learn_all(MarketsReply(0, batch.assets, batch.markets))
        for events in by_command(batch):
            for name, made in rows_of(events, catalog).items():
                rows.setdefault(name, []).extend(made)
    return rows
