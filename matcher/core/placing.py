"""Placing an order: the checks, then nothing that may fail."""

from msgspec.structs import replace

from matcher.core.account import Account
from matcher.core.arrival import arrive
from matcher.core.fees import FeeRates
from matcher.core.market import Market
from matcher.core.open_orders import begin, wait
from matcher.core.order import Order
from matcher.core.order_place import resting_price_ticks
from matcher.core.reports import NO_TRADE, report, state_of
from matcher.core.rules import check_order, check_plain
from matcher.core.special import NO_TERMS, Origin, Special
from matcher.core.state import State
from proto.codes import (
    CANCELLED,
    DAY,
    DEADLINE_PASSED,
    DUPLICATE_CLIENT_ORDER_ID,
    FOK,
    LIMIT,
    OK,
    REJECTED,
    REPORT_ACCEPTED,
    REPORT_REJECTED,
    UNKNOWN_MARKET,
    WAITING,
)
from proto.commands import PlaceOrder
from proto.events import EventBatch, ExecutionReport, OrderState
from proto.ids import SHARD_SHIFT, OrderId, UserId
from proto.intervals import DAY_NS
from proto.replies import Fill, OrderReply, Rejected, Reply


def place(command: PlaceOrder, state: State, events: EventBatch) -> Reply:
    """Place an order, or say which rule it breaks first.

    Complexity: O(fills), and O(log levels) for each level that begins or ends.
    """
    timestamp_ns = state.timestamp_ns
    if 0 < command.deadline_ns < timestamp_ns:
        return Rejected(command.request_id, DEADLINE_PASSED)
    market = state.markets.get(command.market_id)
    if market is None:
        return Rejected(command.request_id, UNKNOWN_MARKET)
    if command.client_order_id:
        first = state.orders.find_client(command.user_id, command.client_order_id)
        if first is not None:
            return _repeat(command, first)
    accounts = state.ledger.accounts
    account = accounts.get(command.user_id)
    is_new = account is None
    if account is None:
        account = Account(UserId(command.user_id))
    fees = market.fees
    rates = fees.rates(account.tier) if account.tier else fees.first
    if (
        command.terms is None
        and command.time_in_force <= FOK
        and command.order_type == LIMIT
        and market.is_open
        and not account.is_frozen
    ):
        reason = check_plain(command, market, account, rates)
        if reason == OK:
            return _place_plain(command, state, market, account, rates, events)
    else:
        reason = check_order(command, market, account, rates, timestamp_ns)
    order = new_order(state, market, command, account, rates)
    if reason != OK:
        order.close(REJECTED, timestamp_ns)
        report(state, REPORT_REJECTED, reason, order.state(), events)
        return Rejected(command.request_id, reason)
    # Nothing below this line may fail.
    if is_new:
        state.ledger.store(account)
    order_state, fills = enter(state, market, order, command, events)
    return OrderReply(command.request_id, order_state, fills)


def new_order(
    state: State, market: Market, command: PlaceOrder, account: Account, rates: FeeRates
) -> Order:
    """Make an order of a command, with the next number; it is in no place yet."""
    timestamp_ns = state.timestamp_ns
    order_id = state.next_order_id()
    order = Order(order_id, command, market.instrument, account, rates, timestamp_ns)
    terms = command.terms
    if terms is not None or command.time_in_force == DAY:
        terms = terms or NO_TERMS
        expires_ns = terms.expires_ns
        if command.time_in_force == DAY:
            expires_ns = (timestamp_ns // DAY_NS + 1) * DAY_NS
        if expires_ns or terms != NO_TERMS:
            order.special = Special(terms, expires_ns)
    return order


def enter(
    state: State, market: Market, order: Order, command: PlaceOrder, events: EventBatch
) -> tuple[OrderState, list[Fill]]:
    """Accept an order that passed its checks, and let it wait or arrive.

    Returns:
        The order as its owner is answered, and its fills.
    """
    state.orders.accept(order)
    special = order.special
    if special is not None:
        _prepare(state, market, order)
        if special.trigger:
            wait(state, market, order)
            order_state = state_of(market, order)
            report(state, REPORT_ACCEPTED, OK, order_state, events)
            if order.client_order_id:
                remember(order, command, order_state)
            return order_state, []
    accepted = order.state()
    report(state, REPORT_ACCEPTED, OK, accepted, events)
    order_state, fills = arrive(state, market, order, accepted, events)
    if order.client_order_id:
        if fills:
            order.first_fills = fills
        if (
            special is not None
            or order.quantity_lots != command.quantity_lots
            or order.status == CANCELLED
        ):
            remember(order, command, order_state)
    return order_state, fills


def _place_plain(
    command: PlaceOrder,
    state: State,
    market: Market,
    account: Account,
    rates: FeeRates,
    events: EventBatch,
) -> Reply:
    """Place a limit order without terms that passed its checks.

    It has money, so its account is stored. This is `new_order` and `enter` in one function: nearly
    every order passes here.
    """
    number = state.numbers + 1
    if number < state.sequence:
        number = state.sequence
    state.numbers = number
    order_id = OrderId(state.shard << SHARD_SHIFT | number)
    order = Order(order_id, command, market.instrument, account, rates, state.timestamp_ns)
    state.orders.accept(order)
    order_state = order.state()
    events.reports.append(
        ExecutionReport(state.sequence, REPORT_ACCEPTED, OK, order_state, NO_TRADE, 0, 0, 0, False)
    )
    order_state, fills = arrive(state, market, order, order_state, events)
    if command.client_order_id:
        if fills:
            order.first_fills = fills
        if order.quantity_lots != command.quantity_lots or order.status == CANCELLED:
            remember(order, command, order_state)
    return OrderReply(command.request_id, order_state, fills)


def remember(order: Order, command: PlaceOrder, first: OrderState) -> None:
    """Keep what an order was asked for and what came of it, where it does not tell itself."""
    order.origin = Origin(replace(command, request_id=0, deadline_ns=0), first)


def _prepare(state: State, market: Market, order: Order) -> None:
    """Note when an order ends, let it slide, or say that it waits."""
    begin(state, market, order)
    special = order.special
    assert special is not None
    if special.slide:
        order.price_ticks = resting_price_ticks(order.side, order.price_ticks, True, market)
    if special.trigger:
        order.status = WAITING


def is_same(first: Order, command: PlaceOrder) -> bool:
    """Say whether a command asks for an order again that was placed alone under its name.

    An order of a list is not the same as one that stands alone.
    """
    special = first.special
    is_in_list = special is not None and special.order_list is not None
    return not is_in_list and first.repeats(command)


def _repeat(command: PlaceOrder, first: Order) -> Reply:
    """Answer a client_order_id that was used: the same order with its first outcome."""
    if not is_same(first, command):
        return Rejected(command.request_id, DUPLICATE_CLIENT_ORDER_ID)
    return OrderReply(command.request_id, first.first_state(), first.first_fills or [])
