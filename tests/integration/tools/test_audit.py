"""The audit of a running exchange: clean while trading goes on, and not when somebody cheated."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import asyncpg
import msgspec
import pytest

from proto.codes import (
    BUY,
    CANCEL_OLDEST,
    CONTINUOUS,
    GTC,
    GTD,
    LIMIT,
    MARKET,
    OCO,
    PRE_OPEN,
    SELL,
    STOP_LOSS,
)
from proto.commands import (
    CancelAll,
    CancelAllAfter,
    Command,
    Deposit,
    OrderTerms,
    PlaceList,
    PlaceOrder,
    RequestTransfer,
    SetAccount,
    SetAsset,
    SetFees,
    SetMarketState,
    SettleTransfer,
    TransferBetween,
)
from proto.definitions import FeeTier
from proto.mesh.client import MeshClient
from proto.replies import Rejected
from scripts.faults.exchange import OwnExchange, own_exchange
from scripts.load.mesh import connected
from scripts.reconciliation.main import Result
from tests.waiting import block_until

pytestmark = pytest.mark.e2e

T = TypeVar("T")
# Nobody whom the load trades for.
USER = 9_001
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


async def do_everything(exchange: OwnExchange) -> None:
    """Have what load does not bring about: each must be taken."""
    async with connected(exchange.surroundings.matcher_endpoint, 64) as client:
        for command in _everything(client):
            reply = await client.send(command)
            assert not isinstance(reply, Rejected), (command, reply)


def _everything(client: MeshClient) -> Iterator[Command]:
    def order(side: int, lots: int, ticks: int, terms: OrderTerms | None = None) -> PlaceOrder:
        force = GTD if terms is not None and terms.expires_ns else GTC
        order_type = LIMIT if ticks else MARKET
        return PlaceOrder(
            client.next_request_id(), 0, 1, USER, side, order_type, force, False, ticks, lots, "",
            terms,
        )  # fmt: skip

    def next_id() -> int:
        return client.next_request_id()

    for asset_id in (1, 2):
        yield Deposit(next_id(), USER, asset_id, 10**12, f"everything-{asset_id}")
    yield SetMarketState(next_id(), 1, PRE_OPEN, 0)
    # The book crosses, and is uncrossed.
    yield order(BUY, 50, 3_000)
    yield order(SELL, 40, 2_900)
    yield SetMarketState(next_id(), 1, CONTINUOUS, 0)
    stop = OrderTerms(trigger=STOP_LOSS, trigger_price_ticks=1_000)
    yield PlaceList(OCO, [order(SELL, 5, 9_000), order(SELL, 5, 0, stop)])
    yield order(BUY, 60, 1_500, OrderTerms(display_lots=6, self_trade=CANCEL_OLDEST))
    yield order(BUY, 5, 1_400, OrderTerms(expires_ns=time.time_ns() + 10**9))
    yield CancelAllAfter(next_id(), 0, USER, 60_000)
    yield SetAccount(next_id(), USER, 1, 9, CANCEL_OLDEST, False)
    yield SetFees(next_id(), 1, FeeTier(1, -100, 500))
    yield SetAsset(next_id(), 3, True)
    yield SetAsset(next_id(), 3, False)
    yield RequestTransfer(next_id(), USER, 1, 700, "everything-out", True)
    yield SettleTransfer(next_id(), "everything-out", True)
    yield TransferBetween(next_id(), USER, USER + 1, 1, 300, "everything-gift")
    yield CancelAll(next_id(), 0, USER, 1, BUY)


def findings(result: Result) -> dict[str, tuple[str, ...]]:
    return {audit.name: audit.findings for audit in result.audits if not audit.ok}


def test_whatever_the_rules_bring_about_agrees(exchange: OwnExchange) -> None:
    asyncio.run(do_everything(exchange))
    status, result = audit(exchange)
    assert findings(result) == {}
    assert status == 0
    details = {audit.name: audit.detail for audit in result.audits}
    for table in ("transfers", "account_changes", "market_changes", "asset_changes"):
        assert not details[f"database: {table}"].startswith("0 "), table


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
        " fill_fee, is_maker, timestamp, ordinal, trigger_price, executed_quote_quantity, fee"
        " FROM order_events"
        " ORDER BY sequence, ordinal LIMIT 1",
        "DELETE FROM order_events WHERE event = 'cancelled' AND sequence ="
        " (SELECT min(sequence) FROM order_events)",
        "event=cancelled: is in the database and not",
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
    "transfers": (
        "UPDATE transfers SET amount = amount + 1 WHERE status = 'confirmed'",
        "UPDATE transfers SET amount = amount - 1 WHERE status = 'confirmed'",
        "reference=everything-out: amount is ",
    ),
    "account_changes": (
        "UPDATE account_changes SET tier = 2 WHERE tier = 1",
        "UPDATE account_changes SET tier = 1 WHERE tier = 2",
        "tier is '2' in the database",
    ),
    "market_changes": (
        "UPDATE market_changes SET fee_tiers = jsonb_set(fee_tiers, '{1,maker_fee_ppm}', '-101')"
        " WHERE jsonb_array_length(fee_tiers) = 2",
        "UPDATE market_changes SET fee_tiers = jsonb_set(fee_tiers, '{1,maker_fee_ppm}', '-100')"
        " WHERE jsonb_array_length(fee_tiers) = 2",
        "fee_tiers is ",
    ),
    "asset_changes": (
        "CREATE TABLE kept_asset AS SELECT * FROM asset_changes WHERE is_frozen;"
        " DELETE FROM asset_changes WHERE is_frozen",
        "INSERT INTO asset_changes SELECT * FROM kept_asset; DROP TABLE kept_asset",
        "is missing in the database",
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
