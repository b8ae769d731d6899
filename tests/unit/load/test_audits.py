"""Every audit passes on what is true, and fails on each way of lying."""

from collections.abc import Callable

import pytest

from proto.ids import AssetId
from proto.replies import AssetSums
from scripts.load.audits import (
    FINDINGS_MAX,
    OpenOrder,
    StoredOrder,
    StoredTrade,
    audit_book,
    audit_executed,
    audit_open_orders,
    audit_orders,
    audit_sums,
    audit_trades,
    audit_troubles,
)
from scripts.load.operations import ACKNOWLEDGED, Cancel, Outcome, Place, SeenFill
from scripts.load.record import Record
from scripts.watching.book import BookState
from scripts.watching.told import told_trade

MARKETS = {1: "TATA_INR"}
ASSETS = {1: "INR", 2: "TATA"}
ORDER_IDS = {10, 11, 12}


def place(name: str) -> Place:
    return Place(1, 1, 1, 1, 1, 2_000, 5, name)


def make_record() -> Record:
    """A maker filled for 3 of 5 and cancelled, a taker filled, one that still rests."""
    record = Record()
    record.placed(place("r-1"), Outcome(ACKNOWLEDGED, "", 10, "new"))
    fill = SeenFill(7, "100.00", "3")
    record.placed(place("r-2"), Outcome(ACKNOWLEDGED, "", 11, "filled", (fill,)))
    record.cancelled(Cancel(1, 1, 10, "r-1"), Outcome(ACKNOWLEDGED, "", 10, "cancelled"))
    record.placed(place("r-3"), Outcome(ACKNOWLEDGED, "", 12, "new"))
    return record


def make_orders() -> list[StoredOrder]:
    return [
        StoredOrder(10, 1, "r-1", "cancelled", "3"),
        StoredOrder(11, 1, "r-2", "filled", "3"),
        StoredOrder(12, 1, "r-3", "new", "0"),
    ]


TRADE = StoredTrade(7, "TATA_INR", "100.00", "3", 11, 10, "300.00", "false", "1704067200000000")
# Somebody else's, at the same time.
FOREIGN_TRADE = TRADE._replace(trade_id=8, quantity="1", taker_order_id=99, maker_order_id=98)


def test_no_trouble_is_fine_and_any_trouble_is_not() -> None:
    record = make_record()
    assert audit_troubles(record, killed=False).ok
    record.troubles["503"] += 2
    failed = audit_troubles(record, killed=False)
    assert not failed.ok
    assert "503: 2" in failed.findings[0]
    # A kill explains it; it does not explain a rule that refused an order.
    assert audit_troubles(record, killed=True).ok
    record.refused.add("r-9")
    assert not audit_troubles(record, killed=True).ok


def test_sums() -> None:
    inr = AssetSums(AssetId(1), 990, 100, 10, 1_500, 500)
    tata = AssetSums(AssetId(2), 50, 50, 0, 50, 0)
    assert audit_sums([inr, tata], ASSETS).ok
    unbalanced = AssetSums(AssetId(2), 51, 50, 0, 50, 0)
    failed = audit_sums([inr, unbalanced], ASSETS)
    assert not failed.ok
    assert failed.findings == ("TATA: users + fees 51, deposits - withdrawals 50",)
    overheld = AssetSums(AssetId(2), 50, 51, 0, 50, 0)
    assert not audit_sums([inr, overheld], ASSETS).ok
    assert not audit_sums([], ASSETS).ok


def test_trades_hold() -> None:
    audit = audit_trades(make_record().fills, [TRADE, FOREIGN_TRADE], MARKETS, ORDER_IDS)
    assert audit.ok
    assert audit.detail == "1 fills seen, 1 trades in the database"


@pytest.mark.parametrize(
    ("trades", "finding"),
    [
        ([], "is missing"),
        ([TRADE, TRADE], "2 times"),
        ([TRADE._replace(price="100.05")], "client saw"),
        ([TRADE._replace(quantity="4")], "client saw"),
        ([TRADE._replace(market="BTC_USDT")], "client saw"),
        ([TRADE._replace(taker_order_id=12)], "client saw"),
        ([TRADE, TRADE._replace(trade_id=9)], "told to no taker"),
    ],
)
def test_trades_fail(trades: list[StoredTrade], finding: str) -> None:
    audit = audit_trades(make_record().fills, trades, MARKETS, ORDER_IDS)
    assert not audit.ok
    assert finding in audit.findings[0]


