"""Events, as fields with names, markets and decimal text (see `commands`)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from matcher.tools.catalog import Catalog
from matcher.tools.control_events import CONTROL_EVENT_TEXTS, describe_control_events
from matcher.tools.fields import (
    Fields,
    market_name,
    price_or_none,
    price_text,
    quantity_text,
    quote_text,
)
from proto.codes import (
    BALANCE_REASON_NAMES,
    BUY,
    CAUSE_NAMES,
    OK,
    REASON_NAMES,
    REPORT_FILL,
    REPORT_NAMES,
    SIDE_NAMES,
    STATUS_NAMES,
)
from proto.events import BalanceChange, EventBatch, ExecutionReport, LevelChange, Trade

_REASONS: Final = {**REASON_NAMES, **CAUSE_NAMES}


def describe_events(events: EventBatch, catalog: Catalog) -> Iterator[Fields]:
    """Describe the events of one command, kind by kind; the first field is `event`."""
    for report in events.reports:
        yield _report(report, catalog)
    for trade in events.trades:
        yield _trade(trade, catalog)
    for balance in events.balance_changes:
        yield _balance(balance, catalog)
    for level in events.level_changes:
        yield _level(level, catalog)
    yield from describe_control_events(events, catalog)


def event_text(fields: Fields) -> str:
    """Write a described event in one line, without the kind."""
    return _TEXTS[str(fields["event"])](fields)


def _trade_text(fields: Fields) -> str:
    return (
        f"{fields['trade_id']} {fields['market']} {fields['quantity']} @ {fields['price']} = "
        f"{fields['quote_quantity']}, taker {fields['taker_side']} order "
        f"{fields['taker_order_id']} fee {fields['taker_fee']}, maker order "
        f"{fields['maker_order_id']} fee {fields['maker_fee']}"
    )


def _balance_text(fields: Fields) -> str:
    fee = "" if fields["trade_id"] is None else f" (fee {fields['fee']})"
    return (
        f"user {fields['user_id']} {fields['asset']} {fields['change']}{fee} "
        f"{fields['reason']}, total {fields['total']}, held {fields['held']}"
    )


def _level_text(fields: Fields) -> str:
    return (
        f"{fields['market']} {fields['side']} {fields['quantity']} @ {fields['price']}, "
        f"book sequence {fields['book_sequence']}"
    )


def _report_text(fields: Fields) -> str:
    fill = ""
    if fields["trade_id"] is not None:
        role = "maker" if fields["is_maker"] else "taker"
        fill = (
            f" {fields['fill_quantity']} @ {fields['fill_price']} as {role}, "
            f"fee {fields['fill_fee']}"
        )
    reason = "" if fields["reason"] is None else f": {fields['reason']}"
    trigger = "" if fields["trigger_price"] is None else f", trigger {fields['trigger_price']}"
    return (
        f"order {fields['order_id']} of user {fields['user_id']} {fields['report']}{fill}{reason}, "
        f"executed {fields['executed_quantity']} of {fields['quantity']}{trigger}"
    )


_TEXTS: Final[Mapping[str, Callable[[Fields], str]]] = {
    "report": _report_text,
    "trade": _trade_text,
    "balance": _balance_text,
    "level": _level_text,
    **CONTROL_EVENT_TEXTS,
}


def _report(report: ExecutionReport, catalog: Catalog) -> Fields:
    order = report.order
    scale = catalog.scales.get(order.market_id)
    is_fill = report.report == REPORT_FILL
    trigger_ticks = 0 if order.special is None else order.special.trigger_price_ticks
    return {
        "event": "report",
        "report": REPORT_NAMES[report.report],
        "reason": None if report.reason == OK else _REASONS[report.reason],
        "order_id": str(order.order_id),
        "user_id": str(order.user_id),
        "market": market_name(order.market_id, catalog),
        "status": STATUS_NAMES[order.status],
        "quantity": quantity_text(scale, order.quantity_lots),
        "executed_quantity": quantity_text(scale, order.executed_lots),
        "trigger_price": price_or_none(scale, trigger_ticks),
        "trade_id": str(report.trade_id) if is_fill else None,
        "fill_price": price_text(scale, report.fill_price_ticks) if is_fill else None,
        "fill_quantity": quantity_text(scale, report.fill_quantity_lots) if is_fill else None,
        "fill_fee": quote_text(scale, report.fill_fee_amount) if is_fill else None,
        "is_maker": report.is_maker if is_fill else None,
    }


def _trade(trade: Trade, catalog: Catalog) -> Fields:
    scale = catalog.scales.get(trade.market_id)
    return {
        "event": "trade",
        "trade_id": str(trade.trade_id),
        "market": market_name(trade.market_id, catalog),
        "number": trade.number,
        "price": price_text(scale, trade.price_ticks),
        "quantity": quantity_text(scale, trade.quantity_lots),
        "quote_quantity": quote_text(scale, trade.quote_amount),
        "taker_side": SIDE_NAMES[trade.taker_side],
        "taker_order_id": str(trade.taker_order_id),
        "maker_order_id": str(trade.maker_order_id),
        "taker_user_id": str(trade.taker_user_id),
        "maker_user_id": str(trade.maker_user_id),
        "taker_fee": quote_text(scale, trade.taker_fee_amount),
        "maker_fee": quote_text(scale, trade.maker_fee_amount),
    }


def _balance(change: BalanceChange, catalog: Catalog) -> Fields:
    return {
        "event": "balance",
        "user_id": str(change.user_id),
        "asset": catalog.asset_name(change.asset_id),
        "reason": BALANCE_REASON_NAMES[change.reason],
        "change": catalog.amount(change.asset_id, change.change_amount),
        "fee": catalog.amount(change.asset_id, change.fee_amount),
        "total": catalog.amount(change.asset_id, change.total_amount),
        "held": catalog.amount(change.asset_id, change.held_amount),
        "trade_id": str(change.trade_id) if change.trade_id else None,
        "reference": change.reference or None,
    }


def _level(change: LevelChange, catalog: Catalog) -> Fields:
    scale = catalog.scales.get(change.market_id)
    return {
        "event": "level",
        "market": market_name(change.market_id, catalog),
        "side": "bid" if change.side == BUY else "ask",
        "price": price_text(scale, change.price_ticks),
        "quantity": quantity_text(scale, change.quantity_lots),
        "book_sequence": change.book_sequence,
    }
