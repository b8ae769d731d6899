"""What an order needs, and whether it is available: rule 16.

docs/trading-rules.md, section 5, says what that is. In the continuous state no taker's fills cost
more than what was asked for here.
"""

from matcher.core.account import Account
from matcher.core.fees import FeeRates
from matcher.core.instrument import fee_ceiling
from matcher.core.market import Market
from matcher.core.order_place import resting_price_ticks
from matcher.core.self_trade import reachable_lots
from matcher.core.special import NO_TERMS
from proto.codes import ACCOUNT_DEFAULT, BUY, FOK, INSUFFICIENT_BALANCE, LIMIT, NO_TRIGGER, OK, SELL
from proto.commands import PlaceOrder


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
