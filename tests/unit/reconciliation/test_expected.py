"""The rows that the audit expects, column by column, and the layouts against the migrations."""

import re
from pathlib import Path

import pytest

from matcher.tools.data_folder import DataFolder
from matcher.tools.steps import Step
from proto.limits import INTEGER_MAX
from scripts.reconciliation.expected import (
    BALANCE_CHANGES,
    ORDER_EVENTS,
    ORDERS,
    TRADES,
    balance_change_row,
    order_event_row,
    order_row,
    trade_row,
)
from scripts.reconciliation.layout import Layout, Row
from scripts.reconciliation.tables import HISTORIES
from tests.unit.tools.data_folders import small_exchange

MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations"
TABLES = "\n".join(path.read_text() for path in sorted(MIGRATIONS.glob("*.sql")))


def named(layout: Layout, row: Row) -> dict[str, str | None]:
    return dict(zip(layout.columns, row, strict=True))


@pytest.mark.parametrize("layout", [*HISTORIES, ORDERS], ids=lambda layout: layout.name)
def test_the_layouts_are_those_of_the_migration(layout: Layout) -> None:
    table = re.search(rf"CREATE TABLE {layout.name} \((.*?)\n\)", TABLES, re.DOTALL)
    assert table is not None
    columns = re.findall(r"^    ([a-z_]+) [a-z]", table[1], re.MULTILINE)
    for changes in re.findall(rf"ALTER TABLE {layout.name}\s(.*?);", TABLES, re.DOTALL):
        columns += re.findall(r"ADD COLUMN ([a-z_]+)", changes)
    assert tuple(columns) == layout.columns
    assert set(layout.key) <= set(layout.columns)


def test_rows_of_a_trade(tmp_path: Path) -> None:
    small_exchange(tmp_path)
    replay = DataFolder(tmp_path, 0).earliest_replay()
    steps = {step.journaled.sequence: step for step in replay.steps(INTEGER_MAX)}
    taken: Step = steps[11]
    (trade,) = taken.events.trades
    assert named(TRADES, trade_row(trade, replay.catalog)) == {
        "trade_id": "1",
        "market": "TATA_INR",
        "number": "1",
        "price": "100.00",
        "quantity": "4",
        "quote_quantity": "400.00",
        "taker_side": "sell",
        "is_buyer_maker": "true",
        "taker_order_id": "11",
        "maker_order_id": "9",
        "taker_user_id": "2",
        "maker_user_id": "1",
        "taker_fee": "0.40",
        "maker_fee": "0.20",
        "sequence": "11",
        "timestamp": "1700000000011000",
    }
    accepted, taker, maker = taken.events.reports
    assert named(ORDER_EVENTS, order_event_row(1, accepted, replay.catalog)) == {
        "order_id": "11",
        "sequence": "11",
        "user_id": "2",
        "market": "TATA_INR",
        "event": "accepted",
        "reason": None,
        "status": "new",
        "price": "100.00",
        "quantity": "4",
        "executed_quantity": "0",
        "trade_id": None,
        "fill_price": None,
        "fill_quantity": None,
        "fill_fee": None,
        "is_maker": None,
        "timestamp": "1700000000011000",
        "ordinal": "1",
        "trigger_price": None,
        "executed_quote_quantity": "0.00",
        "fee": "0.00",
    }
    assert (
        named(ORDER_EVENTS, order_event_row(3, maker, replay.catalog)).items()
        >= {
            "order_id": "9",
            "event": "fill",
            "status": "partially_filled",
            "trade_id": "1",
            "fill_price": "100.00",
            "fill_quantity": "4",
            "fill_fee": "0.20",
            "is_maker": "true",
            "executed_quote_quantity": "400.00",
            "fee": "0.20",
        }.items()
    )
    assert named(ORDERS, order_row(taker, replay.catalog)) == {
        "order_id": "11",
        "user_id": "2",
        "market": "TATA_INR",
        "client_order_id": "ask",
        "side": "sell",
        "type": "limit",
        "time_in_force": "GTC",
        "post_only": "false",
        "price": "100.00",
        "quantity": "4",
        "executed_quantity": "4",
        "executed_quote_quantity": "400.00",
        "fee": "0.40",
        "status": "filled",
        "created_at": "1700000000011000",
        "updated_at": "1700000000011000",
        **dict.fromkeys(ORDERS.columns[16:]),
    }
    earned = named(
        BALANCE_CHANGES, balance_change_row(1, taken.events.balance_changes[0], replay.catalog)
    )
    assert earned == {
        "user_id": "1",
        "asset": "INR",
        "sequence": "11",
        "reason": "trade",
        "change": "-400.20",
        "fee": "0.20",
        "total": "99599.80",
        "held": earned["held"],
        "trade_id": "1",
        "reference": None,
        "timestamp": "1700000000011000",
        "ordinal": "1",
    }


def test_rows_of_a_refusal_and_of_a_transfer(tmp_path: Path) -> None:
    small_exchange(tmp_path)
    replay = DataFolder(tmp_path, 0).earliest_replay()
    steps = {step.journaled.sequence: step for step in replay.steps(INTEGER_MAX)}
    (refused,) = steps[14].events.reports
    row = named(ORDER_EVENTS, order_event_row(1, refused, replay.catalog))
    assert (row["event"], row["reason"], row["status"]) == (
        "rejected", "INSUFFICIENT_BALANCE", "rejected",
    )  # fmt: skip
    assert named(ORDERS, order_row(refused, replay.catalog))["client_order_id"] is None
    (paid,) = steps[15].events.balance_changes
    row = named(BALANCE_CHANGES, balance_change_row(1, paid, replay.catalog))
    assert (row["reason"], row["change"], row["reference"], row["trade_id"]) == (
        "withdrawal", "-25.50", "bank-2", None,
    )  # fmt: skip
