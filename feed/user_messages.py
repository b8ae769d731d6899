"""What the reader of `orders@<user_id>` gets: reports and balance changes as JSON text.

An order has the fields that REST gives it, under the same names: those after `updated_at` are there
only for an order that has them.
"""

from typing import Final

from msgspec import UNSET, Struct, UnsetType

from feed.messages import iso_timestamp
from proto.codes import (
    ACCOUNT_DEFAULT,
    BALANCE_REASON_NAMES,
    CAUSE_NAMES,
    LIST_TYPE_NAMES,
    MARKET,
    NO_TRIGGER,
    OK,
    REASON_NAMES,
    REPORT_FILL,
    REPORT_NAMES,
    SELF_TRADE_NAMES,
    SIDE_NAMES,
    STATUS_NAMES,
    TIME_IN_FORCE_NAMES,
    TYPE_NAMES,
)
from proto.decimals import format_units
from proto.definitions import AssetDefinition
from proto.events import BalanceChange, ExecutionReport, OrderState, SpecialState
from proto.scales import MarketScale

# Why an order was rejected, ended or was reduced.
_REASONS: Final = {**REASON_NAMES, **CAUSE_NAMES}

_Text = str | UnsetType


class OrderData(Struct, frozen=True, gc=False):
    """An order after what the report tells."""

    order_id: str
    client_order_id: str | None
    user_id: str
    market: str
    side: str
    type: str
    time_in_force: str
    post_only: bool
    price: str | None
    quantity: str
    executed_quantity: str
    remaining_quantity: str
    executed_quote_quantity: str
    fee: str
    status: str
    created_at: str
    updated_at: str
    expires_at: _Text = UNSET
    display_quantity: _Text = UNSET
    quote_amount: _Text = UNSET
    trigger_price: _Text = UNSET
    trail_amount: _Text = UNSET
    trail_bps: int | UnsetType = UNSET
    self_trade_prevention: _Text = UNSET
    list_type: _Text = UNSET
    list_id: _Text = UNSET


class FillData(Struct, frozen=True, gc=False):
    """The fill of a report; the fee is the order's own, and a rebate where it is negative."""

    price: str
    quantity: str
    trade_id: str
    fee: str
    is_maker: bool


class ReportData(Struct, frozen=True, gc=False):
    """Something happened to an order: accepted, fill, cancelled and so on."""

    type: str
    event: str
    reason: str | None
    fill: FillData | None
    order: OrderData


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
        fill = FillData(
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
        order_data(report.order, scale),
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
        iso_timestamp(change.timestamp_ns),
    )


def reset_data(user_id: int) -> ResetData:
    """Write that something may have been missed."""
    return ResetData("reset", str(user_id))


def order_data(order: OrderState, scale: MarketScale) -> OrderData:
    """Write an order of a market."""
    special = order.special
    trigger = NO_TRIGGER if special is None else special.trigger
    quantity, executed = order.quantity_lots, order.executed_lots
    return OrderData(
        str(order.order_id),
        order.client_order_id or None,
        str(order.user_id),
        scale.market.name,
        SIDE_NAMES[order.side],
        TYPE_NAMES[order.order_type, trigger],
        TIME_IN_FORCE_NAMES[order.time_in_force],
        order.post_only,
        None if order.order_type == MARKET else scale.price(order.price_ticks),
        scale.quantity(quantity),
        scale.quantity(executed),
        scale.quantity(quantity - executed),
        scale.quote_amount(order.executed_quote_amount),
        scale.quote_amount(order.fee_amount),
        STATUS_NAMES[order.status],
        iso_timestamp(order.created_ns),
        iso_timestamp(order.updated_ns),
        *(() if special is None else _terms(special, scale)),
    )


def _terms(
    special: SpecialState, scale: MarketScale
) -> tuple[_Text, _Text, _Text, _Text, _Text, int | UnsetType, _Text, _Text, _Text]:
    def price(ticks: int) -> _Text:
        return scale.price(ticks) if ticks else UNSET

    mode = special.self_trade
    return (
        iso_timestamp(special.expires_ns) if special.expires_ns else UNSET,
        scale.quantity(special.display_lots) if special.display_lots else UNSET,
        scale.quote_amount(special.quote_amount) if special.quote_amount else UNSET,
        price(special.trigger_price_ticks),
        price(special.trail_ticks),
        special.trail_bps or UNSET,
        UNSET if mode == ACCOUNT_DEFAULT else SELF_TRADE_NAMES[mode],
        LIST_TYPE_NAMES[special.list_type] if special.list_type else UNSET,
        str(special.list_id) if special.list_id else UNSET,
    )
