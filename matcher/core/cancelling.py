"""Cancelling: one order, all of a user's, all of a market's, and all of who is not heard of."""

from collections.abc import Iterable
from operator import attrgetter

from msgspec.structs import astuple

from matcher.core.account import Account
from matcher.core.events import Events
from matcher.core.fills import NO_FILLS
from matcher.core.open_orders import end, end_plain
from matcher.core.order import Order
from matcher.core.replies import order_reply, rejected
from matcher.core.state import State
from matcher.core.timers import SWITCH
from proto.codes import (
    CANCELLED,
    CANCELLED_ALL,
    DEADLINE_PASSED,
    HALTED,
    INVALID_ORDER,
    MARKET_NOT_OPEN,
    NOT_RENEWED,
    OK,
    ORDER_NOT_OPEN,
    UNKNOWN_MARKET,
    UNKNOWN_ORDER,
)
from proto.commands import CancelAll, CancelAllAfter, CancelOrder
from proto.intervals import MILLISECOND_NS
from proto.limits import CANCELLED_PER_COMMAND_MAX, INTEGER_MAX
from proto.replies import AccountReply, CancelAllReply, Rejected, Reply


def cancel(command: CancelOrder, state: State, events: Events) -> bytes:
    """Cancel one order.

    Returns:
        The packed reply.

    Complexity: O(1); O(log levels) where it is the last in its level.
    """
    # All fields at once, as in `place`.
    fields = astuple(command)
    request_id: int = fields[0]
    deadline_ns: int = fields[1]
    if 0 < deadline_ns < state.timestamp_ns:
        return rejected(request_id, DEADLINE_PASSED)
    market = state.markets.get(fields[2])
    if market is None:
        return rejected(request_id, UNKNOWN_MARKET)
    order = state.find_order(fields[3], fields[4], fields[5])
    if order is None or order.instrument is not market.instrument:
        return rejected(request_id, UNKNOWN_ORDER)
    if not order.is_open():
        # Cancelled is what its owner wanted; being told twice does no harm.
        if order.status == CANCELLED:
            return order_reply(request_id, order.state(), NO_FILLS)
        return rejected(request_id, ORDER_NOT_OPEN)
    if market.state == HALTED:
        return rejected(request_id, MARKET_NOT_OPEN)
    # Nothing below this line may fail.
    if order.special is None:
        order_state = end_plain(state, market, order, CANCELLED, OK, events)
        return order_reply(request_id, order_state, NO_FILLS)
    end(state, market, order, CANCELLED, OK, events)
    return order_reply(request_id, order.state(), NO_FILLS)


def cancel_all(command: CancelAll, state: State, events: Events) -> Reply:
    """Cancel all orders of a user, or of a market.

    Complexity: O(orders log orders) of the user or of the market.
    """
    request_id, market_id = command.request_id, command.market_id
    if 0 < command.deadline_ns < state.timestamp_ns:
        return Rejected(request_id, DEADLINE_PASSED)
    if not command.user_id and not market_id:
        return Rejected(request_id, INVALID_ORDER)
    if market_id and market_id not in state.markets:
        return Rejected(request_id, UNKNOWN_MARKET)
    if not command.user_id:
        return _cancel_market(command, state, events)
    if market_id and state.markets[market_id].state == HALTED:
        return Rejected(request_id, MARKET_NOT_OPEN)
    account = state.ledger.find(command.user_id)
    orders = _cancellable(state, account, market_id, command.side)
    cancelled = _end_all(orders, CANCELLED_ALL, INTEGER_MAX, state, events)
    return CancelAllReply(request_id, cancelled, True)


def cancel_all_after(command: CancelAllAfter, state: State, events: Events) -> Reply:
    """Set a user's dead man's switch, or turn it off. Complexity: O(log timers)."""
    del events
    if 0 < command.deadline_ns < state.timestamp_ns:
        return Rejected(command.request_id, DEADLINE_PASSED)
    account = state.ledger.find(command.user_id)
    if command.timeout_ms:
        state.ledger.store(account)
        account.cancel_at_ns = state.timestamp_ns + command.timeout_ms * MILLISECOND_NS
        state.timers.set(SWITCH, account.user_id, account.cancel_at_ns)
    elif account.cancel_at_ns:
        account.cancel_at_ns = 0
        state.timers.clear(SWITCH, account.user_id)
    return AccountReply(command.request_id, account.state())


def trip_switch(user_id: int, state: State, events: Events) -> None:
    """Cancel all orders of a user whose switch was not renewed in time."""
    account = state.ledger.accounts[user_id]
    account.cancel_at_ns = 0
    orders = _cancellable(state, account, 0, 0)
    _end_all(orders, NOT_RENEWED, INTEGER_MAX, state, events)


def _cancellable(state: State, account: Account, market_id: int, side: int) -> list[Order]:
    """List a user's open orders outside of halted markets, oldest first.

    Args:
        state: All state.
        account: The user.
        market_id: One market, or 0 for all.
        side: BUY, SELL, or 0 for both.
    """
    halted = {id_ for id_, market in state.markets.items() if market.state == HALTED}
    orders = account.open_orders(market_id)
    wanted = (order for order in orders if order.instrument.market_id not in halted)
    return _of_side(wanted, side)


def _cancel_market(command: CancelAll, state: State, events: Events) -> Reply:
    accounts = state.ledger.accounts.values()
    everybodys = (order for account in accounts for order in account.open_orders(command.market_id))
    orders = _of_side(everybodys, command.side)
    cancelled = _end_all(orders, CANCELLED_ALL, CANCELLED_PER_COMMAND_MAX, state, events)
    is_complete = not any(order.is_open() for order in orders)
    return CancelAllReply(command.request_id, cancelled, is_complete)


def _of_side(orders: Iterable[Order], side: int) -> list[Order]:
    """List orders of one side, or of both where it is 0, oldest first."""
    return sorted(
        (order for order in orders if not side or order.side == side),
        key=attrgetter("order_id"),
    )


def _end_all(orders: list[Order], cause: int, most: int, state: State, events: Events) -> int:
    """End orders in their order, until so many have ended.

    Returns:
        How many have ended, those included that ended with another: each has a report.
    """
    start = events.reports.count
    for order in orders:
        if events.reports.count - start >= most:
            break
        if order.is_open():
            end(state, state.markets[order.instrument.market_id], order, CANCELLED, cause, events)
    return events.reports.count - start
