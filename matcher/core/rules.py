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
from proto.limits import OPEN_ORDERS_PER_USER_MAX


def check_order(
    command: PlaceOrder, market: Market, ledger: Ledger, orders: Orders
) -> int:
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
    if not _is_consistent(command):
        return INVALID_ORDER
    reason = _check_bounds(command, market.instrument)
    if reason != OK:
        return reason
    if command.time_in_force == GTC:
        if orders.open_count(command.user_id) >= OPEN_ORDERS_PER_USER_MAX:
            return TOO_MANY_OPEN_ORDERS
        if command.post_only and market.book.other_side(command.side).meets(
            command.price_ticks
        ):
            return POST_ONLY_WOULD_CROSS
    return _check_balance(command, market, ledger)


def _is_consistent(command: PlaceOrder) -> bool:
    """A market order has no price and cannot wait; only an order that can wait is post-only."""
    if command.order_type == MARKET:
        return (
            command.price_ticks == 0
            and command.time_in_force != GTC
            and not command.post_only
        )
    return command.price_ticks > 0 and not (
        command.post_only and command.time_in_force != GTC
    )


def _check_bounds(command: PlaceOrder, instrument: Instrument) -> int:
    definition = instrument.definition
    price_ticks = command.price_ticks
    quantity_lots = command.quantity_lots
    if price_ticks > definition.price_max_ticks:
        return PRICE_OUT_OF_RANGE
    if (
        not definition.quantity_min_lots
        <= quantity_lots
        <= definition.quantity_max_lots
    ):
        return QUANTITY_OUT_OF_RANGE
    if command.order_type != MARKET:
        quote_amount = price_ticks * quantity_lots * instrument.quote_per_tick_lot
        if quote_amount < definition.notional_min_amount:
            return NOTIONAL_TOO_SMALL
    return OK


def _check_balance(command: PlaceOrder, market: Market, ledger: Ledger) -> int:
    instrument = market.instrument
    if command.side == SELL:
        asset_id = instrument.base_asset_id
        needed_amount = command.quantity_lots * instrument.base_per_lot
    else:
        asset_id = instrument.quote_asset_id
        needed_amount = _quote_needed(command, market)
    if needed_amount > ledger.available(command.user_id, asset_id):
        return INSUFFICIENT_BALANCE
    return OK


def _quote_needed(command: PlaceOrder, market: Market) -> int:
    instrument = market.instrument
    if command.order_type != MARKET:
        tick_lots = command.price_ticks * command.quantity_lots
        fee_ppm = instrument.fee_max_ppm
    else:
        # A market order takes any price, and none is above the highest.
        limit_ticks = instrument.definition.price_max_ticks
        lots, tick_lots = market.book.asks.reach(limit_ticks, command.quantity_lots)
        if command.time_in_force == FOK and lots < command.quantity_lots:
            return 0
        fee_ppm = instrument.taker_fee_ppm
    quote_amount = tick_lots * instrument.quote_per_tick_lot
    return quote_amount + fee_ceiling(quote_amount * fee_ppm)
