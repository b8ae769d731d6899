"""Pending orders of an OTO enter the market when its first order is filled.

Theory of operation
-------------------
They are checked like new orders, the two of a pair as in a list (`list_rules.py`), and refused
together or placed together. A pending order has its rates only from now on.
"""

from matcher.core.arrival import arrive
from matcher.core.events import Events
from matcher.core.fills import Fill
from matcher.core.list_rules import check_entering, command_of
from matcher.core.market import Market
from matcher.core.open_orders import refuse, wait
from matcher.core.order import Order
from matcher.core.order_place import resting_price_ticks
from matcher.core.reports import report, state_of
from matcher.core.state import State
from proto.codes import NEW, OK, REPORT_TRIGGERED, WAITING


def activate(state: State, market: Market, order: Order, events: Events) -> None:
    """Let a pending order enter the market, and with it the other of its pair.

    Args:
        state: All state.
        market: Its market.
        order: Pending; the first of its pair, if it has one.
        events: Takes what happens.
    """
    assert order.special is not None
    assert order.special.order_list is not None
    order_list = order.special.order_list
    orders = order_list.others()
    market_id = market.instrument.market_id
    for entering in orders:
        del entering.account.waiting[market_id][entering.order_id]
        entering.fees = market.fees.rates(entering.account.tier)
    commands = [command_of(entering) for entering in orders]
    reason = check_entering(commands, market, order.account, state.timestamp_ns)
    if reason != OK:
        order_list.is_paired = False
        for entering in orders:
            refuse(state, market, entering, reason, events)
        return
    place_list(state, market, orders, events, tells=True)


def place_list(
    state: State, market: Market, orders: list[Order], events: Events, *, tells: bool
) -> list[Fill]:
    """Let accepted orders enter that may be a pair: one without trigger arrives, the others wait.

    Args:
        state: All state.
        market: Their market.
        orders: In hand.
        events: Takes what happens.
        tells: Whether each is told that it enters.

    Returns:
        Fills of the one that arrived.
    """
    fills: list[Fill] = []
    for order in orders:
        special = order.special
        assert special is not None
        if not special.trigger:
            order.status = NEW
            if special.slide:
                order.price_ticks = resting_price_ticks(order.side, order.price_ticks, True, market)
            if tells:
                order.priority = state.next_order_id()
            order_state = _tell(state, market, order, events) if tells else order.state()
            fills = arrive(state, market, order, order_state, events)[1]
    for order in orders:
        special = order.special
        assert special is not None
        if special.trigger and order.is_open():
            order.status = WAITING
            wait(state, market, order)
            if tells:
                _tell(state, market, order, events)
    return fills


def _tell(state: State, market: Market, order: Order, events: Events) -> bytes:
    order.updated_ns = state.timestamp_ns
    order_state = state_of(market, order)
    report(state, REPORT_TRIGGERED, OK, order, order_state, events)
    return order_state
