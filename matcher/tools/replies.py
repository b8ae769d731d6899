"""Replies to commands, as fields and as text (see `commands`)."""

from matcher.tools.catalog import Catalog
from matcher.tools.fields import Fields, quantity_text
from proto.codes import REASON_NAMES, STATUS_NAMES, TRANSFER_STATUS_NAMES
from proto.events import OrderState
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


def describe_reply(reply: Reply, catalog: Catalog) -> Fields:
    """Describe what the sender of a command was told."""
    if isinstance(reply, Rejected):
        return {"outcome": "rejected", "reason": REASON_NAMES[reply.reason]}
    if isinstance(reply, OrderReply):
        return _order(reply.order, reply.fills, catalog)
    if isinstance(reply, ReplaceReply):
        replaced: Fields = {"replaced_order_id": str(reply.cancelled.order_id)}
        return _order(reply.order, reply.fills, catalog) | replaced
    if isinstance(reply, ListReply):
        first, *others = reply.orders
        return {
            "outcome": "placed",
            "orders": [
                _order(first, reply.fills, catalog),
                *(_order(order, [], catalog) for order in others),
            ],
        }
    if isinstance(reply, CancelAllReply):
        return {
            "outcome": "cancelled",
            "cancelled_orders": reply.cancelled_orders,
            "is_complete": reply.is_complete,
        }
    if isinstance(reply, TransferReply):
        return {"outcome": TRANSFER_STATUS_NAMES[reply.status]}
    return {"outcome": "done"}


def reply_text(fields: Fields) -> str:
    """Write a described reply in one line."""
    if fields["outcome"] == "rejected" and "reason" in fields:
        return f"rejected: {fields['reason']}"
    orders = fields.get("orders")
    if isinstance(orders, list):
        return "; ".join(_order_text(order) for order in orders)
    if "order_id" in fields:
        return _order_text(fields)
    if "cancelled_orders" in fields:
        rest = "" if fields["is_complete"] else ", and there are more"
        return f"cancelled {fields['cancelled_orders']} orders{rest}"
    return str(fields["outcome"])


def _order(order: OrderState, fills: list[Fill], catalog: Catalog) -> Fields:
    scale = catalog.scales.get(order.market_id)
    return {
        "outcome": STATUS_NAMES[order.status],
        "order_id": str(order.order_id),
        "executed_quantity": quantity_text(scale, order.executed_lots),
        "fills": len(fills),
    }


def _order_text(fields: Fields) -> str:
    some = "fill" if fields["fills"] == 1 else "fills"
    fills = f" in {fields['fills']} {some}" if fields["fills"] else ""
    replaced = fields.get("replaced_order_id")
    place = "" if replaced is None else f" in place of {replaced}"
    return (
        f"order {fields['order_id']}{place} {fields['outcome']}, "
        f"executed {fields['executed_quantity']}{fills}"
    )
