"""Replies and events as scenarios write them."""

from typing import Final

from proto.codes import (
    CAUSE_NAMES,
    MARKET,
    OK,
    REASON_NAMES,
    REPORT_FILL,
    REPORT_NAMES,
    STATUS_NAMES,
    TRANSFER_STATUS_NAMES,
)
from proto.commands import Command, RequestTransfer, SettleTransfer
from proto.events import ExecutionReport, OrderState
from proto.market_data import Level
from proto.replies import (
    CancelAllReply,
    Fill,
    ListReply,
    OrderReply,
    Rejected,
    ReplaceReply,
    Reply,
    TransferReply,
)

_WHY: Final = REASON_NAMES | CAUSE_NAMES


def outcome(command: Command, reply: Reply) -> str:
    """Write a reply: a reason, a status with its fills, or "ok"."""
    if isinstance(reply, Rejected):
        return REASON_NAMES[reply.reason]
    if isinstance(reply, OrderReply):
        return _with_fills(STATUS_NAMES[reply.order.status], reply.fills)
    if isinstance(reply, ReplaceReply):
        placed = _with_fills(STATUS_NAMES[reply.order.status], reply.fills)
        return f"{STATUS_NAMES[reply.cancelled.status]}, {placed}"
    if isinstance(reply, ListReply):
        statuses = ", ".join(STATUS_NAMES[order.status] for order in reply.orders)
        return _with_fills(statuses + " |" * bool(reply.fills), reply.fills)
    if isinstance(reply, CancelAllReply):
        more = "" if reply.is_complete else ", and more are left"
        return f"cancelled {reply.cancelled_orders}{more}"
    if isinstance(reply, TransferReply) and isinstance(command, RequestTransfer | SettleTransfer):
        return TRANSFER_STATUS_NAMES[reply.status]
    return "ok"


def report_text(report: ExecutionReport) -> str:
    """Write what an owner is told: "a fill 4@100", "b cancelled SELF_TRADE"."""
    words = [report.order.client_order_id, REPORT_NAMES[report.report]]
    if report.report == REPORT_FILL:
        words.append(f"{report.fill_quantity_lots}@{report.fill_price_ticks}")
    if report.reason != OK:
        words.append(_WHY[report.reason])
    return " ".join(filter(None, words))


def order_text(order: OrderState) -> str:
    """Write how an order is: "waiting 0 of 10 market trigger 95"."""
    price = "market" if order.order_type == MARKET else f"@ {order.price_ticks}"
    words = [STATUS_NAMES[order.status], f"{order.executed_lots} of {order.quantity_lots}", price]
    if order.special is not None and order.special.trigger:
        words.append(f"trigger {order.special.trigger_price_ticks}")
    return " ".join(words)


def levels_text(levels: list[Level]) -> str:
    return " ".join(f"{level.quantity_lots}@{level.price_ticks}" for level in levels) or "-"


def _with_fills(text: str, fills: list[Fill]) -> str:
    return " ".join([text, *(f"{fill.quantity_lots}@{fill.price_ticks}" for fill in fills)])
