"""Everything that the trading rules bring about, in the database: each row, in each flavour."""

import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from matcher.tools.catalog import Catalog
from persist.migrate import migrate
from persist.migrations import FOLDER
from proto.codes import (
    BALANCE_REASON_NAMES,
    CAUSE_NAMES,
    MARKET_STATE_NAMES,
    REPORT_NAMES,
    STATUS_NAMES,
    TRANSFER_STATUS_NAMES,
    TYPE_NAMES,
)
from proto.decimals import format_units
from proto.events import EventBatch
from proto.replies import MarketsReply
from scripts.reconciliation.expected import (
    BALANCE_CHANGES,
    ORDER_EVENTS,
    ORDERS,
    TRADES,
    order_row,
)
from scripts.reconciliation.expected_control import ASSET_CHANGES, MARKET_CHANGES, TRANSFERS
from scripts.reconciliation.layout import Layout, Row
from scripts.reconciliation.stored import StoredHistory
from scripts.reconciliation.tables import HISTORIES, rows_of
from tests.integration.persist.conftest import Carrying, connected
from tests.integration.persist.test_db_processor import add, drained
from tests.integration.persist.venue import Venue, by_command
from tests.waiting import until

BATCHES = 150


@pytest.fixture(scope="module")
def venue() -> Venue:
    """What has happened, the same for all tests: it is only read."""
    venue = Venue(seed=2)
    venue.run(BATCHES)
    return venue


async def carry(redis: Redis, url: str, carrying: Carrying, batches: list[EventBatch]) -> None:
    await add(redis, batches)
    async with carrying(url):
        await until(lambda: drained(redis))


async def test_every_row_of_every_table_is_what_the_engine_said(
    redis: Redis, any_database_url: str, carrying: Carrying, venue: Venue
) -> None:
    await carry(redis, any_database_url, carrying, venue.batches)
    expected, orders = expected_rows(venue.batches)
    async with connected(any_database_url) as connection, connection.transaction():
        stored = StoredHistory(connection)
        for layout in (*HISTORIES, ORDERS):
            assert await stored.unknown_columns(layout) == []
        for name, stream in (await stored.histories()).items():
            rows = []
            while await stream.peek() is not None:
                rows.append(await stream.take())
            assert Counter(rows) == Counter(expected[name]), name
            assert rows, f"{name} is empty: the flow is too short"
        stream = await stored.orders()
        while (order_id := await stream.peek()) is not None:
            assert [await stream.take()] == [orders.pop(order_id)]
        assert orders == {}


def test_the_flow_brings_everything_about(venue: Venue) -> None:
    """Without this the test above could be true of nothing."""
    rows, orders = expected_rows(venue.batches)

    def words(layout: Layout, column: str, rows: Iterable[Row]) -> set[str | None]:
        return {row[layout.columns.index(column)] for row in rows}

    events = rows[ORDER_EVENTS.name]
    assert words(ORDERS, "type", orders.values()) == set(TYPE_NAMES.values())
    assert words(ORDER_EVENTS, "status", events) == set(STATUS_NAMES.values())
    assert words(ORDER_EVENTS, "event", events) == set(REPORT_NAMES.values())
    # The rarest may be missing: the flow is others', and its chances change.
    assert len(set(CAUSE_NAMES.values()) - words(ORDER_EVENTS, "reason", events)) <= 1
    changes = rows[BALANCE_CHANGES.name]
    assert words(BALANCE_CHANGES, "reason", changes) == set(BALANCE_REASON_NAMES.values())
    states = words(MARKET_CHANGES, "state", rows[MARKET_CHANGES.name])
    assert states == set(MARKET_STATE_NAMES.values())
    statuses = words(TRANSFERS, "status", rows[TRANSFERS.name])
    assert statuses == set(TRANSFER_STATUS_NAMES.values())
    assert words(ASSET_CHANGES, "is_frozen", rows[ASSET_CHANGES.name]) == {"true", "false"}
    # A rebate, and an order that one command has reduced more than once.
    assert any(fee and fee[0] == "-" for fee in words(TRADES, "maker_fee", rows[TRADES.name]))
    reduced = Counter(row[:2] for row in events if "reduced" in row)
    assert max(reduced.values()) > 1


async def test_a_statement_leads_to_the_balance(
    redis: Redis, any_database_url: str, carrying: Carrying, venue: Venue
) -> None:
    await carry(redis, any_database_url, carrying, venue.batches)
    decimals = {asset.name: asset.decimals for asset in venue.assets.values()}
    async with connected(any_database_url) as connection:
        totals = await statements(connection)
    assert {
        key: format_units(total, decimals[key[1]]) for key, total in venue.totals().items()
    } == {key: str(total) for key, total in totals.items()}


