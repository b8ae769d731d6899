"""The rules that a new order must pass, in their order of precedence.

Theory of operation
-------------------
The first rule that an order breaks is what its owner is told. The order of precedence goes from
what the order says of itself, over what its market allows, to what the moment allows:

    1  DEADLINE_PASSED            the engine's: nobody waits for the answer any more
    2  UNKNOWN_MARKET             the engine's
    3  DUPLICATE_CLIENT_ORDER_ID  the engine's: the same order again gets its first outcome
    4  INVALID_ORDER              fields that exclude each other
    5  PRICE_OUT_OF_RANGE         above the market's highest price
    6  QUANTITY_OUT_OF_RANGE      outside of the market's smallest and largest quantity
    7  NOTIONAL_TOO_SMALL         price x quantity of a limit order
    8  TOO_MANY_OPEN_ORDERS       only for an order that may rest
    9  POST_ONLY_WOULD_CROSS
    10 INSUFFICIENT_BALANCE

What must be available: for a sale, the base of the whole quantity; for a limit order that buys,
what it holds while it rests, whatever its time in force; for a market order that buys, exactly
what it is about to pay in the book as it is.
"""

from matcher.core.instrument import Instrument, fee_ceiling
from matcher.core.ledger import Ledger
from matcher.core.market import Market
from matcher.core.orders import Orders
from proto.codes import (
    FOK,
    GTC,
    INSUFFICIENT_BALANCE,
    INVALID_ORDER,
    MARKET,
    NOTIONAL_TOO_SMALL,
    OK,
    POST_ONLY_WOULD_CROSS,
    PRICE_OUT_OF_RANGE,
    QUANTITY_OUT_OF_RANGE,
    SELL,
    TOO_MANY_OPEN_ORDERS,
)
from proto.commands import PlaceOrder
from proto.ids import AssetId
from proto.limits import OPEN_ORDERS_PER_USER_MAX


def check_order(command: PlaceOrder, market: Market, ledger: Ledger, orders: Orders) -> int:
    """Check a new order against every rule from INVALID_ORDER on.

    Args:
        command: The order.
        market: Its market.
        ledger: Balances.
        orders: Open orders.

    Returns:
        OK, or the first rule that it breaks.

    Complexity: O(1); O(levels reached) for a market order that buys.
    """
    if command.order_type == MARKET:
        return _check_market_order(command, market, ledger)
    return _check_limit_order(command, market, ledger, orders)


def _check_limit_order(command: PlaceOrder, market: Market, ledger: Ledger, orders: Orders) -> int:
    instrument = market.instrument
    definition = instrument.definition
    price_ticks, quantity_lots = command.price_ticks, command.quantity_lots
    may_rest = command.time_in_force == GTC
    if price_ticks == 0 or (command.post_only and not may_rest):
        return INVALID_ORDER
    if price_ticks > definition.price_max_ticks:
        return PRICE_OUT_OF_RANGE
    if not definition.quantity_min_lots <= quantity_lots <= definition.quantity_max_lots:
        return QUANTITY_OUT_OF_RANGE
    quote_amount = price_ticks * quantity_lots * instrument.quote_per_tick_lot
    if quote_amount < definition.notional_min_amount:
        return NOTIONAL_TOO_SMALL
    if may_rest and orders.open_count(command.user_id) >= OPEN_ORDERS_PER_USER_MAX:
        return TOO_MANY_OPEN_ORDERS
    if command.post_only and market.book.other_side(command.side).meets(price_ticks):
        return POST_ONLY_WOULD_CROSS
    if command.side == SELL:
        return _check_base(command, instrument, ledger)
    needed_amount = quote_amount + fee_ceiling(quote_amount * instrument.fee_max_ppm)
    return _check_available(ledger, command.user_id, instrument.quote_asset_id, needed_amount)


def _check_market_order(command: PlaceOrder, market: Market, ledger: Ledger) -> int:
    instrument = market.instrument
    definition = instrument.definition
    quantity_lots = command.quantity_lots
    if command.price_ticks or command.post_only or command.time_in_force == GTC:
        return INVALID_ORDER
    if not definition.quantity_min_lots <= quantity_lots <= definition.quantity_max_lots:
        return QUANTITY_OUT_OF_RANGE
    if command.side == SELL:
        return _check_base(command, instrument, ledger)
    # No level is above the highest price, so this limit is none.
    lots, tick_lots = market.book.asks.reach(definition.price_max_ticks, quantity_lots)
    if command.time_in_force == FOK and lots < quantity_lots:
        return OK
    quote_amount = tick_lots * instrument.quote_per_tick_lot
    needed_amount = quote_amount + fee_ceiling(quote_amount * instrument.taker_fee_ppm)
    return _check_available(ledger, command.user_id, instrument.quote_asset_id, needed_amount)


def _check_base(command: PlaceOrder, instrument: Instrument, ledger: Ledger) -> int:
    needed_amount = command.quantity_lots * instrument.base_per_lot
    return _check_available(ledger, command.user_id, instrument.base_asset_id, needed_amount)


def _check_available(ledger: Ledger, user_id: int, asset_id: AssetId, needed_amount: int) -> int:
    return OK if needed_amount <= ledger.available(user_id, asset_id) else INSUFFICIENT_BALANCE
