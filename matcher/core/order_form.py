"""What an order says of itself, and whether its market takes it at all: the rules 4 to 11.

They look at nothing but the order, its owner and the state of the market, so the orders of a list
are checked one by one. docs/trading-rules.md, section 3, has their order.
"""

from typing import Final

from matcher.core.account import Account
from matcher.core.market import Market
from matcher.core.special import NO_TERMS
from proto.codes import (
    ASSET_FROZEN,
    CONTINUOUS,
    DAY,
    EXPIRY_IN_PAST,
    GTC,
    GTD,
    INVALID_ORDER,
    IOC,
    LIMIT,
    MARKET,
    MARKET_NOT_OPEN,
    NO_TRIGGER,
    NOTIONAL_TOO_SMALL,
    OK,
    POST_ONLY,
    PRICE_OUT_OF_RANGE,
    QUANTITY_OUT_OF_RANGE,
    TRAILING_STOP,
    USER_FROZEN,
)
from proto.commands import OrderTerms, PlaceOrder
from proto.limits import ICEBERG_PARTS_MAX

RESTING_FORCES: Final = (GTC, GTD, DAY)


def check_form(command: PlaceOrder, market: Market, account: Account, timestamp_ns: int) -> int:
    """Check what does not depend on other orders: INVALID_ORDER to NOTIONAL_TOO_SMALL.

    Args:
        command: The order.
        market: Its market.
        account: Its owner.
        timestamp_ns: Engine time.

    Returns:
        OK, or the first rule that it breaks.
    """
    terms = command.terms or NO_TERMS
    if not is_well_formed(command, terms):
        return INVALID_ORDER
    reason = check_admission(command, terms, market, account)
    if reason != OK:
        return reason
    if command.time_in_force == GTD and terms.expires_ns <= timestamp_ns:
        return EXPIRY_IN_PAST
    return check_ranges(command, terms, market)


def is_well_formed(command: PlaceOrder, terms: OrderTerms) -> bool:
    """Say whether the fields of an order do not exclude each other (INVALID_ORDER)."""
    may_wait = command.time_in_force in RESTING_FORCES
    is_triggered = terms.trigger != NO_TRIGGER
    is_limit = command.order_type == LIMIT
    if is_limit != (command.price_ticks > 0):
        return False
    if not is_limit and is_triggered != may_wait:
        return False
    if command.post_only and not (is_limit and may_wait and not is_triggered):
        return False
    if terms.slide and not command.post_only:
        return False
    if (command.time_in_force == GTD) != (terms.expires_ns > 0):
        return False
    if terms.display_lots and not (
        is_limit and may_wait and terms.display_lots < command.quantity_lots
    ):
        return False
    if terms.quote_amount and (
        command.order_type != MARKET
        or command.time_in_force != IOC
        or command.quantity_lots
        or is_triggered
    ):
        return False
    return _is_trigger_well_formed(command, terms)


def _is_trigger_well_formed(command: PlaceOrder, terms: OrderTerms) -> bool:
    trails = (terms.trail_ticks > 0) + (terms.trail_bps > 0)
    if terms.trigger == NO_TRIGGER:
        return terms.trigger_price_ticks == 0 and trails == 0
    if terms.trigger == TRAILING_STOP:
        return terms.trigger_price_ticks == 0 and trails == 1 and command.order_type == MARKET
    return terms.trigger_price_ticks > 0 and trails == 0


def check_admission(
    command: PlaceOrder, terms: OrderTerms, market: Market, account: Account
) -> int:
    """Check who orders what in which state: USER_FROZEN, ASSET_FROZEN, MARKET_NOT_OPEN."""
    if account.is_frozen:
        return USER_FROZEN
    if market.is_frozen:
        return ASSET_FROZEN
    if market.state == CONTINUOUS:
        return OK
    if market.state == POST_ONLY:
        return OK if command.post_only else MARKET_NOT_OPEN
    if not market.collects():
        return MARKET_NOT_OPEN
    if terms.trigger != NO_TRIGGER:
        return OK
    may_rest = command.order_type == LIMIT and command.time_in_force in RESTING_FORCES
    return OK if may_rest and not command.post_only else MARKET_NOT_OPEN


def check_ranges(command: PlaceOrder, terms: OrderTerms, market: Market) -> int:
    """Check PRICE_OUT_OF_RANGE, QUANTITY_OUT_OF_RANGE and NOTIONAL_TOO_SMALL."""
    instrument = market.instrument
    definition = instrument.definition
    highest_ticks = max(command.price_ticks, terms.trigger_price_ticks, terms.trail_ticks)
    if highest_ticks > definition.price_max_ticks:
        return PRICE_OUT_OF_RANGE
    quantity_lots = command.quantity_lots
    if terms.quote_amount:
        too_small = terms.quote_amount < definition.notional_min_amount
        return NOTIONAL_TOO_SMALL if too_small else OK
    if not definition.quantity_min_lots <= quantity_lots <= definition.quantity_max_lots:
        return QUANTITY_OUT_OF_RANGE
    if terms.display_lots and not shows_enough(
        terms.display_lots, quantity_lots, definition.quantity_min_lots
    ):
        return QUANTITY_OUT_OF_RANGE
    quote_amount = command.price_ticks * quantity_lots * instrument.quote_per_tick_lot
    if command.order_type == LIMIT and quote_amount < definition.notional_min_amount:
        return NOTIONAL_TOO_SMALL
    return OK


def shows_enough(display_lots: int, quantity_lots: int, quantity_min_lots: int) -> bool:
    """Say whether an iceberg order shows a part that is large enough."""
    return display_lots >= quantity_min_lots and display_lots * ICEBERG_PARTS_MAX >= quantity_lots
