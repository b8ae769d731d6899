"""The embedded servers: they start, keep their data, and recover from SIGKILL."""

from pathlib import Path

import asyncpg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from scripts.launcher.postgres import EmbeddedPostgres
from scripts.launcher.valkey import EmbeddedValkey


async def test_postgres_keeps_its_data_below_a_closed_folder_with_a_space(tmp_path: Path) -> None:
    closed = tmp_path / "closed to others"
    closed.mkdir(mode=0o700)
    server = EmbeddedPostgres(closed / "postgres", durable=False)
    server.start()
    try:
        connection = await asyncpg.connect(server.url)
        await connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        await connection.close()
        server.kill()
        assert not server.alive
        again = EmbeddedPostgres(closed / "postgres", durable=False)
        again.start()
        try:
            connection = await asyncpg.connect(again.url)
            assert await connection.fetchval("SELECT one FROM kept") == 1
            assert await connection.fetchval("SHOW timezone") == "UTC"
            assert await connection.fetchval("SHOW server_encoding") == "UTF8"
            await connection.close()
        finally:
            again.stop()
        assert not again.alive
    finally:
        server.stop()


def test_valkey_keeps_its_data_in_a_folder_with_a_space(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    server = EmbeddedValkey(folder)
    server.start()
    with redis.Redis.from_url(server.url) as client:
        client.set("kept", "1")
    server.kill()
    assert not server.alive
    again = EmbeddedValkey(folder)
    again.start()
    try:
        with redis.Redis.from_url(again.url) as client:
            assert client.get("kept") == b"1"
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    finally:
        again.stop()


def test_valkey_asks_for_its_password(valkey_server: EmbeddedValkey) -> None:
    with (
        redis.Redis(port=valkey_server.port, retry=Retry(NoBackoff(), 0)) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()


async def test_each_test_has_a_database_of_its_own(database_url: str, redis_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    assert (
        await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname='public'") == 0
    )
    await connection.close()
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
