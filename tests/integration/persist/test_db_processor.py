"""The stream into the database: everything once, whatever fails between two steps."""

from collections.abc import Iterable

import pytest
from redis.asyncio import Redis

from persist import portion
from persist.stream import GROUP, REFUSED_STREAM, STREAM
from proto.events import EventBatch
from tests.integration.persist.conftest import Carrying, connected
from tests.integration.persist.evidence import assert_history, counts, position
from tests.integration.persist.exchange import Exchange, entry, entry_id
from tests.integration.persist.past import Past
from tests.waiting import until


async def add(redis: Redis, batches: Iterable[EventBatch], *, again: bool = False) -> None:
    """Add entries as the matcher does; `again` under ids that the stream has not had."""
    for batch in batches:
        await redis.xadd(STREAM, entry(batch), id="*" if again else entry_id(batch))  # type: ignore[arg-type]


async def drained(redis: Redis) -> bool:
    return await redis.xlen(STREAM) == 0


async def test_the_history_is_what_the_engine_said(
    redis: Redis, any_database_url: str, carrying: Carrying
) -> None:
    exchange = Exchange()
    exchange.trade(15)
    await add(redis, exchange.batches)
    async with carrying(any_database_url):
        await until(lambda: drained(redis))
        exchange.trade(15)
        await add(redis, exchange.batches[16:])
        await until(lambda: drained(redis))
    async with connected(any_database_url) as connection:
        await assert_history(connection, exchange)
        statuses = await connection.fetch("SELECT DISTINCT status FROM orders")
    assert {row["status"] for row in statuses} == {
        "new",
        "partially_filled",
        "filled",
        "cancelled",
        "expired",
        "rejected",
    }
    assert (await redis.xpending(STREAM, GROUP))["pending"] == 0


