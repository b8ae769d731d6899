"""What an operator and the clock do to a market: its state, rules, fees and reference price.

Theory of operation
-------------------
Each command says how something shall be from now on; where it is so already, nothing is told. A
market that becomes continuous or post-only is uncrossed first, and a market that closes lets its
DAY orders go.
"""

from collections.abc import Iterator

from matcher.core.auction import uncross
from matcher.core.events import Events
from matcher.core.fees import FeeRates
from matcher.core.market import Market
from matcher.core.open_orders import end
from matcher.core.state import State
from matcher.core.timers import AUCTION_END
from proto.codes import (
    AUCTION,
    CLOSED,
    CONTINUOUS,
    EXPIRED,
    INVALID_RULES,
    OK,
    PENDING,
    POST_ONLY,
    PRICE_OUT_OF_RANGE,
    SESSION_ENDED,
    UNKNOWN_MARKET,
)
from proto.commands import SetFees, SetMarketRules, SetMarketState, SetReferencePrice
from proto.events import MarketChange
from proto.intervals import MILLISECOND_NS
from proto.replies import MarketReply, Rejected, Reply


def set_market_state(command: SetMarketState, state: State, events: Events) -> Reply:
    """Change the state of a market.

    Complexity: O(1); O(levels that cross + fills) where it uncrosses; O(DAY orders) where it
        closes.
    """
    market = state.markets.get(command.market_id)
    if market is None:
        return Rejected(command.request_id, UNKNOWN_MARKET)
    if command.duration_ms and command.state != AUCTION:
        return Rejected(command.request_id, INVALID_RULES)
    # Nothing below this line may fail.
    ends_ns = 0
    if command.duration_ms:
        ends_ns = state.timestamp_ns + command.duration_ms * MILLISECOND_NS
    change_state(state, market, command.state, ends_ns, events)
    return MarketReply(command.request_id, market.status())


def end_auction(market_id: int, state: State, events: Events) -> None:
    """Uncross an auction whose time has come."""
    change_state(state, state.markets[market_id], CONTINUOUS, 0, events)


def change_state(
    state: State, market: Market, market_state: int, ends_ns: int, events: Events
) -> None:
    """Bring a market into a state, with what follows from it.

    Args:
        state: All state.
        market: The market.
        market_state: PRE_OPEN to CLOSED.
        ends_ns: Engine time at which an auction ends by itself; 0 where nothing is set.
        events: Takes what happens.
    """
    before = market.status()
    market_id = market.instrument.market_id
    if ends_ns:
        state.timers.set(AUCTION_END, market_id, ends_ns)
    else:
        state.timers.clear(AUCTION_END, market_id)
    market.set_state(market_state, ends_ns)
    if market_state in (CONTINUOUS, POST_ONLY):
        uncross(state, market, events)
    elif market_state == CLOSED:
        for order in list(market.day_orders.values()):
            if order.is_open():
                end(state, market, order, EXPIRED, SESSION_ENDED, events)
    if market.status() != before:
        _tell(state, market, events)


def set_market_rules(command: SetMarketRules, state: State, events: Events) -> Reply:
    """Change the rules of a market. Complexity: O(1)."""
    market = state.markets.get(command.market_id)
    if market is None:
        return Rejected(command.request_id, UNKNOWN_MARKET)
    rules = command.rules
    if rules.volatility_ppm and not rules.auction_ms:
        return Rejected(command.request_id, INVALID_RULES)
    if rules != market.rules:
        market.set_rules(rules)
        _tell(state, market, events)
    return MarketReply(command.request_id, market.status())


def set_reference_price(command: SetReferencePrice, state: State, events: Events) -> Reply:
    """Set the reference price of a market. Complexity: O(1)."""
    market = state.markets.get(command.market_id)
    if market is None:
        return Rejected(command.request_id, UNKNOWN_MARKET)
    if command.price_ticks > market.instrument.definition.price_max_ticks:
        return Rejected(command.request_id, PRICE_OUT_OF_RANGE)
    market.set_reference(command.price_ticks, state.timestamp_ns)
    _tell(state, market, events)
    return MarketReply(command.request_id, market.status())


def set_fees(command: SetFees, state: State, events: Events) -> Reply:
    """Set the fees of a tier.

    Complexity: O(rates ever set); O(open orders) where rates of the past stand in the way.
    """
    market = state.markets.get(command.market_id)
    if market is None:
        return Rejected(command.request_id, UNKNOWN_MARKET)
    reason = market.fees.check(command.fees, _open_rates(state, market))
    if reason != OK:
        return Rejected(command.request_id, reason)
    if market.fees.set(command.fees):
        _tell(state, market, events)
    return MarketReply(command.request_id, market.status())


def _open_rates(state: State, market: Market) -> Iterator[FeeRates]:
    """Go through the rates of a market's open orders; those of pending ones are yet to come."""
    for account in state.ledger.accounts.values():
        for order in account.open_orders(market.instrument.market_id):
            if order.status != PENDING:
                yield order.fees


def _tell(state: State, market: Market, events: Events) -> None:
    events.market_changes.append(MarketChange(state.sequence, state.timestamp_ns, market.status()))
