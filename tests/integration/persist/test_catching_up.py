"""Processes, a load, and Redis, persist, database or matcher failing: the history catches up.

Nobody restarts or mends anything but what has died. Each test ends with the database equal to the
replay of the journal, row by row, so nothing is missing and nothing is there twice.
"""

import os
import random
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis

from persist.stream import STREAM
from scripts.launcher.valkey import EmbeddedValkey
from tests.integration.matcher.harness import Matcher, ledger
from tests.integration.persist.conftest import connected
from tests.integration.persist.evidence import position
from tests.integration.persist.running import Persist, assert_whole, loaded
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]


@pytest.fixture(autouse=True)
def small_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take snapshots often, so that history is made again from one, and from the archive."""
    monkeypatch.setenv("TICKMESH_SNAPSHOT_COMMANDS", "1000")


@pytest.fixture
async def matcher(tmp_path: Path, redis_url: str) -> AsyncIterator[Matcher]:
    matcher = Matcher(tmp_path, redis_url)
    matcher.start()
    yield matcher
    if matcher.process is not None and matcher.process.poll() is None:
        matcher.end(signal.SIGKILL)


@pytest.fixture
async def persist(
    matcher: Matcher, redis_url: str, migrated_database_url: str
) -> AsyncIterator[Persist]:
    persist = Persist(matcher.data_dir, redis_url, migrated_database_url)
    await persist.start()
    yield persist
    await persist.end()


async def test_redis_is_wiped_under_load(
    matcher: Matcher, persist: Persist, redis: Redis, migrated_database_url: str
) -> None:
    async with loaded(matcher) as load:
        for _ in range(3):
            await load.until_answered(1_000)
            await redis.flushall()
        await load.until_answered(200)
    await assert_whole(matcher, migrated_database_url)
    # And once more while nobody trades: only a look at the matcher can show it.
    async with loaded(matcher) as load:
        await load.until_answered(200)
        await persist.end()
    async with matcher.client() as client:
        sequence = (await ledger(client)).sequence

    async def published() -> bool:
        stream = await redis.xinfo_stream(STREAM)
        return stream["last-generated-id"] == f"{sequence}-0".encode()

    await until(published)
    await redis.flushall()
    await persist.start()
    await assert_whole(matcher, migrated_database_url)
    assert await redis.xlen(STREAM) == 0


async def test_redis_is_away_and_comes_back_empty(
    tmp_path: Path, migrated_database_url: str
) -> None:
    server = EmbeddedValkey(tmp_path / "valkey", durable=False)
    server.start()
    matcher = Matcher(tmp_path, server.url)
    matcher.start()
    persist = Persist(tmp_path, server.url, migrated_database_url)
    await persist.start()
    try:
        async with loaded(matcher) as load:
            await load.until_answered(1_000)
            server.kill()
            await load.until_answered(3_000)
            # What was not published is in the journal only, and nobody knows what Redis has had.
            matcher.end(signal.SIGKILL)
            matcher.start()
            await load.until_answered(1_000)
            server.start()
            await load.until_answered(1_000)
        await assert_whole(matcher, migrated_database_url)
        assert "Redis is away, trading goes on" in matcher.said()
    finally:
        await persist.end()
        matcher.end(signal.SIGKILL)
        server.stop()


async def test_entries_disappear_from_the_middle_and_the_ends(
    matcher: Matcher, persist: Persist, redis: Redis, migrated_database_url: str
) -> None:
    rnd = random.Random(5)
    async with loaded(matcher) as load:
        for _ in range(3):
            await persist.end()
            await load.until_answered(800)
            entries = [entry_id for entry_id, _ in await redis.xrange(STREAM)]
            await redis.xdel(STREAM, *rnd.sample(entries, len(entries) // 3))
            await redis.xtrim(STREAM, maxlen=len(entries) // 2, approximate=False)
            await persist.start()
    await persist.end()
    await redis.xtrim(STREAM, maxlen=0)
    await persist.start()
    await assert_whole(matcher, migrated_database_url)


async def test_persist_is_killed_again_and_again_while_it_catches_up(
    matcher: Matcher, persist: Persist, redis: Redis, migrated_database_url: str
) -> None:
    async with (
        loaded(matcher) as load,
        connected(migrated_database_url) as connection,
    ):
        for _ in range(5):
            await load.until_answered(500)
            await redis.flushall()
            before = await position(connection)

            async def moves(before: int = before) -> bool:
                return await position(connection) > before

            # As soon as a commit shows: between it and the acknowledgement, or in the next one.
            await until(moves)
            await persist.end()
            await persist.start()
    await assert_whole(matcher, migrated_database_url)


async def test_a_database_that_was_restored_from_a_backup_is_brought_up_to_date(
    matcher: Matcher, persist: Persist, redis_url: str, migrated_database_url: str
) -> None:
    name = f"restored_{os.getpid()}"
    restored_url = urlsplit(migrated_database_url)._replace(path=f"/{name}").geturl()
    original = urlsplit(migrated_database_url).path.removeprefix("/")
    postgres_url = urlsplit(migrated_database_url)._replace(path="/postgres").geturl()
    restored = Persist(matcher.data_dir, redis_url, restored_url)
    async with connected(postgres_url) as connection:
        try:
            async with loaded(matcher) as load:
                await load.until_answered(1_000)
                await persist.end()
                await connection.execute(f"CREATE DATABASE {name} TEMPLATE {original}")
                await persist.start()
                await load.until_answered(2_000)
                await persist.end()
                await restored.start()
            await assert_whole(matcher, restored_url)
        finally:
            await restored.end()
            await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


async def test_the_matcher_is_killed_while_it_is_asked(
    matcher: Matcher, persist: Persist, redis: Redis, migrated_database_url: str
) -> None:
    async with (
        loaded(matcher) as load,
        connected(migrated_database_url) as connection,
    ):
        await load.until_answered(500)
        await persist.end()
        await load.until_answered(5_000)
        await redis.flushall()
        for _ in range(3):
            before = await position(connection)
            await persist.start()

            async def moves(before: int = before) -> bool:
                return await position(connection) > before

            await until(moves)
            matcher.end(signal.SIGKILL)
            await persist.end()
            await redis.flushall()
            matcher.start()
            await load.until_answered(100)
        await persist.start()
    await assert_whole(matcher, migrated_database_url)
