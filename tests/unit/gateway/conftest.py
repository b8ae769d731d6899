"""The application with a real engine behind it, and a database that is away."""

from collections.abc import AsyncIterator

import pytest

from gateway.app import App, create_app
from gateway.history import History
from proto.api.answers import Build
from proto.database import Database
from tests.unit.gateway.exchange import EngineExchange

# Port 1 of this machine: nothing listens there.
AWAY_URL = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture
def exchange() -> EngineExchange:
    return EngineExchange()


@pytest.fixture
async def app(exchange: EngineExchange) -> AsyncIterator[App]:
    database = Database(AWAY_URL, exchange.clock_ns, "test", 4)
    await database.start()
    yield create_app(
        exchange,
        History(database),
        exchange.clock_ns,
        Build("0.1.0", "interpreted"),
        {"database": database.alive},
        in_flight_max=64,
    )
    await database.close()
