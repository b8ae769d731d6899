"""Candles from SQL, on every kind of database, against a slow and obvious sum."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import pytest

from gateway.history import History
from persist.continuity import Position, Positions
from persist.migrate import migrate
from persist.rows import HistoryRows
from persist.store import PositionMovedError, Store
from proto.api.times import datetime_text, moment_text
from proto.database import Database
from proto.events import EventBatch, Trade
from proto.ids import OrderId, Sequence, TradeId, UserId
from proto.intervals import (
    DAY_NS,
    INTERVAL_LENGTHS_NS,
    INTERVALS,
    MINUTE_NS,
    MONDAY_NS,
    MONTH,
    interval_bounds,
)
from tests.integration.persist.conftest import connected
from tests.integration.persist.evidence import at
from tests.integration.persist.exchange import Exchange

_START_NS: Final = 1_703_980_800_000_000_000  # 2023-12-31 00:00:00 UTC, a Sunday.
_MARKETS: Final = (1, 2)


async def write_trades(database_url: str, exchange: Exchange, trades: list[Trade]) -> None:
    """Write trades of a batch of their own, behind whatever is there."""
    store = await Store.open(database_url)
    try:
        positions = await store.load_positions()
        rows = HistoryRows(await store.load_catalog())
        first = int(positions.summary()) + 1
        batch = EventBatch(0, 1, first, first, trades[-1].timestamp_ns, [], [], [], [], [], [])
        if first == 1:
            batch.assets.extend(exchange.assets.values())
            batch.markets.extend(scale.market for scale in exchange.scales.values())
        batch.trades.extend(trades)
        rows.add(batch)
        assert positions.accept(batch) is batch
        await store.write(rows, positions.moves())
    finally:
        await store.close()


def random_trades(exchange: Exchange, times_ns: list[int], first_id: int = 1) -> list[Trade]:
    """Make trades at these times, in the markets in turn."""
    rnd = random.Random(first_id)
    trades = []
    for index, time_ns in enumerate(sorted(times_ns)):
        market_id = _MARKETS[index % len(_MARKETS)]
        price, quantity = rnd.randint(1, 4_000), rnd.randint(1, 500)
        number = first_id + index
        trades.append(
            Trade(
                TradeId(number),
                market_id,
                number,
                Sequence(number),
                time_ns,
                price,
                quantity,
                price * quantity * 5,
                1 + number % 2,
                OrderId(2 * number),
                OrderId(2 * number - 1),
                UserId(1),
                UserId(2),
                3,
                2,
            )
        )
    return trades


def scattered_times() -> list[int]:
    """Return times over fourteen months: bursts on some days, edges of every interval."""
    rnd = random.Random(11)
    days = [_START_NS + rnd.randint(0, 420) * DAY_NS for _ in range(14)]
    times = [rnd.choice(days) + rnd.randint(0, DAY_NS - 1) // 1_000 * 1_000 for _ in range(150)]
    burst = days[0] + 9 * 60 * MINUTE_NS
    times.extend(burst + rnd.randint(0, 5 * MINUTE_NS) // 1_000 * 1_000 for _ in range(60))
    for interval in INTERVALS:
        start_ns, end_ns = interval_bounds(interval, days[1])
        times.extend((start_ns, end_ns - 1_000))
    return times


def expected(
    exchange: Exchange, trades: list[Trade], market_id: int, interval: str
) -> Iterator[tuple[str, ...]]:
    """Sum up trades in integers, candle by candle."""
    scale = exchange.scales[market_id]
    candles: dict[tuple[int, int], list[Trade]] = {}
    for trade in trades:
        if trade.market_id == market_id:
            candles.setdefault(interval_bounds(interval, trade.timestamp_ns), []).append(trade)
    for (start_ns, end_ns), inside in sorted(candles.items()):
        prices = [trade.price_ticks for trade in inside]
        yield (
            moment_text(start_ns),
            moment_text(end_ns),
            scale.price(prices[0]),
            scale.price(max(prices)),
            scale.price(min(prices)),
            scale.price(prices[-1]),
            scale.quantity(sum(trade.quantity_lots for trade in inside)),
            scale.quote_amount(sum(trade.quote_amount for trade in inside)),
            str(len(inside)),
        )


async def assert_candles(database_url: str, exchange: Exchange, trades: list[Trade]) -> None:
    """Compare every interval of every market as the gateway reads it."""
    database = Database(database_url, lambda: 0, "test", 4)
    await database.start()
    try:
        history = History(database)
        for interval in INTERVALS:
            for market_id in _MARKETS:
                name = exchange.scales[market_id].market.name
                end_ns = trades[-1].timestamp_ns + 1
                found = await history.candles(name, interval, None, end_ns, 1_000)
                wanted = list(expected(exchange, trades, market_id, interval))[-1_000:]
                assert [
                    (
                        candle.start,
                        candle.end,
                        candle.open,
                        candle.high,
                        candle.low,
                        candle.close,
                        candle.volume,
                        candle.quote_volume,
                        str(candle.trades),
                    )
                    for candle in found
                ] == wanted, interval
    finally:
        await database.close()


_DERIVED: Final = """
SELECT {bucket}, (array_agg(open ORDER BY start))[1]::text, max(high)::text, min(low)::text,
    (array_agg(close ORDER BY start DESC))[1]::text, sum(volume)::text, sum(quote_volume)::text,
    sum(trades)::text
FROM candles_1m WHERE market = $1 GROUP BY 1 ORDER BY 1
"""


async def assert_view(database_url: str, exchange: Exchange, trades: list[Trade]) -> None:
    """Compare `candles_1m`, and every interval that derives from it with date_bin."""
    async with connected(database_url) as connection:
        for interval in INTERVALS:
            for market_id in _MARKETS:
                name = exchange.scales[market_id].market.name
                if interval == MONTH:
                    statement = _DERIVED.format(bucket="date_trunc('month', start, 'UTC')")
                    rows = await connection.fetch(statement, name)
                else:
                    length = timedelta(microseconds=INTERVAL_LENGTHS_NS[interval] // 1_000)
                    origin = at(MONDAY_NS if interval == "1w" else 0)
                    statement = _DERIVED.format(bucket="date_bin($2::interval, start, $3)")
                    rows = await connection.fetch(statement, name, length, origin)
                wanted = expected(exchange, trades, market_id, interval)
                assert [(datetime_text(row[0]), *tuple(row)[1:]) for row in rows] == [
                    (start, *rest) for start, _, *rest in wanted
                ], interval


async def test_candles_of_every_interval(any_database_url: str) -> None:
    await migrate(any_database_url)
    exchange = Exchange()
    trades = random_trades(exchange, scattered_times())
    await write_trades(any_database_url, exchange, trades)
    await assert_candles(any_database_url, exchange, trades)
    await assert_view(any_database_url, exchange, trades)


async def test_positions_guard_the_rows(migrated_database_url: str) -> None:
    exchange = Exchange()
    await write_trades(migrated_database_url, exchange, random_trades(exchange, [_START_NS]))
    store = await Store.open(migrated_database_url)
    try:
        stale = Positions([Position(0, 1, 0)])
        rows = HistoryRows(await store.load_catalog())
        batch = EventBatch(0, 1, 1, 1, 0, [], [], [], [], [], [])
        batch.trades.extend(random_trades(exchange, [_START_NS], first_id=7))
        rows.add(batch)
        assert stale.accept(batch) is batch
        with pytest.raises(PositionMovedError):
            await store.write(rows, stale.moves())
    finally:
        await store.close()
    async with connected(migrated_database_url) as connection:
        assert await connection.fetchval("SELECT count(*) FROM trades") == 1
