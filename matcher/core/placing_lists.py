"""Placing orders that depend on each other, all or none."""

from matcher.core.account import Account
from matcher.core.arrival import arrive
from matcher.core.events import Events
from matcher.core.list_rules import check_list, is_list_well_formed
from matcher.core.market import Market
from matcher.core.open_orders import begin, note_waiting
from matcher.core.order import Order
from matcher.core.order_list import OrderList
from matcher.core.order_place import resting_price_ticks
from matcher.core.pending import place_list
from matcher.core.placing import new_order, remember
from matcher.core.replies import Answer, list_reply
from matcher.core.reports import first_trigger_price_ticks, report, state_of
from matcher.core.special import NO_TERMS, Special
from matcher.core.state import State
from proto.codes import (
    DEADLINE_PASSED,
    DUPLICATE_CLIENT_ORDER_ID,
    INVALID_ORDER,
    OCO,
    OK,
    PENDING,
    REPORT_ACCEPTED,
    UNKNOWN_MARKET,
    WAITING,
)
from proto.commands import PlaceList
from proto.ids import UserId
from proto.replies import Rejected


def place_orders(command: PlaceList, state: State, events: Events) -> Answer:
    """Place a list, or say which rule it breaks first.

    Complexity: as placing its orders.
    """
    request_id, first = command.request_id, command.orders[0]
    if 0 < first.deadline_ns < state.timestamp_ns:
        return Rejected(request_id, DEADLINE_PASSED)
    market = state.markets.get(first.market_id)
    if market is None:
        return Rejected(request_id, UNKNOWN_MARKET)
    known = _known(command, state)
    if known is not None:
        return known
    accounts = state.ledger.accounts
    account = accounts.get(first.user_id) or Account(UserId(first.user_id))
    reason = INVALID_ORDER
    if is_list_well_formed(command):
        reason = check_list(command, market, account, state.timestamp_ns)
    if reason != OK:
        return Rejected(request_id, reason)
    # Nothing below this line may fail.
    accounts.setdefault(first.user_id, account)
    orders = _accept(command, state, market, account, events)
    if command.list_type == OCO:
        fills = place_list(state, market, orders, events, tells=False)
    else:
        fills = arrive(state, market, orders[0], orders[0].state(), events)[1]
    states = [state_of(market, order) for order in orders]
    for order, asked, outcome in zip(orders, command.orders, states, strict=True):
        if first.client_order_id or order.client_order_id:
            remember(order, asked, outcome)
            if order.executed_lots:
                order.first_fills = fills
    return list_reply(request_id, states, fills)


def _known(command: PlaceList, state: State) -> Answer | None:
    """Answer a list of which an order's name was used; None where none was."""
    names = [order.client_order_id for order in command.orders if order.client_order_id]
    if len(set(names)) < len(names):
        return Rejected(command.request_id, DUPLICATE_CLIENT_ORDER_ID)
    found = [
        state.find_order(order.user_id, 0, order.client_order_id) if order.client_order_id else None
        for order in command.orders
    ]
    if not any(found):
        return None
    first = found[0]
    special = None if first is None else first.special
    order_list = None if special is None else special.order_list
    if (
        first is None
        or order_list is None
        or order_list.list_type != command.list_type
        or order_list.orders[0] is not first
        or len(order_list.orders) != len(command.orders)
        or not all(
            member.repeats(asked)
            for member, asked in zip(order_list.orders, command.orders, strict=True)
        )
    ):
        return Rejected(command.request_id, DUPLICATE_CLIENT_ORDER_ID)
    members = order_list.orders
    fills = [fill for member in members for fill in member.first_fills or ()]
    return list_reply(command.request_id, [member.first_state() for member in members], fills)


def _accept(
    command: PlaceList, state: State, market: Market, account: Account, events: Events
) -> list[Order]:
    """Accept the orders of a list that passed its checks; they are in hand, or pending."""
    rates = market.fees.rates(account.tier)
    is_oco = command.list_type == OCO
    orders = [new_order(state, market, asked, account, rates) for asked in command.orders]
    order_list = OrderList(command.list_type, orders[0].order_id)
    for order in orders:
        special = order.special
        if special is None:
            special = order.special = Special(NO_TERMS, 0)
        special.order_list = order_list
        order_list.join(order)
        begin(state, market, order)
        state.orders.accept(order)
        if is_oco and special.trigger:
            order.status = WAITING
        elif not is_oco and order is not orders[0]:
            order.status = PENDING
            note_waiting(market, order)
        elif special.slide:
            order.price_ticks = resting_price_ticks(order.side, order.price_ticks, True, market)
        report(state, REPORT_ACCEPTED, OK, order, _accepted_state(market, order), events)
    return orders


def _accepted_state(market: Market, order: Order) -> bytes:
    """Return an accepted order, packed: a trailing stop with its first trigger price."""
    if order.status != WAITING:
        return order.state()
    return order.state(first_trigger_price_ticks(market, order))
