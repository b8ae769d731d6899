"""Amending: an open order gets another price, quantity or trigger price.

Theory of operation
-------------------
A lower quantity at the same price leaves the order where it is. Anything else takes an order out
of the book and lets it arrive again, with the next number. An order that waits changes in place,
except that with another trigger price it begins to wait anew.
"""

from typing import NamedTuple

from matcher.core.arrival import arrive
from matcher.core.events import Events
from matcher.core.fills import Fill
from matcher.core.list_rules import command_of
from matcher.core.market import Market
from matcher.core.open_orders import hold, paying_asset, release, take_out, wait
from matcher.core.order import Order
from matcher.core.order_form import check_admission, shows_enough
from matcher.core.order_list import held_amount
from matcher.core.order_place import is_in_band, resting_price_ticks
from matcher.core.replies import Answer, order_reply
from matcher.core.reports import report, state_of
from matcher.core.special import NO_TERMS
from matcher.core.state import State
from proto.codes import (
    DEADLINE_PASSED,
    INSUFFICIENT_BALANCE,
    LIMIT,
    MARKET,
    NOT_AMENDABLE,
    NOTIONAL_TOO_SMALL,
    OK,
    ORDER_NOT_OPEN,
    PENDING,
    POST_ONLY_WOULD_CROSS,
    PRICE_OUT_OF_BAND,
    PRICE_OUT_OF_RANGE,
    QUANTITY_OUT_OF_RANGE,
    REPORT_AMENDED,
    TRAILING_STOP,
    UNKNOWN_MARKET,
    UNKNOWN_ORDER,
    WAITING,
)
from proto.commands import AmendOrder
from proto.replies import Rejected


class _Change(NamedTuple):
    """What an order shall be like."""

    price_ticks: int
    quantity_lots: int
    trigger_price_ticks: int


def amend(command: AmendOrder, state: State, events: Events) -> Answer:
    """Change an open order.

    Complexity: as placing an order; O(1) for a lower quantity.
    """
    request_id = command.request_id
    if 0 < command.deadline_ns < state.timestamp_ns:
        return Rejected(request_id, DEADLINE_PASSED)
    market = state.markets.get(command.market_id)
    if market is None:
        return Rejected(request_id, UNKNOWN_MARKET)
    order = state.find_order(command.user_id, command.order_id, command.client_order_id)
    if order is None or order.instrument is not market.instrument:
        return Rejected(request_id, UNKNOWN_ORDER)
    if not order.is_open():
        return Rejected(request_id, ORDER_NOT_OPEN)
    if not _is_amendable(command, order):
        return Rejected(request_id, NOT_AMENDABLE)
    trigger_price_ticks = 0 if order.special is None else order.special.trigger_price_ticks
    change = _Change(
        command.price_ticks or order.price_ticks,
        command.quantity_lots or order.quantity_lots,
        command.trigger_price_ticks or trigger_price_ticks,
    )
    reason = _check(change, market, order)
    if reason != OK:
        return Rejected(request_id, reason)
    # Nothing below this line may fail.
    before = _Change(order.price_ticks, order.quantity_lots, trigger_price_ticks)
    fills = [] if change == before else _apply(change, before, state, market, order, events)
    return order_reply(request_id, state_of(market, order), fills)


def _is_amendable(command: AmendOrder, order: Order) -> bool:
    special = order.special
    if not (command.price_ticks or command.quantity_lots or command.trigger_price_ticks):
        return False
    if command.price_ticks and order.order_type == MARKET:
        return False
    if order.status == PENDING:
        return False
    if command.trigger_price_ticks and (
        order.status != WAITING or special is None or special.trigger == TRAILING_STOP
    ):
        return False
    if special is None:
        return True
    if special.order_list is not None and not special.order_list.is_done():
        return False
    return not 0 < command.quantity_lots <= special.display_lots