async def statements(connection: asyncpg.Connection) -> dict[tuple[int, str], Decimal]:
    """Add up each user's changes, in the order of a statement; each must follow the one before."""
    totals: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for user_id in (1, 2, 3, 4):
        rows = await connection.fetch(
            "SELECT asset, change, total, held FROM balance_changes WHERE user_id = $1"
            " ORDER BY timestamp, sequence, ordinal",
            user_id,
        )
        for asset, change, total, held in rows:
            totals[user_id, asset] += change
            assert totals[user_id, asset] == total
            assert 0 <= held <= total
    return totals


async def test_orders_are_in_the_order_of_time(
    redis: Redis, database_url: str, carrying: Carrying, venue: Venue
) -> None:
    await carry(redis, database_url, carrying, venue.batches)
    async with connected(database_url) as connection:
        placed = await connection.fetch("SELECT created_at FROM orders ORDER BY order_id")
    times = [row[0] for row in placed]
    assert times == sorted(times)


async def test_a_database_of_the_earlier_schema_goes_on(
    redis: Redis, any_database_url: str, carrying: Carrying, tmp_path: Path
) -> None:
    earlier = shutil.copytree(FOLDER, tmp_path / "migrations")
    for path in earlier.glob("*.sql"):
        if path.name >= "0005":
            path.unlink()
    await migrate(any_database_url, earlier)
    async with connected(any_database_url) as connection:
        await connection.execute(_EARLIER_ROWS)
        await _compress(connection)
    steps = await migrate(any_database_url)
    assert [step[:4] for step in steps] == ["0005", "0006"]
    # Its history ends at sequence 5, so what follows is that of an exchange that has more.
    venue = Venue(seed=5)
    venue.run(5)
    known = venue.batches[0].last_sequence
    async with connected(any_database_url) as connection:
        await connection.execute("UPDATE stream_position SET last_sequence = $1", known)
    await carry(redis, any_database_url, carrying, venue.batches)
    async with connected(any_database_url) as connection:
        assert await connection.fetchval("SELECT complete_from FROM stream_position") == 6
        old = await connection.fetch("SELECT event, ordinal FROM order_events WHERE sequence = 5")
        assert sorted(map(tuple, old)) == [("accepted", 1), ("expired", 2)]
        assert await connection.fetchval("SELECT count(*) FROM balance_changes") > 0


_EARLIER_ROWS = """
INSERT INTO assets VALUES (1, 'INR', 2), (2, 'GOLD', 0), (3, 'SILVER', 3);
INSERT INTO markets VALUES
    (1, 'GOLD_INR', 2, 1, 2, 1, 0, 1, 1000, 1, 50, 0, 110000, 252500),
    (2, 'SILVER_INR', 3, 1, 1, 5, 1, 1, 40, 2, 60, 150, 333333, 7777);
INSERT INTO stream_position VALUES (0, 1, 5);
INSERT INTO orders VALUES (5, 1, 'GOLD_INR', NULL, 'buy', 'limit', 'IOC', false, 1.00, 1, 0, 0.00,
    0.00, 'expired', '2023-11-01+00', '2023-11-01+00');
INSERT INTO order_events VALUES
    (5, 5, 1, 'GOLD_INR', 'accepted', NULL, 'new', 1.00, 1, 0, NULL, NULL, NULL, NULL, NULL,
        '2023-11-01+00'),
    (5, 5, 1, 'GOLD_INR', 'expired', NULL, 'expired', 1.00, 1, 0, NULL, NULL, NULL, NULL, NULL,
        '2023-11-01+00');
INSERT INTO balance_changes VALUES
    (1, 'INR', 4, 'deposit', 1.00, 0.00, 1.00, 0.00, NULL, 'r', '2023-11-01+00');
"""


async def _compress(connection: asyncpg.Connection) -> None:
    """Compress what TimescaleDB can, as its jobs would have long ago."""
    if await connection.fetchval("SELECT to_regclass('timescaledb_information.chunks') IS NULL"):
        return
    for history in ("order_events", "balance_changes"):
        compressed = await connection.fetch(
            "SELECT compress_chunk(chunk) FROM show_chunks($1::regclass) AS chunk", history
        )
        assert compressed


def expected_rows(batches: list[EventBatch]) -> tuple[dict[str, list[Row]], dict[int, Row]]:
    """Return the rows of each history, and the last row of each order."""
    catalog = Catalog()
    rows: dict[str, list[Row]] = defaultdict(list)
    orders: dict[int, Row] = {}
    for batch in batches:
        catalog.learn_all(MarketsReply(0, batch.assets, batch.markets))
        for events in by_command(batch):
            for name, made in rows_of(events, catalog).items():
                rows[name].extend(made)
            for report in events.reports:
                orders[report.order.order_id] = order_row(report, catalog)
    return rows, orders
