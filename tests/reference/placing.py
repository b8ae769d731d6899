"""New orders: alone, in place of another one, in lists, and those that fired."""

from msgspec.structs import replace

from proto import codes
from proto.commands import PlaceList, PlaceOrder, ReplaceOrder
from proto.replies import Fill, ListReply, OrderReply, Rejected, ReplaceReply, Reply
from tests.reference.checks import (
    check_alone,
    check_funds,
    check_moment,
    has_most_open,
    has_most_stops,
    need,
)
from tests.reference.market import Market
from tests.reference.matching import arrive
from tests.reference.order import RESTING_FORCES, Order, OrderList, same_order
from tests.reference.state import State
from tests.reference.triggers import begin_to_wait, look_at_prices


def new_order(state: State, command: PlaceOrder) -> Order:
    market = state.markets[command.market_id]
    rates = market.rates_of(state.accounts.of(command.user_id).tier)
    return Order(state.next_number(), command, state.now_ns, rates)


def is_late(state: State, deadline_ns: int) -> bool:
    return bool(deadline_ns) and state.now_ns > deadline_ns


def place(state: State, command: PlaceOrder) -> Reply:
    """Apply a PlaceOrder."""
    reply = _known_or_refused(state, command)
    if reply is not None:
        return reply
    market = state.markets[command.market_id]
    order = new_order(state, command)
    reason = _check(state, market, order)
    if reason:
        return refuse(state, command.request_id, [order], reason)
    return _enter(state, market, order)


def _known_or_refused(state: State, command: PlaceOrder) -> Rejected | OrderReply | None:
    """Check 1 to 3 of placing."""
    if is_late(state, command.deadline_ns):
        return Rejected(command.request_id, codes.DEADLINE_PASSED)
    if command.market_id not in state.markets:
        return Rejected(command.request_id, codes.UNKNOWN_MARKET)
    first = state.find(command.user_id, 0, command.client_order_id)
    if first is None:
        return None
    if first.order_list is not None or not same_order(first.command, command):
        return Rejected(command.request_id, codes.DUPLICATE_CLIENT_ORDER_ID)
    assert first.first_reply is not None
    return replace(first.first_reply, request_id=command.request_id)


def _check(state: State, market: Market, order: Order) -> int:
    return (
        check_alone(state, market, order)
        or check_moment(state, market, order)
        or check_funds(state, market, [order])
    )


def refuse(state: State, request_id: int, orders: list[Order], reason: int) -> Rejected:
    for order in orders:
        order.status = codes.REJECTED
        # As it was asked for, wherever it would have slid.
        order.price = order.command.price_ticks
        state.report(codes.REPORT_REJECTED, order, reason)
    return Rejected(request_id, reason)


def accept(state: State, order: Order) -> None:
    state.remember(order)
    if order.trigger and order.status != codes.PENDING:
        order.status = codes.WAITING
        look_at_prices(state.market_of(order), order)
    state.report(codes.REPORT_ACCEPTED, order)


def _enter(state: State, market: Market, order: Order) -> OrderReply:
    accept(state, order)
    fills = let_in(state, market, order)
    order.first_reply = OrderReply(order.command.request_id, order.state(), fills)
    return order.first_reply


def let_in(state: State, market: Market, order: Order) -> list[Fill]:
    """Let an order arrive, or begin to wait."""
    if not order.trigger:
        return arrive(state, market, order)
    begin_to_wait(market, order)
    return []


# In place of another one


