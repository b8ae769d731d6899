"""What the reader of `orders@<user_id>` gets: reports and balance changes as JSON text.

An order is what REST shows.
"""

from typing import Final

from msgspec import Struct

from proto.api.answers import Order
from proto.api.streams.private import OrderFillData
from proto.api.times import moment_text
from proto.api.translate.order_answers import order
from proto.codes import (
    BALANCE_REASON_NAMES,
    CAUSE_NAMES,
    OK,
    REASON_NAMES,
    REPORT_FILL,
    REPORT_NAMES,
)
from proto.decimals import format_units
from proto.definitions import AssetDefinition
from proto.events import BalanceChange, ExecutionReport
from proto.scales import MarketScale

# Why an order was rejected, ended or was reduced.
_REASONS: Final = {**REASON_NAMES, **CAUSE_NAMES}


class ReportData(Struct, frozen=True, gc=False):
    """Something happened to an order: accepted, fill, cancelled and so on."""

    type: str
    event: str
    reason: str | None
    fill: OrderFillData | None
    order: Order


class BalanceData(Struct, frozen=True, gc=False):
    """A balance changed, or what a withdrawal holds of it; `change` includes the `fee`."""

    type: str
    user_id: str
    asset: str
    reason: str
    change: str
    fee: str
    total: str
    held: str
    trade_id: str | None
    reference: str | None
    timestamp: str


class ResetData(Struct, frozen=True, gc=False):
    """Something may have been missed; from here on nothing is."""

    type: str
    user_id: str


def report_data(report: ExecutionReport, scale: MarketScale) -> ReportData:
    """Write a report about an order of a market."""
    fill = None
    if report.report == REPORT_FILL:
        fill = OrderFillData(
            scale.price(report.fill_price_ticks),
            scale.quantity(report.fill_quantity_lots),
            str(report.trade_id),
            scale.quote_amount(report.fill_fee_amount),
            report.is_maker,
        )
    return ReportData(
        "report",
        REPORT_NAMES[report.report],
        None if report.reason == OK else _REASONS[report.reason],
        fill,
        order(report.order, scale),
    )


def balance_data(change: BalanceChange, asset: AssetDefinition) -> BalanceData:
    """Write a change of a balance in an asset."""
    decimals = asset.decimals
    return BalanceData(
        "balance",
        str(change.user_id),
        asset.name,
        BALANCE_REASON_NAMES[change.reason],
        format_units(change.change_amount, decimals),
        format_units(change.fee_amount, decimals),
        format_units(change.total_amount, decimals),
        format_units(change.held_amount, decimals),
        str(change.trade_id) if change.trade_id else None,
        change.reference or None,
        moment_text(change.timestamp_ns),
    )


def reset_data(user_id: int) -> ResetData:
    """Write that something may have been missed."""
    return ResetData("reset", str(user_id))
