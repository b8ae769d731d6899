"""Takes the orders of an engine apart; see `snapshot.py`.

Theory of operation
-------------------
Each known order is a row in the order of the queue; with terms, where it has any. What else few
orders have comes after them and names the order: lists, details, origins, first fills, and the
queues of those that have fired.

A list knows its orders for as long as it is there itself, also one that ended long ago and is not
known any more. Such orders are rows of their own kind: they are in no queue, and nobody finds them.
"""

from collections.abc import Iterable, Iterator

from matcher.core.fees import FeeRates
from matcher.core.order import Order
from matcher.core.order_list import OrderList
from matcher.core.order_parts import (
    DetailRow,
    DetailsPart,
    FiredPart,
    FirstFillRow,
    FirstFillsPart,
    ForgottenOrdersPart,
    ListRow,
    ListsPart,
    OrderRow,
    OrdersPart,
    OriginRow,
    OriginsPart,
)
from matcher.core.parts import Part
from matcher.core.rows import in_parts
from matcher.core.state import State
from proto.codec import decode_order
from proto.codes import PARTIALLY_FILLED, WAITING
from proto.wide_sum import sum_of


def order_parts_of(state: State) -> Iterator[Part]:
    """Take everything about orders apart.

    Complexity: O(orders), in memory O(1) but for a list of references to the known orders.
    """
    known = state.orders.known()
    for order_rows in in_parts(_order_row(order) for order in known):
        yield OrdersPart(order_rows)
    few = [order for order in known if not is_plain(order, state)]
    lists = lists_of(few)
    forgotten = forgotten_orders(state, lists)
    for order_rows in in_parts(_order_row(order) for order in forgotten):
        yield ForgottenOrdersPart(order_rows)
    for list_rows in in_parts(_list_row(order_list) for order_list in lists):
        yield ListsPart(list_rows)
    few += forgotten
    for detail_rows in in_parts(_detail_rows(few, state)):
        yield DetailsPart(detail_rows)
    for origin_rows in in_parts(_origin_rows(few)):
        yield OriginsPart(origin_rows)
    for fill_rows in in_parts(_first_fill_rows(few)):
        yield FirstFillsPart(fill_rows)
    for market_id, market in state.markets.items():
        for order_ids in in_parts(iter(market.fired)):
            yield FiredPart(market_id, order_ids)


def is_plain(order: Order, state: State) -> bool:
    """Say whether its row tells everything about an order."""
    return (
        order.special is None
        and order.origin is None
        and order.first_fills is None
        and order.rebate_amount == 0
        and order.priority == order.order_id
        and order.fees is fees_now(order, state)
    )


def has_fees(order: Order) -> bool:
    """Say whether an order may yet pay the rates that it has.

    A pending order gets its own when it enters, and one that has ended needs none.
    """
    return order.status <= PARTIALLY_FILLED or order.status == WAITING


def fees_now(order: Order, state: State) -> FeeRates:
    """Return the rates that an order would get if it were accepted now."""
    return state.markets[order.instrument.market_id].fees.rates(order.account.tier)


def lists_of(orders: Iterable[Order]) -> list[OrderList]:
    """Return the lists of some orders, each once. Complexity: O(orders)."""
    lists: dict[int, OrderList] = {}
    for order in orders:
        special = order.special
        if special is not None and special.order_list is not None:
            lists[special.order_list.list_id] = special.order_list
    return list(lists.values())


def forgotten_orders(state: State, lists: Iterable[OrderList]) -> list[Order]:
    """Return the orders of some lists that are not known any more. Complexity: O(lists)."""
    orders = state.orders
    return [
        order
        for order_list in lists
        for order in order_list.orders
        if orders.find(order.order_id) is None
    ]


def _order_row(order: Order) -> OrderRow:
    return OrderRow(
        order.order_id,
        order.command(),
        order.created_ns,
        order.updated_ns,
        order.status,
        order.executed_lots,
        order.executed_quote_amount,
        sum_of(order.fee_ppm_sum),
    )


def _list_row(order_list: OrderList) -> ListRow:
    return ListRow(
        order_list.list_type,
        [order.order_id for order in order_list.orders],
        order_list.waits_for_first,
        order_list.is_paired,
    )


def _detail_rows(orders: Iterable[Order], state: State) -> Iterator[DetailRow]:
    markets = state.markets
    for order in orders:
        market = markets[order.instrument.market_id]
        special, status = order.special, order.status
        has_moved = status <= PARTIALLY_FILLED and order.priority != order.order_id
        priority = order.priority if has_moved else 0
        hidden_lots = 0 if special is None else special.hidden_lots
        followed_ticks = 0
        if status == WAITING and order.order_id not in market.fired:
            followed_ticks = market.triggers.followed_ticks(order)
        has_old_fees = has_fees(order) and order.fees is not fees_now(order, state)
        if priority or hidden_lots or followed_ticks or order.rebate_amount or has_old_fees:
            yield DetailRow(
                order.order_id,
                order.fees.maker_ppm,
                order.fees.taker_ppm,
                order.rebate_amount,
                priority,
                hidden_lots,
                followed_ticks,
            )


def _origin_rows(orders: Iterable[Order]) -> Iterator[OriginRow]:
    for order in orders:
        origin = order.origin
        if origin is None:
            continue
        command, first = origin.command, decode_order(origin.first)
        yield OriginRow(
            order.order_id,
            command.price_ticks,
            command.quantity_lots,
            command.terms,
            first.price_ticks,
            first.quantity_lots,
            first.executed_lots,
            first.executed_quote_amount,
            first.fee_amount,
            first.status,
            0 if first.special is None else first.special.trigger_price_ticks,
        )


def _first_fill_rows(orders: Iterable[Order]) -> Iterator[FirstFillRow]:
    for order in orders:
        for fill in order.first_fills or ():
            yield FirstFillRow(
                order.order_id, fill.trade_id, fill.price_ticks, fill.quantity_lots, fill.fee_amount
            )
