"""Says whether the orders of a list can be as they are, all at once.

Theory of operation
-------------------
A list is in one of four states, and each says what its orders are:

    the first of an OTO rests   the others are pending, and a pair if there are two
    it was filled               the others are pending, and due: the first of them is in the queue
    two are a pair              both rest or wait, untouched, and at most one of them rests
    it is done                  they are what they are, but none is pending
"""

from matcher.core.market import Market
from matcher.core.order import Order
from matcher.core.order_list import OrderList
from proto.codes import NEW, NO_TRIGGER, OCO, PARTIALLY_FILLED, PENDING, WAITING


def fits_together(order_list: OrderList, market: Market) -> bool:
    """Say whether a list and its orders agree.

    Args:
        order_list: The list; its orders are of one market and one user.
        market: Their market, with its queue of fired orders.
    """
    orders, others = order_list.orders, order_list.others()
    if order_list.list_type == OCO and len(orders) != 2:
        return False
    if order_list.is_paired and not (len(others) == 2 and _is_pair(others)):
        return False
    pending = sum(1 for order in orders if order.status == PENDING)
    if pending == 0:
        places = (order.status for order in others)
        is_placed = all(status in (NEW, WAITING) for status in places)
        return not order_list.waits_for_first and (is_placed or not order_list.is_paired)
    if order_list.list_type == OCO or orders[0].status == PENDING or pending != len(others):
        return False
    if order_list.is_paired != (len(others) == 2):
        return False
    is_due = others[0].order_id in market.fired
    if order_list.waits_for_first:
        return orders[0].status <= PARTIALLY_FILLED and not is_due
    return is_due and not any(order.order_id in market.fired for order in others[1:])


def _is_pair(orders: list[Order]) -> bool:
    one, other = orders
    if one.side != other.side or one.special is None or other.special is None:
        return False
    triggered = [order.special.trigger != NO_TRIGGER for order in orders if order.special]
    waiting = [order.status == WAITING for order in orders]
    return any(triggered) and (waiting == triggered or one.status == PENDING)
