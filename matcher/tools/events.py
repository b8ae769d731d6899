"""Replies and events, as fields with names, markets and decimal text (see `commands`)."""

from collections.abc import Iterator

from matcher.tools.catalog import Catalog
from matcher.tools.commands import (
    Fields,
    market_name,
    price_text,
    quantity_text,
    quote_text,
)
from proto.codes import (
    BALANCE_REASON_NAMES,
    BUY,
    REASON_NAMES,
    REPORT_FILL,
    REPORT_NAMES,
    REPORT_REJECTED,
    SIDE_NAMES,
    STATUS_NAMES,
)
from proto.events import BalanceChange, EventBatch, ExecutionReport, LevelChange, Trade
from proto.replies import OrderReply, Rejected, Reply


def describe_reply(reply: Reply, catalog: Catalog) -> Fields:
    """Describe what the sender of a command was told."""
    if isinstance(reply, Rejected):
        return {"outcome": "rejected", "reason": REASON_NAMES[reply.reason]}
    if isinstance(reply, OrderReply):
        order = reply.order
        scale = catalog.scales.get(order.market_id)
        return {
            "outcome": STATUS_NAMES[order.status],
            "order_id": str(order.order_id),
            "executed_quantity": quantity_text(scale, order.executed_lots),
            "fills": len(reply.fills),
        }
    return {"outcome": "done"}


def reply_text(fields: Fields) -> str:
    """Write a described reply in one line."""
    if fields["outcome"] == "rejected":
        return f"rejected: {fields['reason']}"
    if "order_id" in fields:
        some = "fill" if fields["fills"] == 1 else "fills"
        fills = f" in {fields['fills']} {some}" if fields["fills"] else ""
        executed = f", executed {fields['executed_quantity']}{fills}"
        return f"order {fields['order_id']} {fields['outcome']}{executed}"
    return "done"


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


def event_text(fields: Fields) -> str:
    """Write a described event in one line, without the kind."""
    event = fields["event"]
    if event == "trade":
        return (
            f"{fields['trade_id']} {fields['market']} {fields['quantity']} @ {fields['price']} = "
            f"{fields['quote_quantity']}, taker {fields['taker_side']} order "
            f"{fields['taker_order_id']} fee {fields['taker_fee']}, maker order "
            f"{fields['maker_order_id']} fee {fields['maker_fee']}"
        )
    if event == "balance":
        fee = "" if fields["trade_id"] is None else f" (fee {fields['fee']})"
        return (
            f"user {fields['user_id']} {fields['asset']} {fields['change']}{fee} "
            f"{fields['reason']}, total {fields['total']}, held {fields['held']}"
        )
    if event == "level":
        return (
            f"{fields['market']} {fields['side']} {fields['quantity']} @ {fields['price']}, "
            f"book sequence {fields['book_sequence']}"
        )
    fill = ""
    if fields["trade_id"] is not None:
        role = "maker" if fields["is_maker"] else "taker"
        fill = (
            f" {fields['fill_quantity']} @ {fields['fill_price']} as {role}, "
            f"fee {fields['fill_fee']}"
        )
    reason = "" if fields["reason"] is None else f": {fields['reason']}"
    return (
        f"order {fields['order_id']} of user {fields['user_id']} {fields['report']}{fill}{reason}, "
        f"executed {fields['executed_quantity']} of {fields['quantity']}"
    )


def _report(report: ExecutionReport, catalog: Catalog) -> Fields:
    order = report.order
    scale = catalog.scales.get(order.market_id)
    is_fill = report.report == REPORT_FILL
    return {
        "event": "report",
        "report": REPORT_NAMES[report.report],
        "reason": REASON_NAMES[report.reason] if report.report == REPORT_REJECTED else None,
        "order_id": str(order.order_id),
        "user_id": str(order.user_id),
        "market": market_name(order.market_id, catalog),
        "status": STATUS_NAMES[order.status],
        "quantity": quantity_text(scale, order.quantity_lots),
        "executed_quantity": quantity_text(scale, order.executed_lots),
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
