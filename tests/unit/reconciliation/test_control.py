"""The rows that the audit expects of transfers, accounts, markets and assets."""

from pathlib import Path

from matcher.tools.data_folder import DataFolder
from proto.codes import CANCEL_OLDEST
from proto.commands import (
    Command,
    RequestTransfer,
    SetAccount,
    SetAsset,
    SetFees,
    SettleTransfer,
)
from proto.definitions import FeeTier
from proto.limits import INTEGER_MAX
from scripts.reconciliation.expected import ORDER_EVENTS, ORDERS
from scripts.reconciliation.expected_control import (
    ACCOUNT_CHANGES,
    ASSET_CHANGES,
    MARKET_CHANGES,
    TRANSFERS,
)
from scripts.reconciliation.layout import Layout
from scripts.reconciliation.tables import rows_of
from tests.unit.tools.data_folders import small_exchange

AT_16 = "1700000000016000"


def rows(tmp_path: Path, layout: Layout, *commands: Command) -> list[dict[str, str | None]]:
    """Return the rows of one table that commands make, from sequence 16 on."""
    exchange = small_exchange(tmp_path)
    exchange.run(*commands)
    replay = DataFolder(tmp_path, 0).earliest_replay()
    replay.reach(15)
    return [
        dict(zip(layout.columns, row, strict=True))
        for step in replay.steps(INTEGER_MAX)
        for row in rows_of(step.events, replay.catalog)[layout.name]
    ]


def test_a_transfer_in_two_steps(tmp_path: Path) -> None:
    requested, confirmed = rows(
        tmp_path,
        TRANSFERS,
        RequestTransfer(1, 1, 1, 150, "a\0b", True),
        SettleTransfer(1, "a\0b", True),
    )
    assert requested == {
        "reference": "a\u2400b",
        "sequence": "16",
        "user_id": "1",
        "asset": "INR",
        "kind": "withdrawal",
        "amount": "1.50",
        "status": "requested",
        "timestamp": AT_16,
    }
    assert (confirmed["sequence"], confirmed["status"]) == ("17", "confirmed")


def test_an_account(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, ACCOUNT_CHANGES, SetAccount(1, 1, 2, 9, CANCEL_OLDEST, True))
    assert row == {
        "user_id": "1",
        "sequence": "16",
        "tier": "2",
        "group_id": "9",
        "self_trade_prevention": "cancel_oldest",
        "is_frozen": "true",
        "cancel_at": None,
        "timestamp": AT_16,
    }


def test_a_market_with_its_fees_as_the_database_writes_them(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, MARKET_CHANGES, SetFees(1, 1, FeeTier(2, -100, 900)))
    assert (row["market"], row["state"], row["ends_at"]) == ("TATA_INR", "continuous", None)
    assert row["fee_tiers"] == (
        '[{"tier": 0, "maker_fee_ppm": 500, "taker_fee_ppm": 1000}, '
        '{"tier": 2, "maker_fee_ppm": -100, "taker_fee_ppm": 900}]'
    )


def test_an_asset(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, ASSET_CHANGES, SetAsset(1, 1, True))
    assert row == {"asset": "INR", "sequence": "16", "is_frozen": "true", "timestamp": AT_16}


def test_rows_of_an_earlier_schema_have_no_late_columns() -> None:
    row = ORDERS.columns
    older = dict(zip(ORDERS.columns, ORDERS.older(row), strict=True))
    assert older == {**dict(zip(row, row, strict=True)), "reason": None}
    assert ORDER_EVENTS.older(ORDER_EVENTS.columns) == ORDER_EVENTS.columns
