"""The rows of orders, trades and balances that the history must hold. Pure.

They are made from a replay's events (the rows of what operators change are in `expected_control`).
This does not use `persist`, which it is to judge: the two agree only if both follow the
migrations. Every value is text, as `stored` asks the database for it; a time is
whole microseconds since the epoch.
"""

from typing import Final

from matcher.tools.catalog import Catalog
from proto.codes import (
    BALANCE_REASON_NAMES,
    CAUSE_NAMES,
    LIMIT,
    LIST_TYPE_NAMES,
    MARKET,
    NO_TRIGGER,
    OK,
    REASON_NAMES,
    REPORT_FILL,
    REPORT_NAMES,
    REPORT_REDUCED,
    SELF_TRADE_NAMES,
    SELL,
    SIDE_NAMES,
    STATUS_NAMES,
    STOP_LOSS,
    TAKE_PROFIT,
    TIME_IN_FORCE_NAMES,
    TRAILING_STOP,
)
from proto.events import BalanceChange, ExecutionReport, SpecialState, Trade
from proto.scales import MarketScale
from scripts.reconciliation.layout import Layout, Row, amount_or_none, text, time_text, truth

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
        "trade_id fill_price fill_quantity fill_fee is_maker timestamp ordinal trigger_price "
        "executed_quote_quantity fee".split()
    ),
    ("sequence", "ordinal", "order_id", "event"),
)
BALANCE_CHANGES: Final = Layout(
    "balance_changes",
    tuple(
        "user_id asset sequence reason change fee total held trade_id reference timestamp "
        "ordinal".split()
    ),
    ("sequence", "ordinal", "user_id", "asset"),
)
ORDERS: Final = Layout(
    "orders",
    tuple(
        "order_id user_id market client_order_id side type time_in_force post_only price quantity "
        "executed_quantity executed_quote_quantity fee status created_at updated_at reason "
        "trigger_price trail_amount trail_bps display_quantity quote_amount expires_at "
        "self_trade_prevention list_type list_id".split()
    ),
    ("order_id",),
    ("reason",),
)

_WORDS_OF_TRIGGERS: Final = {
    STOP_LOSS: "stop_loss",
    TAKE_PROFIT: "take_profit",
    TRAILING_STOP: "trailing_stop",
}


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
        truth(trade.taker_side == SELL),
        str(trade.taker_order_id),
        str(trade.maker_order_id),
        str(trade.taker_user_id),
        str(trade.maker_user_id),
        scale.quote_amount(trade.taker_fee_amount),
        scale.quote_amount(trade.maker_fee_amount),
        str(trade.sequence),
        time_text(trade.timestamp_ns),
    )


def order_event_row(ordinal: int, report: ExecutionReport, catalog: Catalog) -> Row:
    """Make a row of `order_events`; `ordinal` is its place in its command, from 1."""
    order = report.order
    scale = catalog.scales[order.market_id]
    fill: Row = (None, None, None, None, None)
    if report.report == REPORT_FILL:
        fill = (
            str(report.trade_id),
            scale.price(report.fill_price_ticks),
            scale.quantity(report.fill_quantity_lots),
            scale.quote_amount(report.fill_fee_amount),
            truth(report.is_maker),
        )
    special = order.special
    trigger_ticks = 0 if special is None else special.trigger_price_ticks
    return (
        str(order.order_id),
        str(report.sequence),
        str(order.user_id),
        scale.market.name,
        REPORT_NAMES[report.report],
        _reason(report.reason),
        STATUS_NAMES[order.status],
        None if order.order_type == MARKET else scale.price(order.price_ticks),
        scale.quantity(order.quantity_lots),
        scale.quantity(order.executed_lots),
        *fill,
        time_text(order.updated_ns),
        str(ordinal),
        amount_or_none(trigger_ticks, scale.price),
        scale.quote_amount(order.executed_quote_amount),
        scale.quote_amount(order.fee_amount),
    )


def balance_change_row(ordinal: int, change: BalanceChange, catalog: Catalog) -> Row:
    """Make a row of `balance_changes`; `ordinal` is its place in its command, from 1."""
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
        text(change.reference),
        time_text(change.timestamp_ns),
        str(ordinal),
    )


def order_row(report: ExecutionReport, catalog: Catalog) -> Row:
    """Make a row of `orders`: the order as it is after the last report that told of it."""
    order, special = report.order, report.order.special
    scale = catalog.scales[order.market_id]
    return (
        str(order.order_id),
        str(order.user_id),
        scale.market.name,
        text(order.client_order_id),
        SIDE_NAMES[order.side],
        _type(order.order_type, NO_TRIGGER if special is None else special.trigger),
        TIME_IN_FORCE_NAMES[order.time_in_force],
        truth(order.post_only),
        None if order.order_type == MARKET else scale.price(order.price_ticks),
        scale.quantity(order.quantity_lots),
        scale.quantity(order.executed_lots),
        scale.quote_amount(order.executed_quote_amount),
        scale.quote_amount(order.fee_amount),
        STATUS_NAMES[order.status],
        time_text(order.created_ns),
        time_text(order.updated_ns),
        None if report.report == REPORT_REDUCED else _reason(report.reason),
        *((None,) * 9 if special is None else _terms(special, scale)),
    )


def _terms(special: SpecialState, scale: MarketScale) -> Row:
    return (
        amount_or_none(special.trigger_price_ticks, scale.price),
        amount_or_none(special.trail_ticks, scale.price),
        amount_or_none(special.trail_bps, str),
        amount_or_none(special.display_lots, scale.quantity),
        amount_or_none(special.quote_amount, scale.quote_amount),
        amount_or_none(special.expires_ns, time_text),
        amount_or_none(special.self_trade, SELF_TRADE_NAMES.__getitem__),
        amount_or_none(special.list_type, LIST_TYPE_NAMES.__getitem__),
        amount_or_none(special.list_id, str),
    )


def _type(order_type: int, trigger: int) -> str:
    """Name type and trigger: stop_loss for a market order, stop_loss_limit for a limit order."""
    if trigger == NO_TRIGGER:
        return "limit" if order_type == LIMIT else "market"
    return _WORDS_OF_TRIGGERS[trigger] + ("_limit" if order_type == LIMIT else "")


def _reason(reason: int) -> str | None:
    if reason == OK:
        return None
    return REASON_NAMES.get(reason) or CAUSE_NAMES[reason]
