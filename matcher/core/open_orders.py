"""Orders that are open: how they start to rest or to wait, and how they end.

Theory of operation
-------------------
An open order is in exactly one place: in the book (it rests), among the triggers or in the queue of
fired orders (it waits), or only with its owner (it is pending). `end` takes it out of that place,
gives back what it holds, closes and reports it, and lets what depends on it happen: the other of a
pair ends, the others of an OTO whose first was not filled end. Nobody else ends an open order,
except a taker in hand, which is in no place yet (`finish_taker`, `refuse`), and an order that is
filled (`forget_filled`).
"""

from matcher.core.events import Events
from matcher.core.market import Market
from matcher.core.order import Order
from matcher.core.order_list import OrderList, held_amount
from matcher.core.reports import first_trigger_price_ticks, report, state_of
from matcher.core.state import State
from matcher.core.timers import EXPIRY
from proto.codes import (
    CANCELLED,
    DAY,
    FILLED,
    PARTIALLY_FILLED,
    PARTNER_DONE,
    PENDING,
    REJECTED,
    REPORT_CANCELLED,
    REPORT_EXPIRED,
    REPORT_REJECTED,
    SELL,
    WAITING,
)
from proto.ids import AssetId


def paying_asset(order: Order) -> AssetId:
    """Return the asset that an order gives: base if it sells, quote if it buys."""
    instrument = order.instrument
    return instrument.base_asset_id if order.side == SELL else instrument.quote_asset_id


def hold(order: Order, amount: int) -> None:
    """Hold an amount for an order."""
    if amount:
        order.account.balance(paying_asset(order)).hold(amount)


def release(order: Order, amount: int) -> None:
    """Give back an amount that was held for an order."""
    if amount:
        order.account.balance(paying_asset(order)).release(amount)


def begin(state: State, market: Market, order: Order) -> None:
    """Note when an accepted order ends by itself."""
    special = order.special
    if special is not None and special.expires_ns:
        state.timers.set(EXPIRY, order.order_id, special.expires_ns)
        if order.time_in_force == DAY:
            market.day_orders[order.order_id] = order


def rest(market: Market, order: Order, events: Events) -> None:
    """Let an order rest in the book, and hold what it needs."""
    special = order.special
    if special is None:
        amount = order.hold_amount()
    else:
        amount = held_amount(order)
        if special.display_lots:
            remaining_lots = order.quantity_lots - order.executed_lots
            special.hidden_lots = max(0, remaining_lots - special.display_lots)
    seat = order.seat
    seat.paying(order.side).hold(amount)
    seat.add(order)
    market.book.add(order, events)


def wait(state: State, market: Market, order: Order) -> None:
    """Let an order wait for its trigger, and hold what it needs; it may fire at once."""
    note_waiting(market, order)
    hold(order, held_amount(order))
    if market.triggers.add(order, market.statistics.last_price_ticks):
        enqueue(state, market, order)


def note_waiting(market: Market, order: Order) -> None:
    """Count an order among those of its owner that wait or are pending."""
    market_id = market.instrument.market_id
    order.account.waiting.setdefault(market_id, {})[order.order_id] = order


def enqueue(state: State, market: Market, order: Order) -> None:
    """Put an order into the queue of those that enter the market next."""
    market.fired[order.order_id] = order
    state.fired_markets.add(market.instrument.market_id)


def end(
    state: State, market: Market, order: Order, status: int, cause: int, events: Events
) -> None:
    """End an open order, and what depends on it.

    Args:
        state: All state.
        market: Its market.
        order: It rests, waits or is pending.
        status: CANCELLED or EXPIRED.
        cause: Why: OK, or SELF_TRADE to VOLATILITY_HALT.
        events: Takes what happens.

    Complexity: O(1); O(log levels), O(log waiting orders) or O(log timers) where it is the last in
        its level, waits or has an expiry.
    """
    special = order.special
    if special is None:
        end_plain(state, market, order, status, cause, events)
        return
    partner = None if special.order_list is None else special.order_list.partner(order)
    if partner is None:
        amount = held_amount(order)
        take_out(market, order, events)
        release(order, amount)
        _close(state, market, order, status, cause, events)
    else:
        assert special.order_list is not None
        _release_pair(special.order_list)
        special.order_list.is_paired = False
        take_out(market, order, events)
        _close(state, market, order, status, cause, events)
        take_out(market, partner, events)
        _close(state, market, partner, CANCELLED, PARTNER_DONE, events)
    if special.order_list is not None:
        end_pending(state, market, order, special.order_list, events)


