"""History, from a real PostgreSQL with the real migrations."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from gateway import examples
from gateway.app import App, create_app
from gateway.history import History, _spans
from proto.api.answers import Build
from proto.database import Database
from proto.intervals import INTERVALS, interval_bounds
from tests.unit.gateway.asgi import Answer, call
from tests.unit.gateway.exchange import EngineExchange
from tests.unit.gateway.orders import BUY, place
from tests.unit.gateway.test_openapi import check_answer
from tests.waiting import until

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOW = datetime(2024, 1, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.integration

Trade = tuple[int, datetime, int, int]


async def write_trades(connection: Any, trades: list[Trade], market: str = "TATA_INR") -> None:
    """Write trades given as number, moment, price in hundredths, quantity."""
    rows = [
        (
            number,
            market,
            *(f"{cents // 100}.{cents % 100:02d}", str(quantity)),
            f"{cents * quantity // 100}.{cents * quantity % 100:02d}",
            number % 2 == 0,
            moment,
        )
        for number, moment, cents, quantity in trades
    ]
    await connection.executemany(
        """insert into trades values ($1, $2, $1, $3::text::numeric, $4::text::numeric,
           $5::text::numeric, 'buy', $6, 1, 2, 1, 2, 0, 0, $1, $7)""",
        rows,
    )


async def write_orders(connection: Any, count: int) -> None:
    rows = [
        (
            number,
            1 + number % 2,
            ("TATA_INR", "BTC_USDT")[number % 3 == 0],
            f"name-{number}" if number % 2 else None,
            ("buy", "sell")[number % 4 == 0],
            ("new", "filled", "cancelled")[number % 3],
            NOW - timedelta(minutes=count - number),
        )
        for number in range(1, count + 1)
    ]
    await connection.executemany(
        """insert into orders values ($1, $2, $3, $4, $5, 'limit', 'GTC', false, 100.00, 10, 4,
           400.00, 0.40, $6, $7, $7)""",
        rows,
    )


async def every_page(app: App, path: str, query: str) -> list[dict[str, Any]]:
    """Follow the links from the first page to the last."""
    rows: list[dict[str, Any]] = []
    target = f"{path}/?{query}"
    while target:
        answer = await call(app, "GET", target)
        check_answer("GET", path, answer)
        rows += answer.json
        target = answer.headers.get("link", "").partition(">")[0].removeprefix("<")
    return rows


async def test_orders_newest_first_page_by_page(app: App, connection: Any) -> None:
    await write_orders(connection, 50)
    orders = await every_page(app, "/api/v1/orders", "user_id=1&limit=10")
    seen = [int(order["order_id"]) for order in orders]
    assert seen == list(range(50, 0, -2))


@pytest.mark.parametrize(
    ("query", "chosen"),
    [
        ("market=BTC_USDT", lambda n: n % 3 == 0),
        ("status=filled", lambda n: n % 3 == 1),
        ("side=SELL", lambda n: n % 4 == 0),
        ("side=buy&status=cancelled&market=TATA_INR", lambda n: n % 4 and n % 3 == 2),
        ("start_time=2024-01-01T11:30:00Z", lambda n: n >= 20),
        ("end_time=2024-01-01T11:30:00Z", lambda n: n < 20),
        ("before=7", lambda n: n < 7),
    ],
)
async def test_orders_that_are_wanted(
    app: App, connection: Any, query: str, chosen: Callable[[int], bool]
) -> None:
    await write_orders(connection, 50)
    for user_id in (1, 2):
        answer = await call(app, "GET", f"/api/v1/orders?user_id={user_id}&{query}")
        expected = [n for n in range(50, 0, -1) if 1 + n % 2 == user_id and chosen(n)]
        assert [int(order["order_id"]) for order in answer.json] == expected


async def test_one_order_of_long_ago(app: App, connection: Any) -> None:
    await write_orders(connection, 3)
    for named in ("order_id=3", "client_order_id=name-3"):
        answer = await call(app, "GET", f"/api/v1/order?user_id=2&{named}")
        check_answer("GET", "/api/v1/order", answer)
        assert answer.json == {
            **examples.ORDER,
            "order_id": "3",
            "client_order_id": "name-3",
            "user_id": "2",
            "market": "BTC_USDT",
            "executed_quantity": "4",
            "remaining_quantity": "6",
            "executed_quote_quantity": "400.00",
            "fee": "0.40",
            "created_at": "2024-01-01T12:00:00.000000Z",
            "updated_at": "2024-01-01T12:00:00.000000Z",
        }
        # Another user's is as if it were not there.
        other = await call(app, "GET", f"/api/v1/order?user_id=1&{named}")
        assert (other.status, other.code) == (404, "UNKNOWN_ORDER")


async def test_trades_newest_first_page_by_page(app: App, connection: Any) -> None:
    # Several at each moment: the identifier decides.
    trades = [(n, NOW + timedelta(seconds=n // 7), 10_000 + n, n) for n in range(1, 61)]
    await write_trades(connection, trades)
    await write_trades(connection, [(99, NOW, 5, 1)], "BTC_USDT")
    first = await call(app, "GET", "/api/v1/trades?symbol=TATA_INR&limit=1")
    assert first.json == [
        {
            **examples.TRADE,
            "trade_id": "60",
            "price": "100.60",
            "quantity": "60",
            "quote_quantity": "6036.00",
            "timestamp": "2024-01-01T12:00:08.000000Z",
        }
    ]
    found = await every_page(app, "/api/v1/trades", "market=TATA_INR&limit=25")
    seen = [int(trade["trade_id"]) for trade in found]
    assert seen == list(range(60, 0, -1))
    # A trade_id that is no trade of this market still bounds the page.
    older = await call(app, "GET", "/api/v1/trades?market=TATA_INR&before=31&limit=2")
    assert [trade["trade_id"] for trade in older.json] == ["30", "29"]


def expected_candles(trades: list[Trade], interval: str) -> list[dict[str, Any]]:
    """Sum up trades one by one, as a reader of proto.intervals would."""
    candles: dict[int, dict[str, Any]] = {}
    for _, moment, cents, quantity in trades:
        timestamp_ns = (moment - EPOCH) // timedelta(microseconds=1) * 1_000
        start_ns, end_ns = interval_bounds(interval, timestamp_ns)
        new = {"open": cents, "high": cents, "low": cents, "quantity": 0, "quote": 0, "trades": 0}
        candle = candles.setdefault(start_ns, {**new, "end": end_ns})
        candle["high"] = max(candle["high"], cents)
        candle["low"] = min(candle["low"], cents)
        candle["close"] = cents
        candle["quantity"] += quantity
        candle["quote"] += cents * quantity
        candle["trades"] += 1
    return [shown(start_ns, candle) for start_ns, candle in sorted(candles.items())]


def shown(start_ns: int, candle: dict[str, Any]) -> dict[str, Any]:
    prices = {
        name: f"{candle[name] // 100}.{candle[name] % 100:02d}"
        for name in ("open", "high", "low", "close")
    }
    moments = {
        name: f"{EPOCH + timedelta(microseconds=ns // 1_000):%Y-%m-%dT%H:%M:%S.%fZ}"
        for name, ns in (("start", start_ns), ("end", candle["end"]))
    }
    quote = f"{candle['quote'] // 100}.{candle['quote'] % 100:02d}"
    volume = {"volume": str(candle["quantity"]), "quote_volume": quote}
    return {**moments, **prices, **volume, "trades": candle["trades"]}


def some_trades(days: int, count: int) -> list[Trade]:
    chance = random.Random(7)
    moments = sorted(NOW - timedelta(days=days) * chance.random() for _ in range(count))
    return [
        (number, moment, chance.randrange(5_000, 20_000), chance.randrange(1, 50))
        for number, moment in enumerate(moments, 1)
    ]


@pytest.mark.parametrize("minutes", [False, True], ids=["of trades", "of minutes"])
@pytest.mark.parametrize("interval", INTERVALS)
async def test_candles_are_those_of_the_streams(
    database: Database, connection: Any, interval: str, minutes: bool
) -> None:
    trades = some_trades(days=70, count=400)
    await write_trades(connection, trades)
    history = History(database)
    # Both ways of reading must give the same; which one is used depends on the server.
    history._minutes_materialised = minutes
    expected = expected_candles(trades, interval)
    now_ns = (NOW - EPOCH) // timedelta(microseconds=1) * 1_000
    for start_ns, limit, part in (
        (None, 1_500, expected[-1_500:]),
        (None, 3, expected[-3:]),
        (0, 3, expected[:3]),
    ):
        candles = await history.candles("TATA_INR", interval, start_ns, now_ns, limit)
        assert [{name: getattr(c, name) for name in c.__struct_fields__} for c in candles] == part


async def klines(app: App, query: str) -> list[dict[str, Any]]:
    answer: Answer = await call(app, "GET", f"/api/v1/klines/?market=TATA_INR&{query}")
    check_answer("GET", "/api/v1/klines", answer)
    candles: list[dict[str, Any]] = answer.json
    return candles


async def test_candles_of_a_span(app: App, connection: Any) -> None:
    trades = [(n, NOW - timedelta(minutes=601 - n), 10_000 + n, 1) for n in range(1, 601)]
    await write_trades(connection, trades)
    starts = [candle["start"][11:16] for candle in await klines(app, "interval=1h&limit=3")]
    assert starts == ["09:00", "10:00", "11:00"]
    # From a moment inside a candle on: that candle started earlier, so it is not among them.
    span = "interval=1h&start_time=2024-01-01T03:30:00Z&end_time=2024-01-01T06:00:00Z"
    whole = await klines(app, span)
    assert [(c["start"][11:16], c["trades"]) for c in whole] == [("04:00", 60), ("05:00", 60)]
    # A candle that starts before the end counts whole.
    inside = await klines(app, span.replace("06:00:00Z", "06:00:01Z"))
    assert [(c["start"][11:16], c["trades"]) for c in inside][2:] == [("06:00", 60)]
    # The one of the README, in milliseconds too.
    readme = await klines(app, "interval=1h&start_time=2024-01-01T00:00:00Z")
    assert len(readme) == 10
    assert await klines(app, "interval=1h&start_time=1704067200000") == readme
    assert len(await klines(app, "interval=1m")) == 500
    assert await klines(app, "interval=1m&end_time=2023-01-01") == []


def test_spans_grow_until_everything_was_looked_at() -> None:
    now_ns = (NOW - EPOCH) // timedelta(microseconds=1) * 1_000
    backwards = _spans("1m", None, now_ns, 500)
    assert backwards[0] == (NOW - timedelta(minutes=501), NOW)
    assert backwards[-1] == (EPOCH, NOW)
    assert len(backwards) < 6
    forwards = _spans("1h", now_ns - 7_200_000_000_001, now_ns, 500)
    assert forwards == [(NOW - timedelta(hours=2), NOW)]


async def test_tickers(app: App, connection: Any, exchange: EngineExchange) -> None:
    old = [
        (1, NOW - timedelta(hours=25), 9_000, 1),
        (2, NOW - timedelta(hours=24, minutes=1), 9_100, 1),
    ]
    today = [
        (3, NOW - timedelta(hours=23), 10_000, 2),
        (4, NOW - timedelta(hours=3), 12_000, 3),
        (5, NOW - timedelta(hours=2), 9_500, 4),
        (6, NOW - timedelta(hours=2), 9_600, 1),
    ]
    await write_trades(connection, old + today)
    await write_trades(connection, [(7, NOW - timedelta(days=9), 2_000_000, 1)], "BTC_USDT")
    await place(app, {**BUY, "price": "95.50"})
    answer = await call(app, "GET", "/api/v1/tickers/?symbol=TATA_INR")
    check_answer("GET", "/api/v1/tickers", answer)
    (ticker,) = answer.json
    timestamp = ticker.pop("timestamp")
    assert timestamp.startswith("2024-01-01T12:00:00.")
    assert ticker == {
        "market": "TATA_INR",
        "open": "100.00",
        "high": "120.00",
        "low": "95.00",
        "last": "96.00",
        "volume": "10",
        "quote_volume": "1036.00",
        "change": "-4.00",
        "bid": "95.50",
        "ask": None,
        "trades": 4,
    }
    everything = (await call(app, "GET", "/api/v1/tickers")).json
    by_market = {ticker["market"]: ticker for ticker in everything}
    assert list(by_market) == ["TATA_INR", "BTC_USDT", "ETH_USDT"]
    quiet = by_market["BTC_USDT"]
    assert (quiet["open"], quiet["change"], quiet["trades"]) == (None, None, 0)
    assert (quiet["last"], quiet["volume"]) == ("20000.00", "0.00000")
    assert by_market["ETH_USDT"]["last"] is None


async def test_a_database_that_goes_and_comes_back(
    app: App, connection: Any, exchange: EngineExchange, migrated_database_url: str
) -> None:
    async def status() -> int:
        exchange.now_ns += 1_000_000_000
        return (await call(app, "GET", "/api/v1/trades?market=TATA_INR")).status

    async def database_state() -> str:
        exchange.now_ns += 1_000_000_000
        health = (await call(app, "GET", "/health")).json
        state: str = health["dependencies"]["database"]["state"]
        return state

    assert (await status(), await database_state()) == (200, "up")
    name = urlsplit(migrated_database_url).path[1:]
    other = await asyncpg.connect(
        urlsplit(migrated_database_url)._replace(path="/postgres").geturl()
    )
    await connection.close()
    await other.execute(f"alter database {name} with allow_connections false")
    await other.execute(
        f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"
    )
    assert (await status(), await database_state()) == (503, "down")
    await other.execute(f"alter database {name} with allow_connections true")
    await other.close()

    async def back() -> bool:
        return await status() == 200

    await until(back)
    assert await database_state() == "up"


async def test_before_the_first_migration_there_is_no_history(
    database_url: str, exchange: EngineExchange
) -> None:
    database = Database(database_url, exchange.clock_ns, "test", 4)
    await database.start()
    app = create_app(exchange, History(database), exchange.clock_ns, Build("0", "interpreted"), {})
    answer = await call(app, "GET", "/api/v1/trades?market=TATA_INR")
    assert (answer.status, answer.code) == (503, "HISTORY_UNAVAILABLE")
    await database.close()
