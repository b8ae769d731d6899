"""Whether there is a place for an order: the rules 12 to 15.

They look at the book, and at the other orders of its owner.
"""

from matcher.core.account import Account
from matcher.core.market import Market
from matcher.core.order_form import RESTING_FORCES
from matcher.core.special import NO_TERMS
from proto.codes import (
    BUY,
    LIMIT,
    NO_TRIGGER,
    OK,
    POST_ONLY_WOULD_CROSS,
    PRICE_OUT_OF_BAND,
    TOO_MANY_OPEN_ORDERS,
    TOO_MANY_STOP_ORDERS,
)
from proto.commands import PlaceOrder


def check_place(
    command: PlaceOrder, market: Market, account: Account, resting: int, waiting: int
) -> int:
    """Check what depends on other orders: PRICE_OUT_OF_BAND to POST_ONLY_WOULD_CROSS.

    Args:
        command: The order.
        market: Its market.
        account: Its owner.
        resting: Resting orders that the owner will have more than now, or fewer.
        waiting: The same for waiting and pending orders.

    Returns:
        OK, or the first rule that it breaks.
    """
    terms = command.terms or NO_TERMS
    market_id = market.instrument.market_id
    if terms.trigger != NO_TRIGGER:
        waiting += account.waiting_count(market_id)
        return TOO_MANY_STOP_ORDERS if waiting >= market.stop_orders_max else OK
    if command.order_type == LIMIT and not is_in_band(market, command.price_ticks):
        return PRICE_OUT_OF_BAND
    if command.order_type == LIMIT and command.time_in_force in RESTING_FORCES:
        resting += account.resting_count(market_id)
        if resting >= market.open_orders_max:
            return TOO_MANY_OPEN_ORDERS
    if command.post_only and not resting_price_ticks(
        command.side, command.price_ticks, terms.slide, market
    ):
        return POST_ONLY_WOULD_CROSS
    return OK


def is_in_band(market: Market, price_ticks: int) -> bool:
    """Say whether a limit price lies in the band, or there is none to lie in now."""
    if market.collects():
        return True
    return market.band_low_ticks <= price_ticks <= market.band_high_ticks


def resting_price_ticks(side: int, price_ticks: int, slides: bool, market: Market) -> int:
    """Return the price at which a post-only order rests.

    Args:
        side: BUY or SELL.
        price_ticks: The price that it asks for.
        slides: Whether it may have another one.
        market: Its market.

    Returns:
        The price; 0 where there is none at which it does not take.
    """
    other_side = market.book.other_side(side)
    if not other_side.meets(price_ticks):
        return price_ticks
    if not slides:
        return 0
    best_ticks = other_side.best_price_ticks()
    if side == BUY:
        return best_ticks - 1
    slid_ticks = best_ticks + 1
    return slid_ticks if slid_ticks <= market.instrument.definition.price_max_ticks else 0