def end_plain(
    state: State, market: Market, order: Order, status: int, cause: int, events: Events
) -> bytes:
    """End an order without terms: it rests, and nothing depends on it. Returns it, packed."""
    seat = order.seat
    market.book.remove(order, events)
    seat.remove(order)
    seat.paying(order.side).release(order.hold_amount())
    order.status = status
    order.updated_ns = state.timestamp_ns
    order_state = order.state()
    events.report(state.sequence, seat.account.user_id, _report_of(status), cause, order_state)
    return order_state


def take_out(market: Market, order: Order, events: Events) -> None:
    """Take an open order out of the place where it is; what it holds is the caller's."""
    market_id = market.instrument.market_id
    if order.status <= PARTIALLY_FILLED:
        market.book.remove(order, events)
        order.seat.remove(order)
        if order.special is not None:
            order.special.hidden_lots = 0
        return
    del order.account.waiting[market_id][order.order_id]
    if market.fired.pop(order.order_id, None) is None and order.status == WAITING:
        market.triggers.remove(order)


def unpair(state: State, market: Market, order: Order, events: Events) -> None:
    """End the other of a pair, because this one is about to trade, to be reduced or to enter.

    Two of a pair are in their places both or, while they are being placed, neither.
    """
    special = order.special
    if special is None or special.order_list is None:
        return
    order_list = special.order_list
    partner = order_list.partner(order)
    if partner is None:
        return
    if _is_in_place(market, partner):
        release(order, order_list.pair_amount() - order.hold_amount())
        take_out(market, partner, events)
    else:
        assert partner.special is not None
        partner.special.trigger_price_ticks = first_trigger_price_ticks(market, partner)
    order_list.is_paired = False
    _close(state, market, partner, CANCELLED, PARTNER_DONE, events)


def forget_filled(state: State, market: Market, order: Order) -> None:
    """Let what depends on an order happen that was filled and is in no place any more."""
    special = order.special
    if special is None:
        return
    _clear_expiry(state, market, order)
    order_list = special.order_list
    if order_list is not None and order_list.waits_for_first and order is order_list.orders[0]:
        order_list.waits_for_first = False
        # The first of a pair brings in both.
        enqueue(state, market, order_list.others()[0])


def finish_taker(
    state: State, market: Market, order: Order, status: int, cause: int, events: Events
) -> None:
    """End an order in hand, which is in no place and holds nothing, and what depends on it."""
    _close(state, market, order, status, cause, events)
    special = order.special
    if special is not None and special.order_list is not None:
        unpair(state, market, order, events)
        end_pending(state, market, order, special.order_list, events)


def refuse(state: State, market: Market, order: Order, reason: int, events: Events) -> None:
    """End an order in hand that fired or became due, and is refused after all."""
    _clear_expiry(state, market, order)
    order.close(REJECTED, state.timestamp_ns)
    report(state, REPORT_REJECTED, reason, order, order.state(), events)


def end_pending(
    state: State, market: Market, order: Order, order_list: OrderList, events: Events
) -> None:
    """Let an OTO be done that waited for its first, because an order of it ended unfilled.

    Where that was the first, the others end too. Where it was one of the others, none is left.
    """
    if not order_list.waits_for_first:
        return
    order_list.waits_for_first = False
    if order is order_list.orders[0]:
        order_list.is_paired = False
        for other in order_list.others():
            take_out(market, other, events)
            _close(state, market, other, CANCELLED, PARTNER_DONE, events)


def _is_in_place(market: Market, order: Order) -> bool:
    if order.status <= PARTIALLY_FILLED:
        return order.seat.has(order)
    return order.order_id in order.account.waiting.get(market.instrument.market_id, ())


def _release_pair(order_list: OrderList) -> None:
    first, second = order_list.others()
    if first.status != PENDING:
        release(first, held_amount(first))
        release(second, held_amount(second))


def _close(
    state: State, market: Market, order: Order, status: int, cause: int, events: Events
) -> None:
    assert order.status != FILLED
    _clear_expiry(state, market, order)
    order.close(status, state.timestamp_ns)
    report(state, _report_of(status), cause, order, state_of(market, order), events)


def _report_of(status: int) -> int:
    return REPORT_CANCELLED if status == CANCELLED else REPORT_EXPIRED


def _clear_expiry(state: State, market: Market, order: Order) -> None:
    special = order.special
    if special is not None and special.expires_ns:
        state.timers.clear(EXPIRY, order.order_id)
        market.day_orders.pop(order.order_id, None)
