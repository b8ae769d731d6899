"""Execution reports, and an order's state as it is told."""

from typing import Final

from matcher.core.events import Events
from matcher.core.market import Market
from matcher.core.order import Order
from matcher.core.state import State
from proto.codes import TRAILING_STOP, WAITING
from proto.ids import TradeId

# The trade of a report that is not of a fill.
NO_TRADE: Final = TradeId(0)


def state_of(market: Market, order: Order) -> bytes:
    """Return a packed order as it is now, with the present trigger price of a trailing stop."""
    special = order.special
    if special is None or special.trigger != TRAILING_STOP or order.status != WAITING:
        return order.state()
    if order.order_id in market.fired:
        return order.state()
    return order.state(market.triggers.trigger_price_ticks(order))


def first_trigger_price_ticks(market: Market, order: Order) -> int:
    """Return the price at which an order fires, or would if it began to wait now."""
    last_ticks = market.statistics.last_price_ticks
    return market.triggers.first_trigger_price_ticks(order, last_ticks)


def report(
    state: State, kind: int, reason: int, order: Order, order_state: bytes, events: Events
) -> None:
    """Tell an owner what became of an order.

    Args:
        state: All state.
        kind: REPORT_ACCEPTED to REPORT_REDUCED, not REPORT_FILL.
        reason: Why, or OK.
        order: The order.
        order_state: It, packed, after the event.
        events: Takes the report.
    """
    events.report(state.sequence, order.account.user_id, kind, reason, order_state)
