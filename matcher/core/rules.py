"""The rules that a new order must pass, in their order of precedence.

Theory of operation
-------------------
The first rule that an order breaks is what its owner is told. docs/trading-rules.md, section 3, has
the order of precedence: from what the order says of itself, over what its market allows, to what
the moment allows. It is cut in three here, because the orders of a list are checked part by part:

    order_form     4 to 11   nothing but the order, its owner and the state of the market
    order_place   12 to 15   what depends on the book and on the owner's other orders
    order_funds   16         what it needs is available

A plain order in a market that is open takes the short way through all three: `check_plain` where
it has a limit, `_check_plain_market` where it has none.
"""

from matcher.core.account import Account
from matcher.core.fees import FeeRates
from matcher.core.instrument import fee_of
from matcher.core.market import Market
from matcher.core.order import Order
from matcher.core.order_form import check_form
from matcher.core.order_funds import can_pay, check_funds
from matcher.core.order_place import check_place
from proto.codes import (
    FOK,
    GTC,
    INSUFFICIENT_BALANCE,
    INVALID_ORDER,
    IOC,
    MARKET,
    NOTIONAL_TOO_SMALL,
    OK,
    POST_ONLY_WOULD_CROSS,
    PRICE_OUT_OF_BAND,
    PRICE_OUT_OF_RANGE,
    QUANTITY_OUT_OF_RANGE,
    SELL,
    TOO_MANY_OPEN_ORDERS,
)
from proto.commands import PlaceOrder


def check_order(
    command: PlaceOrder, market: Market, account: Account, rates: FeeRates, timestamp_ns: int
) -> int:
    """Check a new order against every rule from INVALID_ORDER on.

    Args:
        command: The order.
        market: Its market.
        account: Its owner.
        rates: The owner's rates.
        timestamp_ns: Engine time.

    Returns:
        OK, or the first rule that it breaks.

    Complexity: O(1); O(levels reached) for a market order that buys, O(orders reached) where it
        prevents self-trades.
    """
    if (
        command.terms is None
        and command.order_type == MARKET
        and market.is_open
        and not account.is_frozen
    ):
        return _check_plain_market(command, market, account, rates)
    reason = check_form(command, market, account, timestamp_ns)
    if reason == OK:
        reason = check_place(command, market, account, 0, 0)
    if reason == OK:
        reason = check_funds(command, market, account, rates, 0)
    return reason


def check_plain(order: Order, market: Market) -> int:
    """Check a limit order without terms, where market and owner are free to trade.

    What it checks is what `check_order` does then, in one function, and of the order that was made
    of the command: nearly every order passes here.

    Args:
        order: In hand, as it was asked for.
        market: Its market: open.

    Returns:
        OK, or the first rule that it breaks.

    Complexity: O(1).
    """
    instrument = market.instrument
    price_ticks, quantity_lots = order.price_ticks, order.quantity_lots
    may_rest = order.time_in_force == GTC
    if price_ticks == 0 or (order.post_only and not may_rest) or order.time_in_force > FOK:
        return INVALID_ORDER
    if price_ticks > instrument.price_max_ticks:
        return PRICE_OUT_OF_RANGE
    if not instrument.quantity_min_lots <= quantity_lots <= instrument.quantity_max_lots:
        return QUANTITY_OUT_OF_RANGE
    quote_amount = instrument.quote_amount(price_ticks, quantity_lots)
    if quote_amount < instrument.notional_min_amount:
        return NOTIONAL_TOO_SMALL
    if not market.band_low_ticks <= price_ticks <= market.band_high_ticks:
        return PRICE_OUT_OF_BAND
    seat = order.seat
    if may_rest and seat.resting >= market.open_orders_max:
        return TOO_MANY_OPEN_ORDERS
    if order.post_only and market.book.other_side(order.side).meets(price_ticks):
        return POST_ONLY_WOULD_CROSS
    if order.side == SELL:
        needed_amount = instrument.base_amount(quantity_lots)
        available_amount = seat.available_base()
    else:
        needed_amount = quote_amount + fee_of(quote_amount, order.fees.hold_ppm)
        available_amount = seat.available_quote()
    return OK if needed_amount <= available_amount else INSUFFICIENT_BALANCE


def _check_plain_market(
    command: PlaceOrder, market: Market, account: Account, rates: FeeRates
) -> int:
    """Check a market order without terms, where market and owner are free to trade."""
    instrument = market.instrument
    definition = instrument.definition
    quantity_lots, force = command.quantity_lots, command.time_in_force
    if command.price_ticks or command.post_only or force not in (IOC, FOK):
        return INVALID_ORDER
    if not definition.quantity_min_lots <= quantity_lots <= definition.quantity_max_lots:
        return QUANTITY_OUT_OF_RANGE
    if command.side == SELL:
        needed_amount = instrument.base_amount(quantity_lots)
        is_covered = needed_amount <= account.available(instrument.base_asset_id)
    else:
        available_amount = account.available(instrument.quote_asset_id)
        mode = account.self_trade
        is_covered = can_pay(market, account, mode, quantity_lots, rates, available_amount)
    return OK if is_covered else INSUFFICIENT_BALANCE
