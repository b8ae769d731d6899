"""Native partitions: there before their rows, on the turn of a month and after a long absence."""

from datetime import UTC, datetime

import asyncpg
import pytest
from redis.asyncio import Redis

from persist.partitions import HISTORIES
from tests.integration.persist.conftest import Carrying, connected
from tests.integration.persist.evidence import assert_history
from tests.integration.persist.exchange import Exchange
from tests.integration.persist.test_db_processor import add, drained
from tests.waiting import until


def _ns(*date: int) -> int:
    return int(datetime(*date, tzinfo=UTC).timestamp()) * 1_000_000_000  # type: ignore[misc,arg-type]


async def _partitions(connection: asyncpg.Connection, history: str) -> dict[str, int]:
    rows = await connection.fetch(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass",
        history,
    )
    return {
        row["name"]: await connection.fetchval(f"SELECT count(*) FROM {row['name']}")
        for row in rows
    }


async def test_each_month_of_the_rows_and_the_next_have_partitions(
    redis: Redis, migrated_database_url: str, carrying: Carrying
) -> None:
    # The second before the year ends; the next batches are in the new one.
    exchange = Exchange(start_ns=_ns(2024, 12, 31, 23, 59, 59))
    exchange.trade(8)
    exchange.timestamp_ns = _ns(2025, 4, 1)
    exchange.trade(2)
    await add(redis, exchange.batches)
    async with carrying(migrated_database_url):
        await until(lambda: drained(redis))
    async with connected(migrated_database_url) as connection:
        await assert_history(connection, exchange)
        for history in HISTORIES:
            rows = await _partitions(connection, history)
            months = {name.removeprefix(history) for name in rows}
            assert months == {"_2024_12", "_2025_01", "_2025_04", "_2025_05", "_default"}
            assert rows[f"{history}_default"] == 0
            assert rows[f"{history}_2025_05"] == 0
            assert rows[f"{history}_2025_01"] > 0


async def test_rows_that_somebody_else_wrote_stay_in_the_net(
    redis: Redis, migrated_database_url: str, carrying: Carrying, caplog: pytest.LogCaptureFixture
) -> None:
    exchange = Exchange(start_ns=_ns(2025, 2, 3))
    exchange.trade(2)
    await add(redis, exchange.batches)
    async with connected(migrated_database_url) as connection:
        await connection.execute(
            "INSERT INTO balance_changes VALUES (99, 'INR', 0, 'deposit', 1, 0, 1, 0, NULL, NULL,"
            " '2025-02-01 00:00:00+00', 1)"
        )
        async with carrying(migrated_database_url):
            await until(lambda: drained(redis))
        assert "balance_changes_default holds rows of 2025-02" in caplog.text
        await connection.execute("DELETE FROM balance_changes WHERE user_id = 99")
        await assert_history(connection, exchange)
