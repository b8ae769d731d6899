"""Placing an order: the checks, then nothing that may fail."""

from typing import Final

from msgspec.structs import astuple, replace

from matcher.core.account import Account
from matcher.core.arrival import arrive
from matcher.core.events import Events
from matcher.core.fees import FeeRates
from matcher.core.fills import Fill
from matcher.core.market import Market
from matcher.core.open_orders import begin, wait
from matcher.core.order import Order
from matcher.core.order_place import resting_price_ticks
from matcher.core.replies import order_reply, rejected
from matcher.core.reports import report, state_of
from matcher.core.rules import check_order, check_plain
from matcher.core.special import NO_TERMS, Origin, Special
from matcher.core.state import State
from proto.codes import (
    CANCELLED,
    DAY,
    DEADLINE_PASSED,
    DUPLICATE_CLIENT_ORDER_ID,
    LIMIT,
    OK,
    REJECTED,
    REPORT_ACCEPTED,
    REPORT_REJECTED,
    UNKNOWN_MARKET,
    WAITING,
)
from proto.commands import OrderTerms, PlaceOrder
from proto.ids import UserId
from proto.intervals import DAY_NS

# Places of the fields of `PlaceOrder`.
_REQUEST_ID: Final = 0
_DEADLINE_NS: Final = 1
_MARKET_ID: Final = 2
_USER_ID: Final = 3
_SIDE: Final = 4
_ORDER_TYPE: Final = 5
_TIME_IN_FORCE: Final = 6
_POST_ONLY: Final = 7
_PRICE_TICKS: Final = 8
_QUANTITY_LOTS: Final = 9
_CLIENT_ORDER_ID: Final = 10
_TERMS: Final = 11
_Fields = tuple[int, int, int, int, int, int, int, bool, int, int, str, OrderTerms | None]


def place(command: PlaceOrder, state: State, events: Events) -> bytes:
    """Place an order, or say which rule it breaks first.

    Returns:
        The packed reply.

    Complexity: O(fills), and O(log levels) for each level that begins or ends.
    """
    # All fields at once: one by one they cost three times as much.
    fields = astuple(command)
    request_id: int = fields[_REQUEST_ID]
    deadline_ns: int = fields[_DEADLINE_NS]
    if 0 < deadline_ns < state.timestamp_ns:
        return rejected(request_id, DEADLINE_PASSED)
    market = state.markets.get(fields[_MARKET_ID])
    if market is None:
        return rejected(request_id, UNKNOWN_MARKET)
    account = state.ledger.accounts.get(fields[_USER_ID])
    is_new = account is None
    if account is None:
        account = Account(UserId(fields[_USER_ID]))
    elif account.names:
        first = account.names.get(fields[_CLIENT_ORDER_ID])
        if first is not None:
            return _repeat(command, first)
    fees = market.fees
    rates = fees.rates(account.tier) if account.tier else fees.first
    order = _order_of(fields, state, market, account, rates)
    is_plain = (
        order.special is None
        and order.order_type == LIMIT
        and market.is_open
        and not account.is_frozen
    )
    if is_plain:
        reason = check_plain(order, market)
    else:
        reason = check_order(command, market, account, rates, state.timestamp_ns)
    if reason != OK:
        return _refuse(request_id, reason, order, is_new, state, events)
    # Nothing below this line may fail.
    if is_new:
        state.ledger.store(account)
    if is_plain:
        return _enter_plain(request_id, state, market, order, command, events)
    order_state, fills = enter(state, market, order, command, events)
    return order_reply(request_id, order_state, fills)


def _refuse(
    request_id: int, reason: int, order: Order, is_new: bool, state: State, events: Events
) -> bytes:
    """Refuse an order that breaks a rule, and let go of an account that was made for it only."""
    order.close(REJECTED, state.timestamp_ns)
    report(state, REPORT_REJECTED, reason, order, order.state(), events)
    if is_new:
        # Account and seat hold each other, and during a replay nobody looks for such.
        order.account.seats.clear()
    return rejected(request_id, reason)


def new_order(
    state: State, market: Market, command: PlaceOrder, account: Account, rates: FeeRates
) -> Order:
    """Make an order of a command, with the next number; it is in no place yet."""
    return _order_of(astuple(command), state, market, account, rates)


def _order_of(
    fields: _Fields, state: State, market: Market, account: Account, rates: FeeRates
) -> Order:
    timestamp_ns = state.timestamp_ns
    order = Order(
        state.next_order_id(),
        market.seat(account),
        rates,
        fields[_CLIENT_ORDER_ID],
        fields[_SIDE],
        fields[_ORDER_TYPE],
        fields[_TIME_IN_FORCE],
        fields[_POST_ONLY],
        fields[_PRICE_TICKS],
        fields[_QUANTITY_LOTS],
        timestamp_ns,
    )
    terms: OrderTerms | None = fields[_TERMS]
    if terms is not None or order.time_in_force == DAY:
        terms = terms or NO_TERMS
        expires_ns: int = terms.expires_ns
        if order.time_in_force == DAY:
            expires_ns = (timestamp_ns // DAY_NS + 1) * DAY_NS
        if expires_ns or terms != NO_TERMS:
            order.special = Special(terms, expires_ns)
    return order


def enter(
    state: State, market: Market, order: Order, command: PlaceOrder, events: Events
) -> tuple[bytes, list[Fill]]:
    """Accept an order that passed its checks, and let it wait or arrive.

    Returns:
        The packed order as its owner is answered, and its fills.
    """
    state.orders.accept(order)
    special = order.special
    if special is not None:
        _prepare(state, market, order)
        if special.trigger:
            wait(state, market, order)
            order_state = state_of(market, order)
            report(state, REPORT_ACCEPTED, OK, order, order_state, events)
            if order.client_order_id:
                remember(order, command, order_state)
            return order_state, []
    accepted = order.state()
    report(state, REPORT_ACCEPTED, OK, order, accepted, events)
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


def _enter_plain(
    request_id: int,
    state: State,
    market: Market,
    order: Order,
    command: PlaceOrder,
    events: Events,
) -> bytes:
    """Accept a limit order without terms and let it arrive: `enter`, where nearly all pass."""
    state.orders.accept(order)
    order_state = order.state()
    events.report(state.sequence, order.account.user_id, REPORT_ACCEPTED, OK, order_state)
    order_state, fills = arrive(state, market, order, order_state, events)
    if order.client_order_id:
        if fills:
            order.first_fills = fills
        # Self-trade prevention changed it: it is no longer what was asked for.
        if order.status == CANCELLED or order.quantity_lots != command.quantity_lots:
            remember(order, command, order_state)
    return order_reply(request_id, order_state, fills)


def remember(order: Order, command: PlaceOrder, first: bytes) -> None:
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


def _repeat(command: PlaceOrder, first: Order) -> bytes:
    """Answer a client_order_id that was used: the same order with its first outcome."""
    if not is_same(first, command):
        return rejected(command.request_id, DUPLICATE_CLIENT_ORDER_ID)
    return order_reply(command.request_id, first.first_state(), first.first_fills or [])
