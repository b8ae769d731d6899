"""What only TimescaleDB does: hypertables, a real-time aggregate, compression, retention."""

import asyncio

import asyncpg
from redis.asyncio import Redis

from persist.migrate import migrate
from persist.partitions import HISTORIES
from proto.intervals import DAY_NS, MINUTE_NS
from tests.integration.persist.conftest import Carrying, connected
from tests.integration.persist.evidence import assert_history, at, counts
from tests.integration.persist.exchange import START_NS, Exchange
from tests.integration.persist.test_candles import (
    assert_candles,
    assert_view,
    random_trades,
    scattered_times,
    write_trades,
)
from tests.integration.persist.test_db_processor import add, drained
from tests.waiting import until


async def test_histories_are_hypertables_with_policies(timescale_url: str) -> None:
    await migrate(timescale_url)
    async with connected(timescale_url) as connection:
        tables = await connection.fetch(
            "SELECT hypertable_name, compression_enabled FROM timescaledb_information.hypertables"
            " WHERE hypertable_schema = 'public'"
        )
        assert {row[0]: row[1] for row in tables} == dict.fromkeys(HISTORIES, True)
        cut = await connection.fetch(
            "SELECT hypertable_name, time_interval FROM timescaledb_information.dimensions"
            " WHERE hypertable_schema = 'public'"
        )
        assert {row[0]: row[1].days for row in cut} == dict.fromkeys(HISTORIES, 1)
        jobs = await connection.fetch(
            "SELECT proc_name FROM timescaledb_information.jobs WHERE job_id >= 1000"
        )
        assert sorted(row[0] for row in jobs) == [
            *["policy_compression"] * len(HISTORIES),
            "policy_refresh_continuous_aggregate",
        ]
        assert not await connection.fetchval(
            "SELECT materialized_only FROM timescaledb_information.continuous_aggregates"
            " WHERE view_name = 'candles_1m'"
        )


async def test_candles_stay_right_while_they_are_materialised(timescale_url: str) -> None:
    await _migrate_without_scheduler(timescale_url)
    exchange = Exchange()
    times = scattered_times()
    trades = random_trades(exchange, times)
    await write_trades(timescale_url, exchange, trades)
    async with connected(timescale_url) as connection:
        await _run_job(connection, "policy_refresh_continuous_aggregate")
        materialised = await _materialised(connection)
        assert await connection.fetchval(f"SELECT count(*) FROM {materialised}") > 0
        await assert_candles(timescale_url, exchange, trades)
        await assert_view(timescale_url, exchange, trades)

        # History that arrives late, below the watermark, and above it.
        last_ns = max(times)
        late = random_trades(
            exchange, [last_ns - 30 * MINUTE_NS, last_ns + MINUTE_NS, last_ns + DAY_NS], 1_000
        )
        await write_trades(timescale_url, exchange, late)
        everything = sorted(trades + late, key=lambda trade: trade.timestamp_ns)
        await _run_job(connection, "policy_refresh_continuous_aggregate")
        await assert_view(timescale_url, exchange, everything)


async def test_compressed_chunks_answer_alike_and_take_late_rows(
    redis: Redis, timescale_url: str, carrying: Carrying
) -> None:
    await _migrate_without_scheduler(timescale_url)
    exchange = Exchange()
    exchange.trade(10)
    await add(redis, exchange.batches)
    async with carrying(timescale_url):
        await until(lambda: drained(redis))
    async with connected(timescale_url) as connection:
        await _run_job(connection, "policy_compression")
        compressed = await connection.fetch(
            "SELECT DISTINCT hypertable_name FROM timescaledb_information.chunks"
            " WHERE is_compressed AND hypertable_schema = 'public'"
        )
        assert {row[0] for row in compressed} == set(HISTORIES)
        await assert_history(connection, exchange)
    # Catching up after a long outage: rows for chunks that are compressed already.
    exchange.trade(10)
    await add(redis, exchange.batches[11:])
    async with carrying(timescale_url):
        await until(lambda: drained(redis))
    async with connected(timescale_url) as connection:
        await assert_history(connection, exchange)


