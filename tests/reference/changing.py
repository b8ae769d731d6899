"""Orders that are cancelled or amended, one by one or all at once."""

from msgspec.structs import replace

from proto import codes
from proto.commands import AmendOrder, CancelAll, CancelAllAfter, CancelOrder
from proto.replies import AccountReply, CancelAllReply, Fill, OrderReply, Rejected, Reply
from tests.reference.checks import first_broken, is_good_quantity, is_small_notional
from tests.reference.market import Market
from tests.reference.matching import arrive
from tests.reference.order import Order
from tests.reference.placing import is_late, is_tied
from tests.reference.state import State
from tests.reference.triggers import ask_anew


def _find(state: State, command: CancelOrder | AmendOrder) -> Order | Rejected:
    if is_late(state, command.deadline_ns):
        return Rejected(command.request_id, codes.DEADLINE_PASSED)
    if command.market_id not in state.markets:
        return Rejected(command.request_id, codes.UNKNOWN_MARKET)
    order = state.find(command.user_id, command.order_id, command.client_order_id)
    if order is None or order.market_id != command.market_id:
        return Rejected(command.request_id, codes.UNKNOWN_ORDER)
    return order


def cancel(state: State, command: CancelOrder) -> Reply:
    """Apply a CancelOrder."""
    order = _find(state, command)
    if isinstance(order, Rejected):
        return order
    if not order.is_open:
        if order.status == codes.CANCELLED:
            return OrderReply(command.request_id, order.state(), [])
        return Rejected(command.request_id, codes.ORDER_NOT_OPEN)
    if state.market_of(order).state == codes.HALTED:
        return Rejected(command.request_id, codes.MARKET_NOT_OPEN)
    state.end(order, codes.CANCELLED, codes.OK)
    return OrderReply(command.request_id, order.state(), [])


# Amending


def amend(state: State, command: AmendOrder) -> Reply:
    """Apply an AmendOrder."""
    order = _find(state, command)
    if isinstance(order, Rejected):
        return order
    if not order.is_open:
        return Rejected(command.request_id, codes.ORDER_NOT_OPEN)
    if _is_not_amendable(order, command):
        return Rejected(command.request_id, codes.NOT_AMENDABLE)
    command = replace(
        command,
        price_ticks=command.price_ticks or order.price,
        quantity_lots=command.quantity_lots or order.quantity,
        trigger_price_ticks=command.trigger_price_ticks or order.trigger_price,
    )
    market = state.market_of(order)
    reason = _check(state, market, order, command)
    if reason:
        return Rejected(command.request_id, reason)
    fills = _apply(state, market, order, command)
    return OrderReply(command.request_id, order.state(), fills)


def _is_not_amendable(order: Order, command: AmendOrder) -> bool:
    price, quantity = command.price_ticks, command.quantity_lots
    trigger_price = command.trigger_price_ticks
    waits_for_price = order.status == codes.WAITING and order.trigger != codes.TRAILING_STOP
    return (
        not (price or quantity or trigger_price)
        or is_tied(order)
        or bool(price and not order.is_limit)
        or bool(trigger_price and not waits_for_price)
        or bool(quantity and quantity <= order.terms.display_lots)
    )


def _is_unchanged(order: Order, command: AmendOrder) -> bool:
    asked = (command.price_ticks, command.quantity_lots, command.trigger_price_ticks)
    return asked == (order.price, order.quantity, order.trigger_price)


def _check(state: State, market: Market, order: Order, command: AmendOrder) -> int:
    definition = market.definition
    assets = {definition.base_asset_id, definition.quote_asset_id}
    price, quantity = command.price_ticks, command.quantity_lots
    in_book = order in market.resting
    reprices = in_book and price != order.price
    crosses = order.command.post_only and market.would_take(order, price)
    if crosses and order.terms.slide:
        crosses = not 0 < market.slid_price(order, price) <= definition.price_max_ticks
    trigger_price = command.trigger_price_ticks if order.status == codes.WAITING else 0
    if order.trigger == codes.TRAILING_STOP:
        trigger_price = 0
    return first_broken(
        [
            (codes.USER_FROZEN, state.accounts.of(order.user_id).is_frozen),
            (codes.ASSET_FROZEN, bool(assets & state.money.frozen)),
            (codes.MARKET_NOT_OPEN, not market.takes(order)),
            (codes.PRICE_OUT_OF_RANGE, max(price, trigger_price) > definition.price_max_ticks),
            (
                codes.QUANTITY_OUT_OF_RANGE,
                quantity <= order.executed or not is_good_quantity(market, order, quantity),
            ),
            (codes.NOTIONAL_TOO_SMALL, is_small_notional(market, order, price, quantity)),
            (codes.PRICE_OUT_OF_BAND, reprices and not market.in_band(price)),
            (codes.POST_ONLY_WOULD_CROSS, reprices and crosses),
            (codes.INSUFFICIENT_BALANCE, not _can_hold(state, market, order, price, quantity)),
        ]
    )


