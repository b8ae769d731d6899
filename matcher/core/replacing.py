"""Replacing: one order is cancelled and another placed, both or neither."""

from matcher.core.events import Events
from matcher.core.market import Market
from matcher.core.open_orders import end
from matcher.core.order import Order
from matcher.core.order_form import check_form
from matcher.core.order_funds import check_funds
from matcher.core.order_list import held_amount
from matcher.core.order_place import check_place
from matcher.core.placing import enter, is_same, new_order
from matcher.core.replies import Answer, replace_reply
from matcher.core.reports import report
from matcher.core.state import State
from proto.codes import (
    CANCELLED,
    DEADLINE_PASSED,
    DUPLICATE_CLIENT_ORDER_ID,
    HALTED,
    INVALID_ORDER,
    MARKET_NOT_OPEN,
    NOT_AMENDABLE,
    OK,
    ORDER_NOT_OPEN,
    PARTIALLY_FILLED,
    PENDING,
    REJECTED,
    REPLACED,
    REPORT_REJECTED,
    UNKNOWN_MARKET,
    UNKNOWN_ORDER,
)
from proto.commands import PlaceOrder, ReplaceOrder
from proto.replies import Rejected


def replace(command: ReplaceOrder, state: State, events: Events) -> Answer:
    """Cancel an order and place another.

    Complexity: as cancelling and placing.
    """
    wanted = command.order
    request_id, timestamp_ns = wanted.request_id, state.timestamp_ns
    if 0 < wanted.deadline_ns < timestamp_ns:
        return Rejected(request_id, DEADLINE_PASSED)
    market = state.markets.get(wanted.market_id)
    if market is None:
        return Rejected(request_id, UNKNOWN_MARKET)
    old = state.find_order(wanted.user_id, command.order_id, command.client_order_id)
    if wanted.client_order_id:
        first = state.find_order(wanted.user_id, 0, wanted.client_order_id)
        if first is not None:
            return _repeat(wanted, first, old, market)
    reason = _check_old(wanted, old, market)
    if reason != OK:
        return Rejected(request_id, reason)
    assert old is not None
    account = old.account
    rates = market.fees.rates(account.tier)
    reason = check_form(wanted, market, account, timestamp_ns)
    if reason == OK:
        rests = old.status <= PARTIALLY_FILLED
        reason = check_place(wanted, market, account, -rests, -(not rests))
    if reason == OK:
        reason = check_funds(wanted, market, account, rates, held_amount(old))
    order = new_order(state, market, wanted, account, rates)
    if reason != OK:
        order.close(REJECTED, timestamp_ns)
        report(state, REPORT_REJECTED, reason, order, order.state(), events)
        return Rejected(request_id, reason)
    # Nothing below this line may fail.
    end(state, market, old, CANCELLED, REPLACED, events)
    order_state, fills = enter(state, market, order, wanted, events)
    return replace_reply(request_id, old.state(), order_state, fills)


def _check_old(wanted: PlaceOrder, old: Order | None, market: Market) -> int:
    """Check the order that is to be cancelled: UNKNOWN_ORDER to INVALID_ORDER."""
    if old is None or old.instrument is not market.instrument:
        return UNKNOWN_ORDER
    if not old.is_open():
        return ORDER_NOT_OPEN
    special = old.special
    order_list = None if special is None else special.order_list
    if old.status == PENDING or (order_list is not None and not order_list.is_done()):
        return NOT_AMENDABLE
    if market.state == HALTED:
        return MARKET_NOT_OPEN
    return OK if old.side == wanted.side else INVALID_ORDER


def _repeat(wanted: PlaceOrder, first: Order, old: Order | None, market: Market) -> Answer:
    """Answer a command whose new order was placed before.

    Where the old order is still open, it was not this command that placed the new one.
    """
    request_id = wanted.request_id
    if not is_same(first, wanted):
        return Rejected(request_id, DUPLICATE_CLIENT_ORDER_ID)
    if old is None or old.instrument is not market.instrument:
        return Rejected(request_id, UNKNOWN_ORDER)
    if old.is_open():
        return Rejected(request_id, DUPLICATE_CLIENT_ORDER_ID)
    fills = first.first_fills or []
    return replace_reply(request_id, old.state(), first.first_state(), fills)
