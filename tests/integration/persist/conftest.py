"""Databases of every flavour, and a DbProcessor that runs beside the test."""

import asyncio
import contextlib
import itertools
import os
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, Protocol
from urllib.parse import urlsplit

import asyncpg
import pytest
from redis.asyncio import Redis

from persist.db_processor import DbProcessor
from tests.integration.persist.past import Past
from tests.integration.persist.wasm import timescale_server


class Carrying(Protocol):
    """Runs a DbProcessor into a database for as long as a block lasts."""

    def __call__(
        self, database_url: str, past: Past | None = None
    ) -> AbstractAsyncContextManager[None]: ...


TIMESCALE_URL: Final = "TICKMESH_TEST_TIMESCALE_URL"
_numbers = itertools.count(1)


@asynccontextmanager
async def connected(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection."""
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        yield connection
    finally:
        await connection.close(timeout=5)


@asynccontextmanager
async def full_timescale() -> AsyncIterator[str]:
    """A database of this test's own in the instance that the environment names."""
    url = os.environ.get(TIMESCALE_URL)
    if not url:
        pytest.skip(f"needs a full TimescaleDB; set {TIMESCALE_URL} to one to run it there too")
    name = f"tickmesh_test_{os.getpid()}_{next(_numbers)}"
    async with connected(url) as connection:
        await connection.execute(f"CREATE DATABASE {name}")
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def wasm_timescale_url() -> Iterator[str]:
    """The address of an empty TimescaleDB that nobody else uses: one session, no workers."""
    with timescale_server() as url:
        yield url


@pytest.fixture
async def full_timescale_url() -> AsyncIterator[str]:
    """The address of an empty database in a full TimescaleDB."""
    async with full_timescale() as url:
        yield url


@pytest.fixture(params=["wasm", "full"])
async def timescale_url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """Each TimescaleDB there is, empty."""
    if request.param == "full":
        async with full_timescale() as url:
            yield url
    else:
        with timescale_server() as url:
            yield url


@pytest.fixture(params=["postgres", "timescale-wasm", "timescale-full"])
async def any_database_url(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[str]:
    """Each kind of database there is, empty."""
    if request.param == "postgres":
        yield database_url
    elif request.param == "timescale-full":
        async with full_timescale() as url:
            yield url
    else:
        with timescale_server() as url:
            yield url


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A client of an empty Redis."""
    client = Redis.from_url(redis_url, protocol=2, socket_timeout=5, socket_connect_timeout=5)
    yield client
    await client.aclose()


@pytest.fixture
def carrying(redis_url: str) -> Carrying:
    """Run a DbProcessor into a database; without a past the matcher is away."""

    @asynccontextmanager
    async def carry(database_url: str, past: Past | None = None) -> AsyncIterator[None]:
        client = Redis.from_url(redis_url, protocol=2, socket_timeout=5, socket_connect_timeout=5)
        work = asyncio.create_task(
            DbProcessor(client, database_url, past or Past(), random.Random(1)).run(),
            name="persist",
        )
        try:
            yield
        finally:
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work
            await client.aclose()

    return carry