def replace_order(state: State, command: ReplaceOrder) -> Reply:
    """Apply a ReplaceOrder."""
    asked = command.order
    first = _known_or_refused(state, asked)
    if isinstance(first, Rejected):
        return first
    old = state.find(asked.user_id, command.order_id, command.client_order_id)
    if old is None or old.market_id != asked.market_id:
        return Rejected(command.request_id, codes.UNKNOWN_ORDER)
    if first is not None:
        if old.is_open:
            return Rejected(command.request_id, codes.DUPLICATE_CLIENT_ORDER_ID)
        return ReplaceReply(command.request_id, old.state(), first.order, first.fills)
    market = state.markets[asked.market_id]
    reason = _check_old(market, old, asked)
    if reason:
        return Rejected(command.request_id, reason)
    order = new_order(state, asked)
    resting, waiting, queue = list(market.resting), list(market.waiting), list(market.queue)
    shown = old.shown
    state.detach(old)
    reason = _check(state, market, order)
    if reason:
        market.resting, market.waiting, market.queue = resting, waiting, queue
        old.shown = shown
        return refuse(state, command.request_id, [order], reason)
    state.end(old, codes.CANCELLED, codes.REPLACED)
    reply = _enter(state, market, order)
    return ReplaceReply(command.request_id, old.state(), reply.order, reply.fills)


def _check_old(market: Market, old: Order, asked: PlaceOrder) -> int:
    if not old.is_open:
        return codes.ORDER_NOT_OPEN
    if is_tied(old):
        return codes.NOT_AMENDABLE
    if market.state == codes.HALTED:
        return codes.MARKET_NOT_OPEN
    return codes.INVALID_ORDER if asked.side != old.side else codes.OK


def is_tied(order: Order) -> bool:
    """Whether an order is pending, or in a list that is not done."""
    listed = order.order_list
    return order.status == codes.PENDING or bool(listed and not listed.is_done_for(order))


# Lists


def place_list(state: State, command: PlaceList) -> Reply:
    """Apply a PlaceList."""
    first = command.orders[0]
    if is_late(state, first.deadline_ns):
        return Rejected(command.request_id, codes.DEADLINE_PASSED)
    if first.market_id not in state.markets:
        return Rejected(command.request_id, codes.UNKNOWN_MARKET)
    known = state.find(first.user_id, 0, first.client_order_id)
    if known is not None:
        return _repeat_list(command, known)
    if _names_are_taken(state, command):
        return Rejected(command.request_id, codes.DUPLICATE_CLIENT_ORDER_ID)
    return _place_new_list(state, command)


def _repeat_list(command: PlaceList, known: Order) -> Reply:
    listed = known.order_list
    if (
        listed is None
        or listed.orders[0] is not known
        or listed.list_type != command.list_type
        or len(listed.commands) != len(command.orders)
        or not all(map(same_order, listed.commands, command.orders))
    ):
        return Rejected(command.request_id, codes.DUPLICATE_CLIENT_ORDER_ID)
    assert isinstance(listed.first_reply, ListReply)
    return replace(listed.first_reply, request_id=command.request_id)


def _names_are_taken(state: State, command: PlaceList) -> bool:
    named = [one for one in command.orders if one.client_order_id]
    taken = [state.find(one.user_id, 0, one.client_order_id) for one in named]
    has_one_twice = len({one.client_order_id for one in named}) < len(named)
    return has_one_twice or any(order is not None for order in taken)


def _place_new_list(state: State, command: PlaceList) -> Reply:
    market = state.markets[command.orders[0].market_id]
    is_oto = command.list_type == codes.OTO
    if not _has_shape(command):
        return Rejected(command.request_id, codes.INVALID_ORDER)
    last_number = state.last_number
    orders = [new_order(state, one) for one in command.orders]
    if is_oto:
        for order in orders[1:]:
            order.status = codes.PENDING
    reason = _check_list(state, market, orders)
    if reason:
        # A list that is refused leaves nothing behind.
        state.last_number = last_number
        return Rejected(command.request_id, reason)
    listed = OrderList(command.list_type, list(command.orders), orders)
    for order in orders:
        order.order_list = listed
    for order in orders:
        accept(state, order)
        if order.status == codes.PENDING:
            market.pending.append(order)
    fills = []
    for order in orders[:1] if is_oto else bare_first(orders):
        # The first may have ended the second.
        if order.is_open:
            fills += let_in(state, market, order)
    listed.first_reply = ListReply(command.request_id, [one.state() for one in orders], fills)
    return listed.first_reply


