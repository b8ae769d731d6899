"""Rows of orders that are not plain, and of what ended or changed them."""

import pytest

from persist.catalog import Catalog
from persist.columns import ORDER_COLUMNS, ORDER_EVENT_COLUMNS
from persist.rows import HistoryRows
from proto.codes import (
    CANCEL_BOTH,
    CANCELLED,
    DECREMENT,
    EXPIRED,
    INSUFFICIENT_BALANCE,
    LIMIT,
    MARKET,
    NEW,
    NO_TRIGGER,
    OCO,
    OK,
    PARTNER_DONE,
    PENDING,
    REJECTED,
    REPORT_ACCEPTED,
    REPORT_AMENDED,
    REPORT_CANCELLED,
    REPORT_EXPIRED,
    REPORT_REDUCED,
    REPORT_REJECTED,
    SELF_TRADE,
    STOP_LOSS,
    TAKE_PROFIT,
    TIME_IS_UP,
    TRAILING_STOP,
    WAITING,
)
from proto.events import ExecutionReport, SpecialState
from tests.unit.persist.examples import (
    NOON,
    NOON_NS,
    batch,
    history_lines,
    order,
    order_lines,
    report,
    special,
)

NULL = r"\N"


def rows_of(*reports: ExecutionReport) -> HistoryRows:
    rows = HistoryRows(Catalog())
    events = batch()
    events.reports.extend(reports)
    rows.add(events)
    return rows


def order_row(*reports: ExecutionReport) -> dict[str, str]:
    """Return the one order's row by column."""
    (line,) = order_lines(rows_of(*reports))
    return dict(zip(ORDER_COLUMNS, line.split("\t"), strict=True))


def event_rows(*reports: ExecutionReport) -> list[dict[str, str]]:
    lines = history_lines(rows_of(*reports), "order_events")
    return [dict(zip(ORDER_EVENT_COLUMNS, line.split("\t"), strict=True)) for line in lines]


@pytest.mark.parametrize(
    ("order_type", "trigger", "word"),
    [
        (LIMIT, NO_TRIGGER, "limit"),
        (MARKET, NO_TRIGGER, "market"),
        (LIMIT, STOP_LOSS, "stop_loss_limit"),
        (MARKET, STOP_LOSS, "stop_loss"),
        (LIMIT, TAKE_PROFIT, "take_profit_limit"),
        (MARKET, TAKE_PROFIT, "take_profit"),
        (MARKET, TRAILING_STOP, "trailing_stop"),
        # Refused, and in the history all the same.
        (LIMIT, TRAILING_STOP, "trailing_stop_limit"),
    ],
)
def test_type_and_trigger_are_one_word(order_type: int, trigger: int, word: str) -> None:
    state = order(order_type=order_type, special=special(trigger=trigger, display_lots=1))
    assert order_row(report(REPORT_ACCEPTED, state))["type"] == word


@pytest.mark.parametrize(
    ("terms", "columns"),
    [
        (special(self_trade=CANCEL_BOTH), {"self_trade_prevention": "cancel_both"}),
        (special(expires_ns=NOON_NS), {"expires_at": NOON}),
        (special(display_lots=5), {"display_quantity": "0.00050"}),
        (special(quote_amount=1_500_000), {"quote_amount": "1.500000"}),
        (special(trigger=STOP_LOSS, trigger_price_ticks=1_999), {"trigger_price": "99.95"}),
        (special(trigger=TRAILING_STOP, trail_ticks=20), {"trail_amount": "1.00"}),
        (special(trigger=TRAILING_STOP, trail_bps=150), {"trail_bps": "150"}),
        (special(list_type=OCO, list_id=6), {"list_type": "oco", "list_id": "6"}),
    ],
)
def test_each_term_has_its_column_and_nothing_else(
    terms: SpecialState, columns: dict[str, str]
) -> None:
    order_type = MARKET if terms.trigger == TRAILING_STOP else LIMIT
    state = order(status=WAITING, order_type=order_type, special=terms)
    row = order_row(report(REPORT_ACCEPTED, state))
    names = ORDER_COLUMNS[ORDER_COLUMNS.index("trigger_price") :]
    assert {name: row[name] for name in names if row[name] != NULL} == columns
    assert row["status"] == "waiting"


def test_an_order_carries_the_reason_of_its_end() -> None:
    ended = order(CANCELLED)
    accepted = report(REPORT_ACCEPTED, order(PENDING))
    assert order_row(accepted)["reason"] == NULL
    assert order_row(accepted, report(REPORT_CANCELLED, ended))["reason"] == NULL
    assert order_row(report(REPORT_CANCELLED, ended, PARTNER_DONE))["reason"] == "PARTNER_DONE"
    assert order_row(report(REPORT_EXPIRED, order(EXPIRED), TIME_IS_UP))["reason"] == "TIME_IS_UP"
    rejected = report(REPORT_REJECTED, order(REJECTED), INSUFFICIENT_BALANCE)
    assert order_row(rejected)["reason"] == "INSUFFICIENT_BALANCE"


def test_what_only_reduced_an_order_is_in_its_events_alone() -> None:
    reduced = report(REPORT_REDUCED, order(NEW), SELF_TRADE)
    assert order_row(reduced)["reason"] == NULL
    assert event_rows(reduced)[0]["reason"] == "SELF_TRADE"


def test_events_of_a_command_are_counted_so_that_alike_ones_can_be_told_apart() -> None:
    taker = order(NEW, special=special(self_trade=DECREMENT))
    rows = event_rows(
        report(REPORT_ACCEPTED, taker, sequence=6),
        report(REPORT_ACCEPTED, taker),
        report(REPORT_REDUCED, taker, SELF_TRADE),
        report(REPORT_REDUCED, taker, SELF_TRADE),
        report(REPORT_AMENDED, taker, sequence=8),
    )
    assert [(row["sequence"], row["ordinal"]) for row in rows] == [
        ("6", "1"),
        ("7", "1"),
        ("7", "2"),
        ("7", "3"),
        ("8", "1"),
    ]


def test_an_event_shows_the_trigger_price_of_that_moment() -> None:
    terms = [special(trigger=TRAILING_STOP, trigger_price_ticks=price) for price in (0, 1_900)]
    rows = event_rows(*(report(REPORT_AMENDED, order(WAITING, special=term)) for term in terms))
    assert [row["trigger_price"] for row in rows] == [NULL, "95.00"]


def test_a_plain_order_pays_no_column() -> None:
    row = order_row(report(REPORT_ACCEPTED, order(), OK))
    assert {row[name] for name in ORDER_COLUMNS[ORDER_COLUMNS.index("reason") :]} == {NULL}
