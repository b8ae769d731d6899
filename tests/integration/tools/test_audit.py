"""The audit of a running exchange: clean while trading goes on, and not when somebody cheated."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import asyncpg
import msgspec
import pytest

from scripts.faults.exchange import OwnExchange, own_exchange
from scripts.reconciliation.main import Result
from tests.waiting import block_until

pytestmark = pytest.mark.e2e

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[3]

_SOAK = (
    *("scripts/soak.py", "--seconds", "600", "--rate", "150", "--connections", "8"),
    *("--subscribers", "0"),
)


@pytest.fixture(scope="module")
def exchange(servers_dir: Path) -> Iterator[OwnExchange]:
    with own_exchange(servers_dir / "audited", os.environ) as running:
        yield running


def audit(exchange: OwnExchange) -> tuple[int, Result]:
    done = subprocess.run(
        [sys.executable, "scripts/audit.py", "--json"],
        cwd=ROOT, env=environment(exchange), capture_output=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr.decode()
    return done.returncode, msgspec.json.decode(done.stdout, type=Result)


def environment(exchange: OwnExchange) -> dict[str, str]:
    return {**os.environ, "TICKMESH_DATA_DIR": str(exchange.surroundings.data_dir)}


@contextmanager
def trading(exchange: OwnExchange) -> Iterator[None]:
    """Trade until the end of the block."""
    before = trades(exchange)
    with subprocess.Popen(
        [sys.executable, *_SOAK],
        cwd=ROOT, env=environment(exchange), stderr=subprocess.DEVNULL,
    ) as soak:  # fmt: skip
        try:
            block_until(lambda: trades(exchange) > before)
            yield
            assert soak.poll() is None
        finally:
            # Not SIGINT: whoever runs the tests in the background has it ignored.
            soak.terminate()


def execute(exchange: OwnExchange, statements: str) -> None:
    asyncio.run(_on_database(exchange, lambda connection: connection.execute(statements)))


def trades(exchange: OwnExchange) -> int:
    count = "SELECT count(*) FROM trades"
    return asyncio.run(_on_database(exchange, lambda connection: connection.fetchval(count)))


async def _on_database(
    exchange: OwnExchange, work: Callable[["asyncpg.Connection[asyncpg.Record]"], Awaitable[T]]
) -> T:
    connection = await asyncpg.connect(exchange.surroundings.database_url)
    try:
        return await work(connection)
    finally:
        await connection.close()


def findings(result: Result) -> dict[str, tuple[str, ...]]:
    return {audit.name: audit.findings for audit in result.audits if not audit.ok}


def test_everything_agrees_while_trading_goes_on(exchange: OwnExchange) -> None:
    with trading(exchange):
        status, result = audit(exchange)
        assert findings(result) == {}
        assert status == 0
        status, later = audit(exchange)
    assert findings(later) == {}
    assert later.last_sequence > result.last_sequence > 0
    assert "database: trades" in {audit.name for audit in later.audits}


# What is done to the database, how it is undone, and what the audit must say of it.
TAMPERING = {
    "trades": (
        "UPDATE trades SET price = price + 1 WHERE trade_id = 1",
        "UPDATE trades SET price = price - 1 WHERE trade_id = 1",
        "trades trade_id=1: price is ",
    ),
    "order_events": (
        "INSERT INTO order_events SELECT order_id, sequence, user_id, market, 'cancelled', reason,"
        " status, price, quantity, executed_quantity, trade_id, fill_price, fill_quantity,"
        " fill_fee, is_maker, timestamp FROM order_events ORDER BY sequence LIMIT 1",
        "DELETE FROM order_events WHERE event = 'cancelled' AND sequence ="
        " (SELECT min(sequence) FROM order_events)",
        "event=cancelled trade_id=None: is in the database and not",
    ),
    "balance_changes": (
        "CREATE TABLE kept AS SELECT * FROM balance_changes ORDER BY sequence LIMIT 1;"
        " DELETE FROM balance_changes USING kept WHERE balance_changes.sequence = kept.sequence",
        "INSERT INTO balance_changes SELECT * FROM kept; DROP TABLE kept",
        "is missing in the database",
    ),
    "orders": (
        "UPDATE orders SET user_id = user_id + 1 WHERE order_id = (SELECT min(order_id)"
        " FROM orders)",
        "UPDATE orders SET user_id = user_id - 1 WHERE order_id = (SELECT min(order_id)"
        " FROM orders)",
        "user_id is ",
    ),
}


def test_tampering_is_found(exchange: OwnExchange) -> None:
    with trading(exchange):
        assert trades(exchange) > 0
    for tampering, _, _ in TAMPERING.values():
        execute(exchange, tampering)
    try:
        status, result = audit(exchange)
    finally:
        for _, restoring, _ in TAMPERING.values():
            execute(exchange, restoring)
    assert status == 1
    found = findings(result)
    assert set(found) == {f"database: {table}" for table in TAMPERING}
    for table, (_, _, expected) in TAMPERING.items():
        assert len(found[f"database: {table}"]) == 1
        assert expected in found[f"database: {table}"][0]
    status, result = audit(exchange)
    assert findings(result) == {}
    assert status == 0


def test_without_an_exchange_it_says_what_to_do(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "scripts/audit.py"],
        cwd=ROOT, env={**os.environ, "TICKMESH_DATA_DIR": str(tmp_path)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "scripts/up" in done.stderr