async def test_nothing_is_dropped_unless_asked_for(
    redis: Redis, timescale_url: str, carrying: Carrying
) -> None:
    await _migrate_without_scheduler(timescale_url)
    exchange = Exchange()
    exchange.timestamp_ns = START_NS + 3 * DAY_NS
    exchange.trade(2)
    await add(redis, exchange.batches)
    async with carrying(timescale_url):
        await until(lambda: drained(redis))
    async with connected(timescale_url) as connection:
        before = await counts(connection)
        await connection.execute("SELECT add_retention_policy('order_events', INTERVAL '1 day')")
        await connection.execute(
            "SELECT add_retention_policy('balance_changes', INTERVAL '1000 years')"
        )
        await _run_job(connection, "policy_retention")
        after = await counts(connection)
        assert before["order_events"] > 0
        assert after == {**before, "order_events": 0}
        assert at(START_NS) < await connection.fetchval("SELECT max(timestamp) FROM trades")


async def test_readers_and_jobs_beside_the_writer(
    redis: Redis, full_timescale_url: str, carrying: Carrying
) -> None:
    await _migrate_without_scheduler(full_timescale_url)
    exchange = Exchange()
    exchange.trade(300)
    done = asyncio.Event()
    async with carrying(full_timescale_url), asyncio.TaskGroup() as group:
        readers = [group.create_task(_read(full_timescale_url, done)) for _ in range(3)]
        refresher = group.create_task(_refresh(full_timescale_url, done))
        for start in range(0, 301, 20):
            await add(redis, exchange.batches[start : start + 20])
            await until(lambda: drained(redis))
        done.set()
    assert all([await reader > 0 for reader in readers])
    assert await refresher > 0
    async with connected(full_timescale_url) as connection:
        await assert_history(connection, exchange)
        # These trades are older than what the policy leaves to the real-time part, so rows that
        # came to a minute after it was materialised show with the next run.
        await _run_job(connection, "policy_refresh_continuous_aggregate")
    trades = [trade for batch in exchange.batches for trade in batch.trades]
    await assert_view(full_timescale_url, exchange, trades)


async def _read(database_url: str, done: asyncio.Event) -> int:
    """Read the candles over and over; return how often."""
    reads = 0
    async with connected(database_url) as connection:
        while not done.is_set():
            await connection.fetch("SELECT sum(trades) FROM candles_1m GROUP BY market")
            reads += 1
    return reads


async def _refresh(database_url: str, done: asyncio.Event) -> int:
    """Refresh the candles over and over, as the policy does; return how often."""
    refreshed = 0
    async with connected(database_url) as connection:
        while not done.is_set():
            await _run_job(connection, "policy_refresh_continuous_aggregate")
            refreshed += 1
    return refreshed


async def _migrate_without_scheduler(database_url: str) -> None:
    """Migrate, and keep background workers from doing what the test does by hand."""
    await migrate(database_url)
    async with connected(database_url) as connection:
        await connection.execute(
            "SELECT alter_job(job_id, scheduled => false) FROM timescaledb_information.jobs"
        )

        async def idle() -> bool:
            return not await connection.fetchval(
                "SELECT count(*) FROM timescaledb_information.job_stats"
                " WHERE job_status = 'Running'"
            )

        await until(idle)


async def _run_job(connection: asyncpg.Connection, procedure: str) -> None:
    """Run the jobs of a procedure now: the WebAssembly build has nobody who would."""
    jobs = await connection.fetch(
        "SELECT job_id FROM timescaledb_information.jobs WHERE proc_name = $1", procedure
    )
    assert jobs
    for job in jobs:
        await connection.execute(f"CALL run_job({job['job_id']})")


async def _materialised(connection: asyncpg.Connection) -> str:
    name = await connection.fetchval(
        "SELECT format('%I.%I', materialization_hypertable_schema,"
        " materialization_hypertable_name)"
        " FROM timescaledb_information.continuous_aggregates WHERE view_name = 'candles_1m'"
    )
    assert isinstance(name, str)
    return name
