"""Pages out of the database: what they cost, whoever asks for them."""

import json
from collections.abc import AsyncIterator

import asyncpg
import pytest

from feed.page import Question
from feed.position import position
from feed.source import PORTION_MESSAGES_MAX
from feed.stored_pages import KINDS, SESSION_SETTINGS
from feed.streams import BALANCES, FILLS, ORDERS, TRADES
from persist.database import Connection

# Of one user, and as many of thousands of others, in two months.
EVENTS = 20_000
MARKET_MAKER = 1
TIME = "timestamptz '2026-01-01' + n * interval '200 s'"
USER = f"case when n % 2 = 0 then {MARKET_MAKER} else 1000 + n end"
FILL = """
create table {table}_2026_{month} partition of {table}
  for values from ('2026-{month}-01') to ('2026-{next}-01')
"""
ROWS = f"""
insert into orders select n, {USER}, 'TATA_INR', null, 'buy', 'limit', 'gtc', false, 100, 10, 10,
  1000, 1, 'filled', {TIME}, {TIME} from generate_series(1, {EVENTS}) n;
insert into order_events select n, n, {USER}, 'TATA_INR', 'fill', null, 'filled', 100, 10, 10, n,
  100, 10, 1, false, {TIME}, 1, null, 1000, 1 from generate_series(1, {EVENTS}) n;
insert into balance_changes select {USER}, 'INR', n, 'trade', -1001, 1, 5, 0, n, null, {TIME}, 1
  from generate_series(1, {EVENTS}) n;
insert into trades select n, 'TATA_INR', n, 100, 10, 1000, 'buy', false, n, n - 1, 1, 2, 1, 1, n,
  {TIME} from generate_series(1, {EVENTS}) n;
insert into stream_position values (0, 1, {EVENTS}, 1);
analyze
"""


@pytest.fixture
async def connection(
    migrated_database_url: str,
) -> AsyncIterator[Connection]:
    settings = {"jit": "off", **SESSION_SETTINGS}
    connection = await asyncpg.connect(migrated_database_url, server_settings=settings)
    try:
        for table in ("trades", "order_events", "balance_changes"):
            for month in (1, 2):
                await connection.execute(
                    FILL.format(table=table, month=f"0{month}", next=f"0{month + 1}")
                )
        await connection.execute(ROWS)
        yield connection
    finally:
        await connection.close()


def rows_read(node: dict[str, object]) -> float:
    """Count the rows that a plan has read from tables."""
    inner = node.get("Plans", [])
    assert isinstance(inner, list)
    if inner:
        return sum(map(rows_read, inner))
    rows, loops = node["Actual Rows"], node["Actual Loops"]
    removed = node.get("Rows Removed by Filter", 0)
    assert isinstance(rows, int | float)
    assert isinstance(removed, int | float)
    assert isinstance(loops, int | float)
    return (rows + removed) * loops


@pytest.mark.parametrize(
    ("kind", "subject", "mark", "most"),
    [
        (ORDERS, MARKET_MAKER, 0, 4 * PORTION_MESSAGES_MAX),
        (ORDERS, MARKET_MAKER, position(EVENTS // 2, 1), 4 * PORTION_MESSAGES_MAX),
        # Of fills many reports are looked at.
        (FILLS, MARKET_MAKER, 0, 1_500),
        (FILLS, MARKET_MAKER, position(EVENTS // 2, 1), 1_500),
        (BALANCES, MARKET_MAKER, 0, 4 * PORTION_MESSAGES_MAX),
        (BALANCES, MARKET_MAKER, position(EVENTS // 2, 1), 4 * PORTION_MESSAGES_MAX),
        (TRADES, "TATA_INR", 0, 4 * PORTION_MESSAGES_MAX),
        (TRADES, "TATA_INR", EVENTS // 2, 4 * PORTION_MESSAGES_MAX),
    ],
)
async def test_a_page_costs_what_it_shows_also_of_who_has_most_of_all(
    connection: Connection,
    kind: str,
    subject: str | int,
    mark: int,
    most: int,
) -> None:
    stored = KINDS[kind]
    arguments = stored.arguments([Question(kind, subject, mark)], [None])
    rows = await connection.fetch(stored.statement, *arguments)
    assert PORTION_MESSAGES_MAX <= len(rows) <= PORTION_MESSAGES_MAX + 1
    text = await connection.fetchval(
        f"explain (analyze, format json) {stored.statement}", *arguments
    )
    assert rows_read(json.loads(text)[0]["Plan"]) <= most
