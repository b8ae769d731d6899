"""The application with a real engine and a real, migrated PostgreSQL behind it."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from gateway.app import App, create_app
from gateway.history import History
from proto.api.answers import Build
from proto.database import Database
from tests.unit.gateway.exchange import EngineExchange


@pytest.fixture
def exchange() -> EngineExchange:
    return EngineExchange()


@pytest.fixture
async def database(migrated_database_url: str, exchange: EngineExchange) -> AsyncIterator[Database]:
    database = Database(migrated_database_url, exchange.clock_ns, "test", 4)
    await database.start()
    yield database
    await database.close()


@pytest.fixture
def app(database: Database, exchange: EngineExchange) -> App:
    probes = {"database": database.alive}
    build = Build("0.1.0", "interpreted")
    return create_app(exchange, History(database), exchange.clock_ns, build, probes)


@pytest.fixture
async def connection(migrated_database_url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(migrated_database_url)
    yield connection
    await connection.close()
