"""Market orders by quote amount: how many lots an amount buys, or must be sold for it.

Theory of operation
-------------------
The plan is made before the order trades, step by step through what it would meet. So it trades like
any market order with a quantity: that of the plan, or, where the amount would have sufficed for
more than the book gives, one lot more, which then expires.

With k = price x quote_per_tick_lot what one lot costs, s spent so far, and f the exact fees so far
in parts per million, q more lots fit into an amount a where

    s + q k + ceil((f + q k t) / 10^6) <= a    or, the same,    q k (10^6 + t) <= (a - s) 10^6 - f
"""

from typing import NamedTuple

from matcher.core.account import Account
from matcher.core.instrument import PPM
from matcher.core.market import Market
from matcher.core.order import Order
from matcher.core.self_trade import mode_of, reachable
from proto.codes import BUY


class Plan(NamedTuple):
    """What an order by amount will do.

    Attributes:
        quantity_lots: Quantity that the order gets.
        trades: Whether it meets anybody: otherwise not one lot fits.
    """

    quantity_lots: int
    trades: bool


def plan_by_amount(market: Market, order: Order, limit_ticks: int) -> Plan:
    """Plan an order by amount.

    Args:
        market: Its market.
        order: It has a quote amount; its owner has at least one lot, or the amount.
        limit_ticks: The worst price at which it trades.

    Complexity: O(levels reached), O(orders reached) where it prevents self-trades.
    """
    lots_max = _lots_max(market, order.account, order.side)
    lots = spent_amount = fitting_lots = 0
    ladder = market.book.other_side(order.side)
    for step in reachable(ladder, limit_ticks, order.account, mode_of(order)):
        fitting_lots = _fitting_lots(order, step.price_ticks, spent_amount)
        fitting_lots = min(fitting_lots, lots_max - lots)
        if step.is_own and fitting_lots:
            # It is cancelled with what it would still have got.
            return Plan(lots + 1, True)
        taken_lots = min(step.quantity_lots, fitting_lots)
        lots += taken_lots
        fitting_lots -= taken_lots
        spent_amount += taken_lots * step.price_ticks * market.instrument.quote_per_tick_lot
        if taken_lots < step.quantity_lots:
            return Plan(max(lots, 1), lots > 0)
    # Nobody is left: it is filled where not one lot more would have fitted at the last price.
    is_filled = lots > 0 and fitting_lots == 0
    return Plan(lots if is_filled else lots + 1, lots > 0)


def has_room(order: Order, price_ticks: int) -> bool:
    """Say whether an amount has room for one lot at a price, nothing being spent yet.

    Where it has none at the first price, the order meets nobody.

    Args:
        order: It has a quote amount.
        price_ticks: The price; 0 where nobody is there.
    """
    return price_ticks > 0 and _fitting_lots(order, price_ticks, 0) > 0


def _fitting_lots(order: Order, price_ticks: int, spent_amount: int) -> int:
    """Return how many more lots at a price an amount has room for."""
    assert order.special is not None
    rate_ppm = order.fees.taker_ppm if order.side == BUY else 0
    lot_amount = price_ticks * order.instrument.quote_per_tick_lot
    left_ppm = (order.special.quote_amount - spent_amount) * PPM - spent_amount * rate_ppm
    return left_ppm // (lot_amount * (PPM + rate_ppm))


def _lots_max(market: Market, account: Account, side: int) -> int:
    instrument = market.instrument
    lots_max = instrument.definition.quantity_max_lots
    if side == BUY:
        return lots_max
    available_lots = account.available(instrument.base_asset_id) // instrument.base_per_lot
    return min(lots_max, available_lots)