async def test_what_was_read_ahead_of_a_failure_waits_for_what_failed(
    redis: Redis, migrated_database_url: str, carrying: Carrying, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Many portions, of which each is read while the one before is written.
    monkeypatch.setattr(portion, "EVENTS_MAX", 100)
    exchange = Exchange()
    exchange.trade(40)
    middle = exchange.batches[20]
    await add(redis, exchange.batches)
    async with connected(migrated_database_url) as connection:
        await connection.execute(
            "ALTER TABLE order_events ADD CONSTRAINT middle"
            f" CHECK (sequence <> {middle.reports[0].sequence})"
        )

        async def failed_repeatedly() -> bool:
            rolled_back = await connection.fetchval(
                "SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()"
            )
            return int(rolled_back) >= 2

        async with carrying(migrated_database_url):
            await until(failed_repeatedly)
            reached = await position(connection)
            assert 0 < reached < middle.first_sequence
            written = [b for b in exchange.batches if b.last_sequence <= reached]
            await assert_history(connection, exchange, written)
            await connection.execute("ALTER TABLE order_events DROP CONSTRAINT middle")
            await until(lambda: drained(redis))
        await assert_history(connection, exchange)


async def test_what_was_committed_but_not_acknowledged_is_not_written_again(
    redis: Redis, database_url: str, carrying: Carrying
) -> None:
    exchange = Exchange()
    exchange.trade(5)
    await add(redis, exchange.batches)
    async with carrying(database_url):
        await until(lambda: drained(redis))
    async with connected(database_url) as connection:
        before = await counts(connection)
        # Killed between commit and acknowledgement: delivered to somebody, and again in the stream.
        await add(redis, exchange.batches, again=True)
        await redis.xreadgroup(GROUP, "somebody dead", {STREAM: ">"}, count=3)
        async with carrying(database_url):
            await until(lambda: drained(redis))
        assert await counts(connection) == before
        await assert_history(connection, exchange)


async def test_entries_pending_with_a_dead_consumer_come_first(
    redis: Redis, database_url: str, carrying: Carrying
) -> None:
    exchange = Exchange()
    exchange.trade(200, commands=2)
    await redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    await add(redis, exchange.batches)
    await redis.xreadgroup(GROUP, "somebody dead", {STREAM: ">"}, count=150)
    async with carrying(database_url):
        await until(lambda: drained(redis))
    async with connected(database_url) as connection:
        await assert_history(connection, exchange)


async def test_a_batch_that_was_cut_elsewhere_is_written_in_part(
    redis: Redis, database_url: str, carrying: Carrying
) -> None:
    exchange = Exchange()
    exchange.trade(3)
    _, _, second, third = exchange.batches
    await add(redis, exchange.batches[:3])
    async with carrying(database_url):
        await until(lambda: drained(redis))
        whole = EventBatch(
            0,
            2,
            second.first_sequence,
            third.last_sequence,
            third.timestamp_ns,
            [],
            [],
            second.reports + third.reports,
            second.trades + third.trades,
            second.balance_changes + third.balance_changes,
            [],
        )
        await add(redis, [whole])
        await until(lambda: drained(redis))
    async with connected(database_url) as connection:
        await assert_history(connection, exchange)


async def test_nothing_is_written_past_missing_events_until_they_are_had(
    redis: Redis, database_url: str, carrying: Carrying, caplog: pytest.LogCaptureFixture
) -> None:
    exchange = Exchange()
    exchange.trade(6)
    past = Past(exchange.batches)
    past.is_away = True
    missing = exchange.batches[3]
    await add(redis, [batch for batch in exchange.batches if batch is not missing])
    async with carrying(database_url, past), connected(database_url) as connection:
        await until(lambda: "the matcher is away" in caplog.text)
        await assert_history(connection, exchange, exchange.batches[:3])
        assert await redis.xlen(STREAM) == 3
        past.is_away = False
        await until(lambda: drained(redis))
        await assert_history(connection, exchange)
    sentence = f"sequences {missing.first_sequence} to {missing.last_sequence} are not in the"
    assert caplog.text.count(sentence) == 1
    assert caplog.text.count("the matcher is away") == 1
    assert past.asked[0] == (missing.first_sequence, missing.last_sequence)


async def test_entries_that_are_no_batches_are_put_aside(
    redis: Redis, database_url: str, carrying: Carrying, caplog: pytest.LogCaptureFixture
) -> None:
    exchange = Exchange()
    exchange.trade(2)
    await redis.xadd(STREAM, {"b": b"\xc1garbage"}, id="1-0")
    await redis.xadd(STREAM, {"other": b"field"}, id="1-1")
    await add(redis, exchange.batches)
    async with carrying(database_url):
        await until(lambda: drained(redis))
    assert await redis.xlen(REFUSED_STREAM) == 2
    assert "put aside stream entry b'1-0'" in caplog.text
    async with connected(database_url) as connection:
        await assert_history(connection, exchange)


async def test_a_deposed_matcher_is_not_history(
    redis: Redis, database_url: str, carrying: Carrying, caplog: pytest.LogCaptureFixture
) -> None:
    exchange = Exchange(epoch=5)
    exchange.trade(2)
    await add(redis, exchange.batches)
    async with carrying(database_url):
        await until(lambda: drained(redis))
        first = exchange.engine.sequence + 1
        await add(redis, [EventBatch(0, 4, first, first, 0, [], [], [], [], [], [])])
        await until(lambda: drained(redis))
    assert "epoch 4" in caplog.text
    async with connected(database_url) as connection:
        await assert_history(connection, exchange)


async def test_a_second_persist_stands_by_and_takes_over(
    redis: Redis, database_url: str, carrying: Carrying, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    exchange = Exchange()
    await add(redis, exchange.batches)
    async with connected(database_url) as connection:

        async def standing_by() -> bool:
            return "standing by" in caplog.text

        async with carrying(database_url):
            await until(lambda: drained(redis))
            second = carrying(database_url)
            await second.__aenter__()
            await until(standing_by)
            exchange.trade(3)
            await add(redis, exchange.batches[1:])
            await until(lambda: drained(redis))
        exchange.trade(3)
        await add(redis, exchange.batches[4:])
        await until(lambda: drained(redis))
        await second.__aexit__(None, None, None)
        await assert_history(connection, exchange)
