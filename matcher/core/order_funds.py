"""What an order needs, and whether it is available: rule 16.

docs/trading-rules.md, section 5, says what that is. In the continuous state no taker's fills cost
more than what was asked for here.
"""

from matcher.core.account import Account
from matcher.core.fees import FeeRates
from matcher.core.instrument import fee_of
from matcher.core.market import Market
from matcher.core.order_place import resting_price_ticks
from matcher.core.self_trade import reachable
from matcher.core.special import NO_TERMS
from proto.codes import (
    ACCOUNT_DEFAULT,
    ALLOW,
    BUY,
    DECREMENT,
    INSUFFICIENT_BALANCE,
    LIMIT,
    MARKET,
    NO_TRIGGER,
    OK,
    SELL,
)
from proto.commands import OrderTerms, PlaceOrder


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
    available_amount = account.available(asset_id) + freed_amount
    terms = command.terms or NO_TERMS
    if is_paid_by_the_book(command, terms):
        mode = account.self_trade if terms.self_trade == ACCOUNT_DEFAULT else terms.self_trade
        lots = command.quantity_lots
        is_covered = can_pay(market, account, mode, lots, rates, available_amount)
    else:
        is_covered = amount_needed(command, market, rates) <= available_amount
    return OK if is_covered else INSUFFICIENT_BALANCE


def is_paid_by_the_book(command: PlaceOrder, terms: OrderTerms) -> bool:
    """Say whether the book tells what an order needs: a market order that buys a quantity."""
    return (
        command.side == BUY
        and command.order_type == MARKET
        and not terms.quote_amount
        and terms.trigger == NO_TRIGGER
    )


def amount_needed(command: PlaceOrder, market: Market, rates: FeeRates) -> int:
    """Return what an order needs when it is placed, where the book has no say in it.

    Args:
        command: The order.
        market: Its market.
        rates: Its owner's rates.
    """
    instrument = market.instrument
    terms = command.terms or NO_TERMS
    assert not is_paid_by_the_book(command, terms)
    if command.side == SELL:
        lots = 1 if terms.quote_amount else command.quantity_lots
        return lots * instrument.base_per_lot
    if command.order_type == LIMIT:
        price_ticks = command.price_ticks
        if terms.slide:
            price_ticks = resting_price_ticks(BUY, price_ticks, True, market)
        quote_amount = price_ticks * command.quantity_lots * instrument.quote_per_tick_lot
        return quote_amount + fee_of(quote_amount, rates.hold_ppm)
    # By amount, or waiting.
    return terms.quote_amount


def can_pay(
    market: Market,
    account: Account,
    mode: int,
    quantity_lots: int,
    rates: FeeRates,
    available_amount: int,
) -> bool:
    """Say whether a market order that buys can pay for what it is about to get.

    It looks no further into the book than the money goes, so nobody makes others wait with an order
    that they cannot pay.

    Args:
        market: Its market.
        account: Its owner.
        mode: What it does before it would trade with its own party.
        quantity_lots: Its quantity.
        rates: Its rates.
        available_amount: What its owner can pay.

    Complexity: O(levels paid for), O(orders paid for) where the mode prevents self-trades.
    """
    limit_ticks = market.bounded_ticks(BUY, market.collared_ticks(BUY))
    lot_amount = market.instrument.quote_per_tick_lot
    best = market.book.asks.best
    if mode == ALLOW and best is not None and best.quantity_lots >= quantity_lots:
        # Nearly always: the first level has enough.
        quote_amount = quantity_lots * best.price_ticks * lot_amount
        cost_amount = quote_amount + fee_of(quote_amount, rates.taker_ppm)
        return best.price_ticks > limit_ticks or cost_amount <= available_amount
    quote_amount = 0
    for step in reachable(market.book.asks, limit_ticks, account, mode):
        taken_lots = min(step.quantity_lots, quantity_lots)
        if not step.is_own:
            quote_amount += taken_lots * step.price_ticks * lot_amount
            if quote_amount + fee_of(quote_amount, rates.taker_ppm) > available_amount:
                return False
        elif mode != DECREMENT:
            break
        quantity_lots -= taken_lots
        if quantity_lots == 0:
            break
    return True