def _check(change: _Change, market: Market, order: Order) -> int:
    """Check USER_FROZEN to INSUFFICIENT_BALANCE."""
    command = command_of(order)
    terms = command.terms or NO_TERMS
    reason = check_admission(command, terms, market, order.account)
    if reason != OK:
        return reason
    reason = _check_ranges(change, market, order)
    if reason != OK:
        return reason
    price_ticks = change.price_ticks
    if order.status != WAITING and price_ticks != order.price_ticks:
        if not is_in_band(market, price_ticks):
            return PRICE_OUT_OF_BAND
        if order.post_only:
            price_ticks = _price_to_rest(change, market, order)
            if not price_ticks:
                return POST_ONLY_WOULD_CROSS
    needed_amount = order.hold_amount_at(price_ticks, change.quantity_lots)
    available_amount = order.account.available(paying_asset(order)) + held_amount(order)
    return OK if needed_amount <= available_amount else INSUFFICIENT_BALANCE


def _check_ranges(change: _Change, market: Market, order: Order) -> int:
    instrument = market.instrument
    definition = instrument.definition
    price_ticks, quantity_lots, trigger_price_ticks = change
    if max(price_ticks, trigger_price_ticks) > definition.price_max_ticks:
        return PRICE_OUT_OF_RANGE
    if not definition.quantity_min_lots <= quantity_lots <= definition.quantity_max_lots:
        return QUANTITY_OUT_OF_RANGE
    if quantity_lots <= order.executed_lots:
        return QUANTITY_OUT_OF_RANGE
    special = order.special
    if (
        special is not None
        and special.display_lots
        and not shows_enough(special.display_lots, quantity_lots, definition.quantity_min_lots)
    ):
        return QUANTITY_OUT_OF_RANGE
    quote_amount = price_ticks * quantity_lots * instrument.quote_per_tick_lot
    if order.order_type == LIMIT and quote_amount < definition.notional_min_amount:
        return NOTIONAL_TOO_SMALL
    return OK


def _price_to_rest(change: _Change, market: Market, order: Order) -> int:
    special = order.special
    slides = special is not None and special.slide
    return resting_price_ticks(order.side, change.price_ticks, slides, market)


def _apply(
    change: _Change,
    before: _Change,
    state: State,
    market: Market,
    order: Order,
    events: Events,
) -> list[Fill]:
    order.remember_origin()
    order.updated_ns = state.timestamp_ns
    if order.status == WAITING:
        _change_waiting(change, before, state, market, order, events)
    elif change.price_ticks == before.price_ticks and change.quantity_lots < before.quantity_lots:
        _reduce(change, before, state, market, order, events)
    else:
        return _arrive_again(change, state, market, order, events)
    return []


def _change_waiting(
    change: _Change,
    before: _Change,
    state: State,
    market: Market,
    order: Order,
    events: Events,
) -> None:
    special = order.special
    assert special is not None
    amount = held_amount(order)
    if change.trigger_price_ticks != before.trigger_price_ticks:
        take_out(market, order, events)
        release(order, amount)
        order.price_ticks, order.quantity_lots, special.trigger_price_ticks = change
        wait(state, market, order)
    else:
        release(order, amount)
        order.price_ticks, order.quantity_lots = change.price_ticks, change.quantity_lots
        hold(order, held_amount(order))
    report(state, REPORT_AMENDED, OK, order, state_of(market, order), events)


def _reduce(
    change: _Change,
    before: _Change,
    state: State,
    market: Market,
    order: Order,
    events: Events,
) -> None:
    book = market.book
    amount = order.hold_amount()
    ladder = book.own_side(order.side)
    shown_lots = order.shown_lots()
    level = ladder.reduce(order, before.quantity_lots - change.quantity_lots)
    release(order, amount - order.hold_amount())
    if order.shown_lots() != shown_lots:
        book.tell(order.side, level, events)
    report(state, REPORT_AMENDED, OK, order, order.state(), events)


def _arrive_again(
    change: _Change, state: State, market: Market, order: Order, events: Events
) -> list[Fill]:
    amount = order.hold_amount()
    price_ticks = change.price_ticks
    if order.post_only and price_ticks != order.price_ticks:
        price_ticks = _price_to_rest(change, market, order)
    take_out(market, order, events)
    release(order, amount)
    order.price_ticks, order.quantity_lots = price_ticks, change.quantity_lots
    order.priority = state.next_order_id()
    order_state = order.state()
    report(state, REPORT_AMENDED, OK, order, order_state, events)
    return arrive(state, market, order, order_state, events)[1]
