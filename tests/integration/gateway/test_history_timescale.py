"""The same reads from a TimescaleDB, where candles come from the continuous aggregate."""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from gateway.app import create_app
from gateway.history import History
from persist.migrate import migrate
from proto.api.answers import Build
from proto.database import Database
from proto.intervals import INTERVALS
from tests.integration.gateway.test_history import (
    EPOCH,
    NOW,
    expected_candles,
    some_trades,
    write_orders,
    write_trades,
)
from tests.integration.persist.wasm import timescale_server
from tests.unit.gateway.asgi import call
from tests.unit.gateway.exchange import EngineExchange
from tests.unit.gateway.test_openapi import check_answer

pytestmark = pytest.mark.integration


@pytest.fixture
def timescale_url() -> Iterator[str]:
    with timescale_server() as url:
        yield url


@pytest.fixture
async def database(timescale_url: str) -> AsyncIterator[Database]:
    await migrate(timescale_url)
    database = Database(timescale_url, EngineExchange().clock_ns, "test", 4)
    await database.start()
    yield database
    await database.close()


async def test_every_read(database: Database, timescale_url: str) -> None:
    trades = some_trades(days=70, count=400)
    connection = await asyncpg.connect(timescale_url)
    await write_trades(connection, trades)
    await write_orders(connection, 10)
    # What is materialised and what is not yet must join: half of it is.
    await connection.execute(
        "call refresh_continuous_aggregate('candles_1m', null, '2023-12-01 00:00:00+00')"
    )
    await connection.close()
    history = History(database)
    now_ns = int((NOW - EPOCH).total_seconds()) * 1_000_000_000
    for interval in INTERVALS:
        candles = await history.candles("TATA_INR", interval, None, now_ns, 1_500)
        shown = [{name: getattr(c, name) for name in c.__struct_fields__} for c in candles]
        assert shown == expected_candles(trades, interval), interval
    exchange = EngineExchange()
    app = create_app(exchange, history, exchange.clock_ns, Build("0", "interpreted"), {})
    for path, query, count in (
        ("/api/v1/trades", "market=TATA_INR&limit=100&before=390", 100),
        ("/api/v1/tickers", "market=TATA_INR", 1),
        ("/api/v1/orders", "user_id=1&limit=3", 3),
        ("/api/v1/klines", "market=TATA_INR&interval=1d", 70),
    ):
        answer = await call(app, "GET", f"{path}?{query}")
        check_answer("GET", path, answer)
        assert answer.status == 200, answer.body
        assert len(answer.json) >= count