def test_a_fill_told_twice_fails() -> None:
    record = make_record()
    record.fills.append(record.fills[0])
    assert not audit_trades(record.fills, [TRADE], MARKETS, ORDER_IDS).ok


def test_orders_hold() -> None:
    record = make_record()
    assert audit_orders(record, make_orders()).ok
    # What nobody was told may be there, or not; what was refused may be kept as rejected.
    record.unsettled.update(("r-4", "r-5"))
    record.refused.add("r-6")
    more = [
        StoredOrder(13, 1, "r-4", "new", "0"),
        StoredOrder(14, 1, "r-6", "rejected", "0"),
    ]
    assert audit_orders(record, make_orders() + more).ok


@pytest.mark.parametrize(
    ("doctor", "finding"),
    [
        (lambda orders: orders[1:], "was acknowledged and is missing"),
        (lambda orders: [*orders, orders[2]._replace(order_id=13)], "applied 2 times"),
        (lambda orders: [orders[0]._replace(status="new"), *orders[1:]], "was told cancelled"),
        (lambda orders: [*orders[:2], orders[2]._replace(order_id=13)], "client saw"),
        (lambda orders: [*orders, StoredOrder(13, 1, "r-4", "new", "0")], "to nobody"),
    ],
)
def test_orders_fail(
    doctor: Callable[[list[StoredOrder]], list[StoredOrder]], finding: str
) -> None:
    audit = audit_orders(make_record(), doctor(make_orders()))
    assert not audit.ok
    assert any(finding in text for text in audit.findings)


def test_a_refused_order_that_was_applied_fails() -> None:
    record = make_record()
    record.refused.add("r-4")
    assert not audit_orders(record, [*make_orders(), StoredOrder(13, 1, "r-4", "new", "0")]).ok


def test_executed_quantities() -> None:
    assert audit_executed(make_orders(), [TRADE]).ok
    assert not audit_executed(make_orders(), []).ok
    assert not audit_executed(make_orders(), [TRADE._replace(quantity="2")]).ok
    assert not audit_executed(make_orders(), [TRADE, TRADE]).ok


def test_open_orders() -> None:
    resting = OpenOrder(12, "new", "0")
    assert audit_open_orders(make_orders(), [resting], ORDER_IDS).ok
    foreign = OpenOrder(99, "new", "0")
    assert audit_open_orders(make_orders(), [resting, foreign], ORDER_IDS).ok
    assert not audit_open_orders(make_orders(), [], ORDER_IDS).ok
    assert not audit_open_orders(make_orders(), [resting._replace(executed_quantity="1")], {12}).ok
    ghost = OpenOrder(10, "partially_filled", "3")
    assert not audit_open_orders(make_orders(), [resting, ghost], ORDER_IDS).ok


def make_book(sequence: int = 5, quantity: str = "3") -> BookState:
    return BookState(sequence, [("99.95", quantity)], [("100.05", "1"), ("100.10", "2")])


def test_books() -> None:
    assert audit_book("TATA_INR", make_book(), {"a": make_book(), "b": make_book()}).ok
    for other, finding in (
        (make_book(quantity="4"), "1 bids"),
        (make_book(sequence=6), "is at 6"),
        (None, "gives no book"),
        (BookState(5, [("99.95", "3")], [("100.10", "2"), ("100.05", "1")]), "order of levels"),
    ):
        audit = audit_book("TATA_INR", make_book(), {"a": make_book(), "b": other})
        assert not audit.ok
        assert finding in audit.findings[0] or "2 bids" in audit.findings[0]


def test_what_is_public_of_a_trade_is_what_streams_tell() -> None:
    text = (
        b'{"trade_id":"7","market":"TATA_INR","price":"100.00","quantity":"3",'
        b'"quote_quantity":"300.00","is_buyer_maker":false,"timestamp":"2024-01-01T00:00:00.000000Z"}'
    )
    assert told_trade(text) == (7, TRADE.public_row())


def test_only_the_first_findings_are_shown() -> None:
    trades = [TRADE._replace(trade_id=number) for number in range(100, 120)]
    audit = audit_trades([], trades, MARKETS, ORDER_IDS)
    assert len(audit.findings) == FINDINGS_MAX + 1
    assert audit.findings[-1] == "and 15 more"
