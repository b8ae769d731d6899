"""An accepted order arrives in its market: it trades what it can, and the rest rests or ends.

Theory of operation
-------------------
The order is in hand: it is in no place yet and holds nothing. Its funds were checked. While the
market collects orders nothing trades, and in post-only nothing can; otherwise it takes as far as
its limit, its collar and the bounds of the volatility rule allow, unless it is FOK and would not
get all of it.
"""

from matcher.core.by_amount import has_room, plan_by_amount
from matcher.core.events import Events
from matcher.core.fills import NO_FILLS, Fill
from matcher.core.ladder import Ladder
from matcher.core.market import Market
from matcher.core.matching import Taking
from matcher.core.open_orders import end, enqueue, finish_taker, forget_filled, rest
from matcher.core.order import Order
from matcher.core.self_trade import mode_of, reachable_lots
from matcher.core.state import State
from matcher.core.timers import AUCTION_END
from proto.codes import (
    AUCTION,
    BUY,
    CANCEL_OLDEST,
    CANCELLED,
    COLLAR_REACHED,
    CONTINUOUS,
    EXPIRED,
    FILLED,
    FOK,
    IOC,
    LIMIT,
    MARKET,
    OK,
    SELF_TRADE,
    VOLATILITY_HALT,
)
from proto.events import MarketChange
from proto.intervals import MILLISECOND_NS


def arrive(
    state: State, market: Market, order: Order, order_state: bytes, events: Events
) -> tuple[bytes, list[Fill]]:
    """Let an order in hand trade, then rest or end.

    Args:
        state: All state.
        market: Its market.
        order: The order.
        order_state: The packed order as it was told last.
        events: Takes what happens.

    Returns:
        The packed order as it is then, and its fills.

    Complexity: O(fills), and O(log levels) for each level that begins or ends.
    """
    if market.state != CONTINUOUS:
        assert order.may_rest()
        rest(market, order, events)
        return order_state, NO_FILLS
    side, asked_ticks = order.side, order.price_ticks
    if order.order_type == MARKET:
        asked_ticks = market.collared_ticks(side)
    limit_ticks = market.bounded_ticks(side, asked_ticks) if market.is_bounded else asked_ticks
    ladder = market.book.asks if side == BUY else market.book.bids
    first_ticks = ladder.best_price_ticks() if market.is_bounded else 0
    fills = NO_FILLS
    is_stopped = False
    is_simple = order.special is None and order.time_in_force != FOK
    if (
        ladder.meets(limit_ticks)
        if is_simple
        else _trades(state, market, order, limit_ticks, events)
    ):
        taking = Taking(state, market, order, order_state, events)
        taking.run(ladder, limit_ticks)
        fills, order_state, is_stopped = taking.fills, taking.taker_state, taking.is_stopped
        is_filled = order.status == FILLED
        if is_filled:
            forget_filled(state, market, order)
        if fills:
            see_prices(state, market, fills[0].price_ticks, fills[-1].price_ticks)
        if is_filled:
            return order_state, fills
    if is_stopped:
        finish_taker(state, market, order, CANCELLED, SELF_TRADE, events)
        return order.state(), fills
    is_halted = limit_ticks != asked_ticks and _goes_too_far(
        market, order, first_ticks, asked_ticks, limit_ticks
    )
    if is_halted:
        _halt(state, market, events)
    # As `Order.may_rest`, without the call.
    if order.order_type == LIMIT and order.time_in_force not in (IOC, FOK):
        rest(market, order, events)
        return order_state, fills
    cause = VOLATILITY_HALT if is_halted else _cause(order, ladder, asked_ticks)
    finish_taker(state, market, order, EXPIRED, cause, events)
    return order.state(), fills


def see_prices(state: State, market: Market, first_ticks: int, last_ticks: int) -> None:
    """Let triggers and reference price see the prices at which an order traded.

    An order trades at prices that only rise or only fall, so its first and its last one say it
    all.

    Args:
        state: All state.
        market: Its market.
        first_ticks: Price of its first fill.
        last_ticks: Price of its last fill.
    """
    triggers = market.triggers
    if not triggers.is_empty:
        for order in triggers.arrive(first_ticks):
            enqueue(state, market, order)
        if last_ticks != first_ticks:
            for order in triggers.arrive(last_ticks):
                enqueue(state, market, order)
    if state.timestamp_ns >= market.follows_at_ns:
        market.set_reference(last_ticks, state.timestamp_ns)


def _trades(state: State, market: Market, order: Order, limit_ticks: int, events: Events) -> bool:
    """Say whether an order is to take; one by amount gets its quantity."""
    ladder = market.book.other_side(order.side)
    special = order.special
    if special is not None and special.quote_amount:
        plan = plan_by_amount(market, order, limit_ticks)
        order.quantity_lots = plan.quantity_lots
        first_ticks = ladder.best_price_ticks()
        if not plan.trades and mode_of(order) == CANCEL_OLDEST and has_room(order, first_ticks):
            _cancel_own(state, market, order, limit_ticks, events)
        return plan.trades
    return ladder.meets(limit_ticks) and (
        order.time_in_force != FOK or _is_fillable(order, ladder, limit_ticks)
    )


def _cancel_own(
    state: State, market: Market, order: Order, limit_ticks: int, events: Events
) -> None:
    """Cancel the orders of its own that an order by amount meets before one that is too dear."""
    ladder = market.book.other_side(order.side)
    while ladder.meets(limit_ticks):
        assert ladder.best is not None
        maker = ladder.best.head
        assert maker is not None
        if not maker.account.is_party_with(order.account):
            return
        end(state, market, maker, CANCELLED, SELF_TRADE, events)


def _is_fillable(order: Order, ladder: Ladder, limit_ticks: int) -> bool:
    """Say whether all of an order would trade."""
    quantity_lots, mode = order.quantity_lots, mode_of(order)
    lots, _ = reachable_lots(ladder, limit_ticks, order.account, mode, quantity_lots)
    return lots == quantity_lots


def _goes_too_far(
    market: Market, order: Order, first_ticks: int, asked_ticks: int, limit_ticks: int
) -> bool:
    """Say whether an order would next trade beyond where trades may go.

    Args:
        market: Its market.
        order: What is left of it.
        first_ticks: Best price of the other side when it arrived.
        asked_ticks: Its limit.
        limit_ticks: Its limit as far as trades may go.
    """
    ladder = market.book.other_side(order.side)
    if order.special is not None and order.special.quote_amount:
        wants_more = has_room(order, first_ticks)
    else:
        wants_more = order.time_in_force != FOK
    return wants_more and ladder.meets(asked_ticks) and not ladder.meets(limit_ticks)


def _cause(order: Order, ladder: Ladder, asked_ticks: int) -> int:
    """Say why what is left of an order expires: a collar may keep it from those who are left."""
    is_kept_out = (
        order.order_type == MARKET
        and order.time_in_force != FOK
        and ladder.best is not None
        and not ladder.meets(asked_ticks)
    )
    return COLLAR_REACHED if is_kept_out else OK


def _halt(state: State, market: Market, events: Events) -> None:
    """Open an auction because the price moves too far."""
    ends_ns = state.timestamp_ns + market.rules.auction_ms * MILLISECOND_NS
    market.set_state(AUCTION, ends_ns)
    state.timers.set(AUCTION_END, market.instrument.market_id, ends_ns)
    events.market_changes.append(MarketChange(state.sequence, state.timestamp_ns, market.status()))
