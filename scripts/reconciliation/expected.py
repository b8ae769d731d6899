"""The rows that the history must hold, made from a replay's events. Pure.

This does not use `persist`, which it is to judge: the two agree only if both follow
migrations/0001_tables.sql. Every value is text, as `stored` asks the database for it; a time is
whole microseconds since the epoch.
"""

from typing import Final, TypeAlias

from msgspec import Struct

from matcher.tools.catalog import Catalog
from proto.codes import (
    BALANCE_REASON_NAMES,
    MARKET,
    ORDER_TYPE_NAMES,
    REASON_NAMES,
    REPORT_FILL,
    REPORT_NAMES,
    REPORT_REJECTED,
    SELL,
    SIDE_NAMES,
    STATUS_NAMES,
    TIME_IN_FORCE_NAMES,
)
from proto.events import BalanceChange, ExecutionReport, OrderState, Trade

Row: TypeAlias = tuple[str | None, ...]


class Layout(Struct, frozen=True):
    """What a table looks like.

    Attributes:
        name: Its name.
        columns: All of its columns, in the order of our rows.
        key: The columns that name a row for people.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


TRADES: Final = Layout(
    "trades",
    tuple(
        "trade_id market number price quantity quote_quantity taker_side is_buyer_maker "
        "taker_order_id maker_order_id taker_user_id maker_user_id taker_fee maker_fee sequence "
        "timestamp".split()
    ),
    ("trade_id",),
)
ORDER_EVENTS: Final = Layout(
    "order_events",
    tuple(
        "order_id sequence user_id market event reason status price quantity executed_quantity "
        "trade_id fill_price fill_quantity fill_fee is_maker timestamp".split()
    ),
    ("sequence", "order_id", "event", "trade_id"),
)
BALANCE_CHANGES: Final = Layout(
    "balance_changes",
    tuple(
        "user_id asset sequence reason change fee total held trade_id reference timestamp".split()
    ),
    ("sequence", "user_id", "asset", "reason", "trade_id", "fee"),
)
ORDERS: Final = Layout(
    "orders",
    tuple(
        "order_id user_id market client_order_id side type time_in_force post_only price quantity "
        "executed_quantity executed_quote_quantity fee status created_at updated_at".split()
    ),
    ("order_id",),
)
HISTORIES: Final = (TRADES, ORDER_EVENTS, BALANCE_CHANGES)
# No text of PostgreSQL can hold U+0000: its picture stands for it.
_NUL: Final = "\0"
_NUL_PICTURE: Final = "\N{SYMBOL FOR NULL}"


def trade_row(trade: Trade, catalog: Catalog) -> Row:
    """Make a row of `trades`."""
    scale = catalog.scales[trade.market_id]
    return (
        str(trade.trade_id),
        scale.market.name,
        str(trade.number),
        scale.price(trade.price_ticks),
        scale.quantity(trade.quantity_lots),
        scale.quote_amount(trade.quote_amount),
        SIDE_NAMES[trade.taker_side],
        # The maker buys where the taker sells.
        _truth(trade.taker_side == SELL),
        str(trade.taker_order_id),
        str(trade.maker_order_id),
        str(trade.taker_user_id),
        str(trade.maker_user_id),
        scale.quote_amount(trade.taker_fee_amount),
        scale.quote_amount(trade.maker_fee_amount),
        str(trade.sequence),
        _time(trade.timestamp_ns),
    )


def order_event_row(report: ExecutionReport, catalog: Catalog) -> Row:
    """Make a row of `order_events`."""
    order = report.order
    scale = catalog.scales[order.market_id]
    fill: Row = (None, None, None, None, None)
    if report.report == REPORT_FILL:
        fill = (
            str(report.trade_id),
            scale.price(report.fill_price_ticks),
            scale.quantity(report.fill_quantity_lots),
            scale.quote_amount(report.fill_fee_amount),
            _truth(report.is_maker),
        )
    return (
        str(order.order_id),
        str(report.sequence),
        str(order.user_id),
        scale.market.name,
        REPORT_NAMES[report.report],
        REASON_NAMES[report.reason] if report.report == REPORT_REJECTED else None,
        STATUS_NAMES[order.status],
        None if order.order_type == MARKET else scale.price(order.price_ticks),
        scale.quantity(order.quantity_lots),
        scale.quantity(order.executed_lots),
        *fill,
        _time(order.updated_ns),
    )


def balance_change_row(change: BalanceChange, catalog: Catalog) -> Row:
    """Make a row of `balance_changes`."""
    asset_id = change.asset_id
    return (
        str(change.user_id),
        catalog.asset_name(asset_id),
        str(change.sequence),
        BALANCE_REASON_NAMES[change.reason],
        catalog.amount(asset_id, change.change_amount),
        catalog.amount(asset_id, change.fee_amount),
        catalog.amount(asset_id, change.total_amount),
        catalog.amount(asset_id, change.held_amount),
        str(change.trade_id) if change.trade_id else None,
        _text(change.reference),
        _time(change.timestamp_ns),
    )


def order_row(order: OrderState, catalog: Catalog) -> Row:
    """Make a row of `orders`: the order as it is after the event that told of it."""
    scale = catalog.scales[order.market_id]
    return (
        str(order.order_id),
        str(order.user_id),
        scale.market.name,
        _text(order.client_order_id),
        SIDE_NAMES[order.side],
        ORDER_TYPE_NAMES[order.order_type],
        TIME_IN_FORCE_NAMES[order.time_in_force],
        _truth(order.post_only),
        None if order.order_type == MARKET else scale.price(order.price_ticks),
        scale.quantity(order.quantity_lots),
        scale.quantity(order.executed_lots),
        scale.quote_amount(order.executed_quote_amount),
        scale.quote_amount(order.fee_amount),
        STATUS_NAMES[order.status],
        _time(order.created_ns),
        _time(order.updated_ns),
    )


def _text(text: str) -> str | None:
    return text.replace(_NUL, _NUL_PICTURE) or None


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _time(timestamp_ns: int) -> str:
    return str(timestamp_ns // 1_000)
