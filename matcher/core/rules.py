"""The rules that a new order must pass, in their order of precedence.

Theory of operation
-------------------
The first rule that an order breaks is what its owner is told. docs/trading-rules.md, section 3, has
the order of precedence: from what the order says of itself, over what its market allows, to what
the moment allows. It is cut in three here, because the orders of a list are checked part by part:

    check_form     4 to 11   nothing but the order, its owner and the state of the market
    check_place   12 to 15   what depends on the book and on the owner's other orders
    check_funds   16         what it needs is available

A plain order in a market that is open takes the short way through all three: `check_plain` where
it has a limit, `_check_plain_market` where it has none.
"""

from matcher.core.account import Account
from matcher.core.fees import FeeRates
from matcher.core.instrument import fee_ceiling
from matcher.core.market import Market
from matcher.core.self_trade import reachable_lots
from matcher.core.special import NO_TERMS
from proto.codes import (
    ACCOUNT_DEFAULT,
    ASSET_FROZEN,
    BUY,
    CONTINUOUS,
    DAY,
    EXPIRY_IN_PAST,
    FOK,
    GTC,
    GTD,
    INSUFFICIENT_BALANCE,
    INVALID_ORDER,
    IOC,
    LIMIT,
    MARKET,
    MARKET_NOT_OPEN,
    NO_TRIGGER,
    NOTIONAL_TOO_SMALL,
    OK,
    POST_ONLY,
    POST_ONLY_WOULD_CROSS,
    PRICE_OUT_OF_BAND,
    PRICE_OUT_OF_RANGE,
    QUANTITY_OUT_OF_RANGE,
    SELL,
    TOO_MANY_OPEN_ORDERS,
    TOO_MANY_STOP_ORDERS,
    TRAILING_STOP,
    USER_FROZEN,
)
from proto.commands import OrderTerms, PlaceOrder
from proto.limits import ICEBERG_PARTS_MAX

_RESTING_FORCES = (GTC, GTD, DAY)


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


def check_plain(command: PlaceOrder, market: Market, account: Account, rates: FeeRates) -> int:
    """Check a limit order without terms, where market and owner are free to trade.

    What it checks is what `check_order` does then, in one function.

    Args:
        command: GTC, IOC or FOK.
        market: Its market: open.
        account: Its owner: not frozen.
        rates: The owner's rates.

    Returns:
        OK, or the first rule that it breaks.

    Complexity: O(1).
    """
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
    if not market.band_low_ticks <= price_ticks <= market.band_high_ticks:
        return PRICE_OUT_OF_BAND
    if may_rest:
        orders = account.resting.get(command.market_id, ())
        if len(orders) >= market.open_orders_max:
            return TOO_MANY_OPEN_ORDERS
    if command.post_only and market.book.other_side(command.side).meets(price_ticks):
        return POST_ONLY_WOULD_CROSS
    if command.side == SELL:
        needed_amount = quantity_lots * instrument.base_per_lot
        balance = account.balances.get(instrument.base_asset_id)
    else:
        needed_amount = quote_amount + fee_ceiling(quote_amount * rates.hold_ppm)
        balance = account.balances.get(instrument.quote_asset_id)
    is_covered = balance is not None and needed_amount <= balance.total - balance.held
    return OK if is_covered else INSUFFICIENT_BALANCE


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
        needed_amount = quantity_lots * instrument.base_per_lot
        available_amount = account.available(instrument.base_asset_id)
    else:
        mode = account.self_trade
        needed_amount = market_cost(market, account, mode, quantity_lots, force == FOK, rates)
        available_amount = account.available(instrument.quote_asset_id)
    return OK if needed_amount <= available_amount else INSUFFICIENT_BALANCE


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
    may_wait = command.time_in_force in _RESTING_FORCES
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
    may_rest = command.order_type == LIMIT and command.time_in_force in _RESTING_FORCES
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
    if command.order_type == LIMIT and command.time_in_force in _RESTING_FORCES:
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


def check_funds(
    command: PlaceOrder, market: Market, account: Account, rates: FeeRates, freed_amount: int
) -> int:
    """Check INSUFFICIENT_BALANCE.

    Args:
        command: The order.
        market: Its market.
        account: Its owner.
        rates: The owner's rates.
        freed_amount: What will be available more than is now.

    Returns:
        OK or INSUFFICIENT_BALANCE.
    """
    instrument = market.instrument
    selling = command.side == SELL
    asset_id = instrument.base_asset_id if selling else instrument.quote_asset_id
    needed_amount = amount_needed(command, market, account, rates)
    available_amount = account.available(asset_id) + freed_amount
    return OK if needed_amount <= available_amount else INSUFFICIENT_BALANCE


def amount_needed(command: PlaceOrder, market: Market, account: Account, rates: FeeRates) -> int:
    """Return what an order needs when it is placed (docs/trading-rules.md, section 5)."""
    instrument = market.instrument
    terms = command.terms or NO_TERMS
    if command.side == SELL:
        lots = 1 if terms.quote_amount else command.quantity_lots
        return lots * instrument.base_per_lot
    if command.order_type == LIMIT:
        price_ticks = command.price_ticks
        if terms.slide:
            price_ticks = resting_price_ticks(BUY, price_ticks, True, market)
        quote_amount = price_ticks * command.quantity_lots * instrument.quote_per_tick_lot
        return quote_amount + fee_ceiling(quote_amount * rates.hold_ppm)
    if terms.quote_amount:
        return terms.quote_amount
    if terms.trigger != NO_TRIGGER:
        return 0
    mode = account.self_trade if terms.self_trade == ACCOUNT_DEFAULT else terms.self_trade
    is_fok = command.time_in_force == FOK
    return market_cost(market, account, mode, command.quantity_lots, is_fok, rates)


def market_cost(
    market: Market,
    account: Account,
    mode: int,
    quantity_lots: int,
    is_fok: bool,
    rates: FeeRates,
) -> int:
    """Return what a market order that buys is about to pay in the book as it is.

    Args:
        market: Its market.
        account: Its owner.
        mode: What it does before it would trade with its own party.
        quantity_lots: Its quantity.
        is_fok: Whether it trades all or nothing.
        rates: The owner's rates.
    """
    limit_ticks = market.bounded_ticks(BUY, market.collared_ticks(BUY))
    lots, tick_lots = reachable_lots(market.book.asks, limit_ticks, account, mode, quantity_lots)
    if is_fok and lots < quantity_lots:
        return 0
    quote_amount = tick_lots * market.instrument.quote_per_tick_lot
    return quote_amount + fee_ceiling(quote_amount * rates.taker_ppm)
