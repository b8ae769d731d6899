"""Redis, the database and persist itself going away, for real."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from persist.stream import STREAM
from scripts.launcher.postgres import EmbeddedPostgres
from scripts.launcher.valkey import EmbeddedValkey
from tests.integration.persist.conftest import Carrying, connected
from tests.integration.persist.evidence import assert_history, position
from tests.integration.persist.exchange import Exchange
from tests.integration.persist.test_db_processor import add, drained
from tests.waiting import until

_ROOT = Path(__file__).resolve().parents[3]
_DEADLINE_S = 30.0


async def test_the_database_goes_away_and_comes_back(
    redis: Redis,
    servers_dir: Path,
    carrying: Carrying,
    caplog: pytest.LogCaptureFixture,
) -> None:
    exchange = Exchange()
    await add(redis, exchange.batches)
    folder = servers_dir / "postgres-that-goes-away"
    server = EmbeddedPostgres(folder, durable=False)
    server.start()
    try:
        async with carrying(server.url):
            await until(lambda: drained(redis))
            server.kill()
            exchange.trade(5)
            await add(redis, exchange.batches[1:])

            async def waits() -> bool:
                return "history waits" in caplog.text

            await until(waits)
            assert await redis.xlen(STREAM) == 5
            server = EmbeddedPostgres(folder, server.port, durable=False)
            server.start()
            await until(lambda: drained(redis))
        async with connected(server.url) as connection:
            await assert_history(connection, exchange)
    finally:
        server.stop()


async def test_redis_goes_away_and_comes_back(
    servers_dir: Path, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    exchange = Exchange()
    exchange.trade(2)
    server = EmbeddedValkey(servers_dir / "valkey-that-goes-away")
    server.start()
    process = await _start_persist(server.url, database_url)
    try:
        client = Redis.from_url(server.url)
        await add(client, exchange.batches)
        await until(lambda: drained(client))
        server.kill()
        await client.aclose()
        await _line_with(process, b"history waits")
        # The same object: another one has another password.
        server.start()
        client = Redis.from_url(server.url)
        exchange.trade(3)

        async def added() -> bool:
            try:
                await add(client, exchange.batches[3:])
            except RedisError:
                return False
            return True

        await until(added)
        await until(lambda: drained(client))
        await client.aclose()
        async with connected(database_url) as connection:
            await assert_history(connection, exchange)
    finally:
        await _stop(process, signal.SIGTERM)
        server.stop()
    assert process.returncode == 0


async def test_persist_is_killed_again_and_again(
    redis: Redis, redis_url: str, database_url: str
) -> None:
    exchange = Exchange()
    exchange.trade(600, commands=5)
    await add(redis, exchange.batches[:1])
    process = await _start_persist(redis_url, database_url)
    async with connected(database_url) as connection:
        await _line_with(process, b"ready persist")
        await until(lambda: drained(redis))
        for start in range(1, 601, 200):
            before = await position(connection)
            await add(redis, exchange.batches[start : start + 200])

            async def moving(before: int = before) -> bool:
                return await position(connection) > before

            # As soon as a commit shows: between it and the acknowledgement, or in the next one.
            await until(moving)
            await _stop(process, signal.SIGKILL)
            process = await _start_persist(redis_url, database_url)
        await _line_with(process, b"ready persist")
        await until(lambda: drained(redis))
        await assert_history(connection, exchange)
    await _stop(process, signal.SIGINT)
    assert process.returncode == 0


async def test_a_missing_setting_is_named() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "persist",
        cwd=_ROOT,
        env={**environment, "REDIS_URL": "redis://127.0.0.1:1"},
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(_DEADLINE_S):
        _, errors = await process.communicate()
    assert process.returncode == 2
    assert b"DATABASE_URL is not set" in errors
    assert b"Traceback" not in errors


async def _start_persist(redis_url: str, database_url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "persist",
        cwd=_ROOT,
        env={**os.environ, "REDIS_URL": redis_url, "DATABASE_URL": database_url},
        stderr=asyncio.subprocess.PIPE,
    )


async def _line_with(process: asyncio.subprocess.Process, word: bytes) -> None:
    assert process.stderr is not None
    async with asyncio.timeout(_DEADLINE_S):
        while word not in (line := await process.stderr.readline()):
            assert line, "persist ended"


async def _stop(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    process.send_signal(number)
    async with asyncio.timeout(_DEADLINE_S):
        # Reads what is left, so that the pipe is closed too.
        await process.communicate()