def bare_first(orders: list[Order]) -> list[Order]:
    """The one without trigger arrives first, then those with triggers begin to wait."""
    return sorted(orders, key=lambda order: bool(order.trigger))


def _has_shape(command: PlaceList) -> bool:
    first, *others = command.orders
    if any((one.market_id, one.user_id) != (first.market_id, first.user_id) for one in others):
        return False
    if command.list_type == codes.OCO:
        return _are_oco(command.orders)
    return not _trigger(first) and (len(others) == 1 or _are_oco(others))


def _are_oco(commands: list[PlaceOrder]) -> bool:
    if len(commands) != 2 or commands[0].side != commands[1].side:
        return False
    bare = [one for one in commands if not _trigger(one)]
    return len(bare) < 2 and all(
        one.order_type == codes.LIMIT
        and one.time_in_force in RESTING_FORCES
        and not (one.terms and one.terms.slide)
        for one in bare
    )


def _trigger(command: PlaceOrder) -> int:
    return command.terms.trigger if command.terms else codes.NO_TRIGGER


def _check_list(state: State, market: Market, orders: list[Order]) -> int:
    for order in orders:
        reason = check_alone(state, market, order)
        if reason:
            return reason
    live = [order for order in orders if order.status != codes.PENDING]
    for place_in_list, order in enumerate(live):
        reason = check_moment(state, market, order, live[:place_in_list])
        if reason:
            return reason
    for place_in_list, order in enumerate(orders):
        before = orders[:place_in_list]
        if order.status == codes.PENDING and has_most_stops(market, order, before):
            return codes.TOO_MANY_STOP_ORDERS
    return check_funds(state, market, live)


# What was queued


def serve_queues(state: State, room: int) -> int:
    """Let in what is queued, as long as there is room; return the room that is left."""
    for market_id in sorted(state.markets):
        market = state.markets[market_id]
        while room and market.queue and market.state == codes.CONTINUOUS:
            orders = market.queue.pop(0)
            if orders[0].status == codes.PENDING:
                _place_followers(state, market, orders)
            else:
                _fire(state, market, orders[0])
            room -= 1
    return room


def _fire(state: State, market: Market, order: Order) -> None:
    # What its partner holds is free for the one that fires.
    state.end_partner(order)
    state.detach(order)
    reason = _check_fired(state, market, order)
    order.status = codes.REJECTED if reason else codes.NEW
    order.updated_ns = state.now_ns
    state.report(codes.REPORT_REJECTED if reason else codes.REPORT_TRIGGERED, order, reason)
    if not reason:
        order.has_arrived = True
        arrive(state, market, order)


def _check_fired(state: State, market: Market, order: Order) -> int:
    if order.is_limit and not market.in_band(order.price):
        return codes.PRICE_OUT_OF_BAND
    if order.may_rest and has_most_open(market, order):
        return codes.TOO_MANY_OPEN_ORDERS
    if order.is_buy and not order.is_limit:
        available = state.money.available(order.user_id, market.hold_asset(order))
        if need(state, market, order, has_fired=True) > available:
            return codes.INSUFFICIENT_BALANCE
    return codes.OK


def _place_followers(state: State, market: Market, orders: list[Order]) -> None:
    for order in orders:
        market.pending.remove(order)
        order.status = codes.NEW
        order.rates = market.rates_of(state.accounts.of(order.user_id).tier)
        order.updated_ns = state.now_ns
        order.has_arrived = True
    reason = _check_list(state, market, orders)
    if reason:
        refuse(state, 0, orders, reason)
        return
    for order in orders:
        order.status = codes.WAITING if order.trigger else codes.NEW
        look_at_prices(market, order)
    for order in bare_first(orders):
        # The first may have ended the second.
        if order.is_open:
            state.report(codes.REPORT_TRIGGERED, order)
            let_in(state, market, order)
