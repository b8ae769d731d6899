"""An accepted order arrives in its market: it trades what it can, and the rest rests or ends.

Theory of operation
-------------------
The order is in hand: it is in no place yet and holds nothing. Its funds were checked. While the
market collects orders nothing trades, and in post-only nothing can; otherwise it takes as far as
its limit, its collar and the bounds of the volatility rule allow, unless it is FOK and would not
get all of it.
"""

from matcher.core.by_amount import plan_by_amount
from matcher.core.ladder import Ladder
from matcher.core.market import Market
from matcher.core.matching import Taking
from matcher.core.open_orders import enqueue, finish_taker, forget_filled, rest
from matcher.core.order import Order
from matcher.core.self_trade import mode_of, reachable_lots
from matcher.core.state import State
from matcher.core.timers import AUCTION_END
from proto.codes import (
    AUCTION,
    CANCELLED,
    COLLAR_REACHED,
    CONTINUOUS,
    EXPIRED,
    FILLED,
    FOK,
    MARKET,
    OK,
    SELF_TRADE,
    VOLATILITY_HALT,
)
from proto.events import EventBatch, MarketChange, OrderState
from proto.replies import Fill

_MS_NS = 1_000_000


def arrive(
    state: State, market: Market, order: Order, order_state: OrderState, events: EventBatch
) -> tuple[OrderState, list[Fill]]:
    """Let an order in hand trade, then rest or end.

    Args:
        state: All state.
        market: Its market.
        order: The order.
        order_state: The order as it was told last.
        events: Takes what happens.

    Returns:
        The order as it is then, and its fills.

    Complexity: O(fills), and O(log levels) for each level that begins or ends.
    """
    if market.state != CONTINUOUS:
        assert order.may_rest()
        rest(market, order, events)
        return order_state, []
    side = order.side
    ladder = market.book.other_side(side)
    asked_ticks = order.price_ticks
    if order.order_type == MARKET:
        asked_ticks = market.collared_ticks(side)
    limit_ticks = market.bounded_ticks(side, asked_ticks)
    fills: list[Fill] = []
    is_stopped = False
    special = order.special
    if special is not None and special.quote_amount:
        plan = plan_by_amount(market, order, limit_ticks)
        order.quantity_lots = plan.quantity_lots
        trades = plan.trades
    else:
        trades = ladder.meets(limit_ticks) and (
            order.time_in_force != FOK or _is_fillable(order, ladder, limit_ticks)
        )
    if trades:
        taking = Taking(state, market, order, order_state, events)
        taking.run(ladder, limit_ticks)
        fills, order_state, is_stopped = taking.fills, taking.taker_state, taking.is_stopped
        if fills:
            see_prices(state, market, fills[0].price_ticks, fills[-1].price_ticks)
        if order.status == FILLED:
            if special is not None:
                forget_filled(state, market, order)
            return order_state, fills
    if is_stopped:
        finish_taker(state, market, order, CANCELLED, SELF_TRADE, events)
        return order.state(), fills
    is_halted = (
        limit_ticks != asked_ticks
        and order.time_in_force != FOK
        and ladder.meets(asked_ticks)
        and not ladder.meets(limit_ticks)
    )
    if is_halted:
        _halt(state, market, events)
    if order.may_rest():
        rest(market, order, events)
        return order_state, fills
    cause = OK
    if is_halted:
        cause = VOLATILITY_HALT
    elif order.time_in_force != FOK and _is_kept_out(order, ladder, asked_ticks):
        cause = COLLAR_REACHED
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
    if len(triggers):
        for order in triggers.arrive(first_ticks):
            enqueue(state, market, order)
        if last_ticks != first_ticks:
            for order in triggers.arrive(last_ticks):
                enqueue(state, market, order)
    market.follow(last_ticks, state.timestamp_ns)


def _is_fillable(order: Order, ladder: Ladder, limit_ticks: int) -> bool:
    """Say whether all of an order would trade."""
    quantity_lots, mode = order.quantity_lots, mode_of(order)
    lots, _ = reachable_lots(ladder, limit_ticks, order.account, mode, quantity_lots)
    return lots == quantity_lots


def _is_kept_out(order: Order, ladder: Ladder, asked_ticks: int) -> bool:
    """Say whether a collar keeps a market order from those who are left."""
    return order.order_type == MARKET and ladder.best is not None and not ladder.meets(asked_ticks)


def _halt(state: State, market: Market, events: EventBatch) -> None:
    """Open an auction because the price moves too far."""
    ends_ns = state.timestamp_ns + market.rules.auction_ms * _MS_NS
    market.set_state(AUCTION, ends_ns)
    state.timers.set(AUCTION_END, market.instrument.market_id, ends_ns)
    events.market_changes.append(MarketChange(state.sequence, state.timestamp_ns, market.status()))
