"""Fired orders enter the market, first in, first out, and never more than some in one command.

Theory of operation
-------------------
What fires is only put into its market's queue (`enqueue`). Here the queues are served: an order
leaves its queue, trades, and what its trades fire goes to the end of a queue. So a cascade is a
loop and not a recursion, and `FIRED_PER_COMMAND_MAX` cuts it into commands: what is left is served
with the next one, which the matcher sends itself.

A pending order whose turn has come goes the same way: the first of an OTO was filled.
"""

from matcher.core.arrival import arrive
from matcher.core.events import Events
from matcher.core.market import Market
from matcher.core.open_orders import refuse, release, unpair
from matcher.core.order import Order
from matcher.core.order_funds import can_pay
from matcher.core.order_list import held_amount
from matcher.core.order_place import is_in_band
from matcher.core.pending import activate
from matcher.core.reports import report
from matcher.core.self_trade import mode_of
from matcher.core.state import State
from proto.codes import (
    BUY,
    CONTINUOUS,
    INSUFFICIENT_BALANCE,
    LIMIT,
    NEW,
    OK,
    PENDING,
    PRICE_OUT_OF_BAND,
    REPORT_TRIGGERED,
    TOO_MANY_OPEN_ORDERS,
)


def has_backlog(state: State) -> bool:
    """Say whether a fired order could enter its market now. Complexity: O(markets with any)."""
    return _next_market(state) is not None


def serve_fired(state: State, most: int, events: Events) -> int:
    """Let fired orders enter their markets.

    Args:
        state: All state.
        most: How many at most.
        events: Takes what happens.

    Returns:
        How many more might have entered.

    Complexity: O(1) plus what the orders do.
    """
    while most > 0:
        market = _next_market(state)
        if market is None:
            break
        _, order = market.fired.popitem(last=False)
        most -= 1
        if order.status == PENDING:
            activate(state, market, order, events)
        else:
            _fire(state, market, order, events)
    return most


def _next_market(state: State) -> Market | None:
    """Return the market with the lowest identifier whose queue may be served."""
    for market_id in sorted(state.fired_markets):
        market = state.markets[market_id]
        if not market.fired:
            state.fired_markets.remove(market_id)
        elif market.state == CONTINUOUS:
            return market
    return None


def _fire(state: State, market: Market, order: Order, events: Events) -> None:
    """Let an order that waited for its trigger act like a new one."""
    unpair(state, market, order, events)
    release(order, held_amount(order))
    del order.account.waiting[market.instrument.market_id][order.order_id]
    reason = _check(market, order)
    if reason != OK:
        refuse(state, market, order, reason, events)
        return
    order.status = NEW
    order.priority = state.next_order_id()
    order.updated_ns = state.timestamp_ns
    order_state = order.state()
    report(state, REPORT_TRIGGERED, OK, order, order_state, events)
    arrive(state, market, order, order_state, events)


def _check(market: Market, order: Order) -> int:
    account = order.account
    if order.order_type == LIMIT:
        if not is_in_band(market, order.price_ticks):
            return PRICE_OUT_OF_BAND
        resting = account.resting_count(market.instrument.market_id)
        if order.may_rest() and resting >= market.open_orders_max:
            return TOO_MANY_OPEN_ORDERS
        return OK
    if order.side != BUY:
        return OK
    available_amount = account.available(order.instrument.quote_asset_id)
    lots, mode = order.quantity_lots, mode_of(order)
    is_covered = can_pay(market, account, mode, lots, order.fees, available_amount)
    return OK if is_covered else INSUFFICIENT_BALANCE
