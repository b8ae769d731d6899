"""Rows of what operators change, and of transfers in two steps."""

import json

from persist.catalog import Catalog
from persist.columns import (
    ACCOUNT_CHANGE_COLUMNS,
    ASSET_CHANGE_COLUMNS,
    MARKET_CHANGE_COLUMNS,
    TRANSFER_COLUMNS,
)
from persist.rows import HistoryRows
from proto.codes import (
    AUCTION,
    CANCEL_OLDEST,
    CONTINUOUS,
    DECLINED,
    DEPOSIT,
    REQUESTED,
    WITHDRAWAL,
)
from proto.definitions import FeeTier, MarketRules, MarketStatus
from proto.events import (
    AccountChange,
    AccountState,
    AssetChange,
    EventBatch,
    MarketChange,
    TransferState,
)
from proto.ids import AssetId, Sequence, UserId
from tests.unit.persist.examples import NOON, NOON_NS, batch, history_lines

NULL = r"\N"


def rows_of(events: EventBatch) -> HistoryRows:
    rows = HistoryRows(Catalog())
    rows.add(events)
    return rows


def by_column(rows: HistoryRows, table: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    lines = history_lines(rows, table)
    return [dict(zip(columns, line.split("\t"), strict=True)) for line in lines]


def change(state: int, ends_ns: int = 0, price_ticks: int = 0, tiers: int = 1) -> MarketChange:
    fees = [FeeTier(tier, -10 * tier, 1_000) for tier in range(tiers)]
    rules = MarketRules(50_000, 10_000, 30_000, 60_000, 0, 200, 100)
    reference_ns = NOON_NS if price_ticks else 0
    status = MarketStatus(1, state, ends_ns, price_ticks, reference_ns, rules, fees)
    return MarketChange(Sequence(4), NOON_NS, status)


def test_a_market_change_is_the_whole_status() -> None:
    events = batch()
    events.market_changes.append(change(AUCTION, NOON_NS + 10**9, 2_000, tiers=2))
    events.market_changes.append(change(CONTINUOUS))
    rows = rows_of(events)
    auction, continuous = by_column(rows, "market_changes", MARKET_CHANGE_COLUMNS)
    fees = json.loads(auction.pop("fee_tiers"))
    assert auction == {
        "market": "BTC_USDT",
        "sequence": "4",
        "ordinal": "1",
        "state": "auction",
        "ends_at": "2025-12-01 12:00:01+00:00",
        "reference_price": "100.00",
        "reference_at": NOON,
        "band_ppm": "50000",
        "collar_ppm": "10000",
        "volatility_ppm": "30000",
        "auction_ms": "60000",
        "reference_ms": "0",
        "open_orders_max": "200",
        "stop_orders_max": "100",
        "timestamp": NOON,
    }
    assert fees == [
        {"tier": 0, "maker_fee_ppm": 0, "taker_fee_ppm": 1_000},
        {"tier": 1, "maker_fee_ppm": -10, "taker_fee_ppm": 1_000},
    ]
    assert (continuous["ordinal"], continuous["state"]) == ("2", "continuous")
    assert {continuous[name] for name in ("ends_at", "reference_price", "reference_at")} == {NULL}


def test_an_account_change_is_the_whole_account() -> None:
    events = batch()
    for account in (
        AccountState(UserId(3), 2, 9, CANCEL_OLDEST, True, NOON_NS + 5 * 10**9),
        AccountState(UserId(4), 0, 0, CANCEL_OLDEST, False, 0),
    ):
        events.account_changes.append(AccountChange(Sequence(5), NOON_NS, account))
    rows = rows_of(events)
    assert history_lines(rows, "account_changes") == [
        f"3\t5\t2\t9\tcancel_oldest\tt\t2025-12-01 12:00:05+00:00\t{NOON}",
        f"4\t5\t0\t\\N\tcancel_oldest\tf\t\\N\t{NOON}",
    ]
    assert len(by_column(rows, "account_changes", ACCOUNT_CHANGE_COLUMNS)) == 2


def test_a_transfer_has_a_row_for_each_of_its_states() -> None:
    events = batch()
    events.transfers.append(
        TransferState(Sequence(6), NOON_NS, "a\tb", UserId(3), AssetId(2), 5, WITHDRAWAL, REQUESTED)
    )
    events.transfers.append(
        TransferState(Sequence(7), NOON_NS, "a\tb", UserId(3), AssetId(2), 5, DEPOSIT, DECLINED)
    )
    rows = rows_of(events)
    first, second = by_column(rows, "transfers", TRANSFER_COLUMNS)
    assert first == {
        "reference": "a\\tb",
        "sequence": "6",
        "user_id": "3",
        "asset": "USDT",
        "kind": "withdrawal",
        "amount": "0.000005",
        "status": "requested",
        "timestamp": NOON,
    }
    assert (second["kind"], second["status"]) == ("deposit", "rejected")
    # The table is not cut by time, so no month has to be there for it.
    assert not rows.times_ns()


def test_a_frozen_asset() -> None:
    events = batch()
    events.asset_changes.append(AssetChange(Sequence(8), NOON_NS, AssetId(1), True))
    rows = by_column(rows_of(events), "asset_changes", ASSET_CHANGE_COLUMNS)
    assert rows == [{"asset": "BTC", "sequence": "8", "is_frozen": "t", "timestamp": NOON}]