def _can_hold(state: State, market: Market, order: Order, price: int, quantity: int) -> bool:
    """Whether the amended order could hold what it needs, with what it holds now."""
    asset_id = market.hold_asset(order)
    available = state.money.available(order.user_id, asset_id) + market.own_hold(order)
    before = order.price, order.quantity
    order.price, order.quantity = _slid(market, order, price), quantity
    needed = market.own_hold(order)
    order.price, order.quantity = before
    return needed <= available


def _slid(market: Market, order: Order, price: int) -> int:
    return market.slid_price(order, price) if order.terms.slide else price


def _apply(state: State, market: Market, order: Order, command: AmendOrder) -> list[Fill]:
    if _is_unchanged(order, command):
        return []
    in_book = order in market.resting
    price, quantity = command.price_ticks, command.quantity_lots
    keeps_place = in_book and price == order.price and quantity < order.quantity
    if in_book and not keeps_place:
        state.detach(order)
    retriggers = command.trigger_price_ticks != order.trigger_price
    order.price = _slid(market, order, price) if in_book else price
    order.quantity = quantity
    order.trigger_price = command.trigger_price_ticks
    order.updated_ns = state.now_ns
    order.shown = min(order.shown, order.remaining)
    state.report(codes.REPORT_AMENDED, order)
    if retriggers:
        market.queue[:] = [entry for entry in market.queue if order not in entry]
        ask_anew(market, order)
    if order.status == codes.WAITING:
        return []
    return [] if keeps_place else arrive(state, market, order)


# All at once


def cancel_all(state: State, command: CancelAll) -> Reply:
    """Apply a CancelAll."""
    market = state.markets.get(command.market_id)
    is_halted = market is not None and market.state == codes.HALTED
    reason = first_broken(
        [
            (codes.DEADLINE_PASSED, is_late(state, command.deadline_ns)),
            (codes.INVALID_ORDER, not command.user_id and not command.market_id),
            (codes.UNKNOWN_MARKET, bool(command.market_id) and market is None),
            (codes.MARKET_NOT_OPEN, bool(command.user_id) and is_halted),
        ]
    )
    if reason:
        return Rejected(command.request_id, reason)
    orders = [
        order
        for order in _open_orders(state, command.user_id)
        if command.market_id in (0, order.market_id) and command.side in (0, order.side)
    ]
    most = 10**9 if command.user_id else state.bounds.cancelled_per_command
    cancelled = _cancel_each(state, orders, codes.CANCELLED_ALL, most)
    is_complete = not any(order.is_open for order in orders)
    return CancelAllReply(command.request_id, cancelled, is_complete)


def _open_orders(state: State, user_id: int) -> list[Order]:
    """Orders that may be cancelled, oldest first: a user's, or everybody's for an operator."""
    orders = [
        order
        for market in state.markets.values()
        for order in market.open_orders
        if not user_id or (order.user_id == user_id and market.state != codes.HALTED)
    ]
    return sorted(orders, key=lambda order: order.order_id)


def _cancel_each(state: State, orders: list[Order], reason: int, most: int) -> int:
    """Cancel one after the other, and count those too that end with another one."""
    open_before = _open_count(state)
    for order in orders:
        if order.is_open and open_before - _open_count(state) < most:
            state.end(order, codes.CANCELLED, reason)
    return open_before - _open_count(state)


def _open_count(state: State) -> int:
    return sum(len(market.open_orders) for market in state.markets.values())


def set_switch(state: State, command: CancelAllAfter) -> Reply:
    """Apply a CancelAllAfter."""
    if is_late(state, command.deadline_ns):
        return Rejected(command.request_id, codes.DEADLINE_PASSED)
    at_ns = state.now_ns + command.timeout_ms * 10**6 if command.timeout_ms else 0
    account = state.accounts.set_switch(command.user_id, at_ns)
    return AccountReply(command.request_id, account)


def pull_switch(state: State, user_id: int) -> None:
    """Cancel all of a user's orders: nobody has renewed the dead man's switch."""
    orders = _open_orders(state, user_id)
    _cancel_each(state, orders, codes.NOT_RENEWED, 10**9)
    state.accounts.set_switch(user_id, 0)
