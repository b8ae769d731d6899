"""Messages in the words of whoever reads a trace."""

from typing import Final

from proto import codes
from proto.commands import (
    AmendOrder,
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    Deposit,
    PlaceOrder,
    SetMarketState,
    Withdraw,
)
from proto.events import OrderState
from proto.mesh.repetition import Message
from proto.replies import OrderReply, Rejected, Reply, TransferReply
from tests.simulation.opening import ASSETS, MARKETS

_ASSETS: Final = {asset.asset_id: asset.name for asset in ASSETS}
_MARKETS: Final = {market.market_id: market.name for market in MARKETS}


def message_text(message: Message) -> str:
    """Say what somebody wants."""
    if isinstance(message, PlaceOrder):
        price = f"at {message.price_ticks}" if message.order_type == codes.LIMIT else "at market"
        return (
            f"{codes.SIDE_NAMES[message.side]} {message.quantity_lots} {price} "
            f"{_MARKETS[message.market_id]} {codes.TIME_IN_FORCE_NAMES[message.time_in_force]}"
            f"{' post-only' if message.post_only else ''}{_terms_text(message)} "
            f"{_name(message.client_order_id)}"
        )
    if isinstance(message, CancelOrder):
        return f"cancel {message.order_id or _name(message.client_order_id)}"
    if isinstance(message, AmendOrder):
        which = message.order_id or _name(message.client_order_id)
        return f"amend {which}: {message.quantity_lots or 'as many'} at {message.price_ticks}"
    if isinstance(message, CancelAll):
        return f"cancel all of user {message.user_id}"
    if isinstance(message, CancelAllAfter):
        return f"cancel all of user {message.user_id} after {message.timeout_ms} ms"
    if isinstance(message, SetMarketState):
        state = codes.MARKET_STATE_NAMES[message.state]
        return f"{_MARKETS[message.market_id]} {state} for {message.duration_ms} ms"
    if isinstance(message, Deposit | Withdraw):
        verb = "deposit" if isinstance(message, Deposit) else "withdraw"
        return f"{verb} {message.amount} {_ASSETS[message.asset_id]} {_name(message.reference)}"
    return type(message).__name__


def _terms_text(order: PlaceOrder) -> str:
    terms = order.terms
    if terms is None:
        return ""
    trigger = codes.TRIGGER_NAMES[terms.trigger] if terms.trigger else ""
    return f" {trigger}{terms.trigger_price_ticks or ''} until {terms.expires_ns}"


def reply_text(reply: Reply) -> str:
    """Say what somebody was told."""
    if isinstance(reply, Rejected):
        return codes.REASON_NAMES[reply.reason]
    if isinstance(reply, OrderReply):
        return order_text(reply.order)
    return "done" if isinstance(reply, TransferReply) else type(reply).__name__


def order_text(order: OrderState) -> str:
    """Say how an order is."""
    return (
        f"order {order.order_id} {codes.STATUS_NAMES[order.status]}, "
        f"{order.executed_lots} of {order.quantity_lots} executed"
    )


def _name(text: str) -> str:
    # Names may be filled up to their full length.
    return repr(text.rstrip(".")) if text else "unnamed"
