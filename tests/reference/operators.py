"""Commands of operators: definitions, accounts, assets, and what holds for a market."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import product

from proto import codes
from proto.commands import (
    DefineAsset,
    DefineMarket,
    SetAsset,
    SetFees,
    SetMarketRules,
    SetMarketState,
    SetReferencePrice,
)
from proto.definitions import FeeTier, MarketDefinition
from proto.events import AssetChange
from proto.ids import AssetId, Sequence
from proto.limits import AMOUNT_MAX
from proto.replies import Defined, MarketReply, Rejected, Reply
from tests.reference.auction import uncross
from tests.reference.market import Market
from tests.reference.order import round_up
from tests.reference.state import State

MarketCommand = SetMarketState | SetMarketRules | SetReferencePrice | SetFees


class Definitions:
    """Assets that exist; the markets are in the state."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.assets: dict[int, DefineAsset] = {}

    def define_asset(self, command: DefineAsset) -> Reply:
        asset = command.asset
        known = self.assets.get(asset.asset_id)
        if known is not None and known.asset == asset:
            return Defined(command.request_id)
        if known or any(other.asset.name == asset.name for other in self.assets.values()):
            return Rejected(command.request_id, codes.INVALID_DEFINITION)
        self.assets[asset.asset_id] = command
        self.state.money.asset_ids.add(asset.asset_id)
        self.state.events.assets.append(asset)
        return Defined(command.request_id)

    def define_market(self, command: DefineMarket) -> Reply:
        definition, markets = command.market, self.state.markets
        known = markets.get(definition.market_id)
        if known is not None and known.definition == definition:
            return Defined(command.request_id)
        base = self.assets.get(definition.base_asset_id)
        quote = self.assets.get(definition.quote_asset_id)
        if base is None or quote is None:
            return Rejected(command.request_id, codes.UNKNOWN_ASSET)
        names = {market.definition.name for market in markets.values()}
        if (
            known is not None
            or definition.name in names
            or not _fits(definition, base.asset.decimals, quote.asset.decimals)
        ):
            return Rejected(command.request_id, codes.INVALID_DEFINITION)
        markets[definition.market_id] = Market(definition, base.asset, quote.asset)
        self.state.events.markets.append(definition)
        return Defined(command.request_id)

    def set_asset(self, command: SetAsset) -> Reply:
        state, asset_id = self.state, command.asset_id
        if asset_id not in self.assets:
            return Rejected(command.request_id, codes.UNKNOWN_ASSET)
        if (asset_id in state.money.frozen) != command.is_frozen:
            change = AssetChange(
                Sequence(state.sequence), state.now_ns, AssetId(asset_id), command.is_frozen
            )
            state.events.asset_changes.append(change)
        state.money.frozen.discard(asset_id)
        if command.is_frozen:
            state.money.frozen.add(asset_id)
        return Defined(command.request_id)


def _fits(definition: MarketDefinition, base_decimals: int, quote_decimals: int) -> bool:
    """Whether the numbers of a definition go together, so that every product is exact."""
    lot = Fraction(definition.lot_units, 10**definition.quantity_decimals)
    tick = Fraction(definition.tick_units, 10**definition.price_decimals)
    base_unit, quote_unit = lot * 10**base_decimals, lot * tick * 10**quote_decimals
    if base_unit.denominator != 1 or quote_unit.denominator != 1:
        return False
    fees = FeeTier(0, definition.maker_fee_ppm, definition.taker_fee_ppm)
    return (
        definition.base_asset_id != definition.quote_asset_id
        and definition.quantity_min_lots <= definition.quantity_max_lots
        and definition.quantity_max_lots * base_unit <= AMOUNT_MAX
        and _are_good_fees([fees], definition, int(quote_unit))
    )


def _are_good_fees(tiers: Iterable[FeeTier], definition: MarketDefinition, quote_unit: int) -> bool:
    """Whether no fill costs the exchange anything, and the largest order fits an amount."""
    tiers = list(tiers)
    pairs = product((t.maker_fee_ppm for t in tiers), (t.taker_fee_ppm for t in tiers))
    largest = definition.price_max_ticks * definition.quantity_max_lots * quote_unit
    highest = max(max(t.maker_fee_ppm, t.taker_fee_ppm) for t in tiers)
    return (
        all(maker + taker >= 0 for maker, taker in pairs)
        and largest + round_up(largest * highest) <= AMOUNT_MAX
    )


def command_market(state: State, command: MarketCommand) -> Reply:
    """Apply a command to a market."""
    market = state.markets.get(command.market_id)
    if market is None:
        return Rejected(command.request_id, codes.UNKNOWN_MARKET)
    reason = _check(market, command)
    if reason:
        return Rejected(command.request_id, reason)
    before = market.status()
    if isinstance(command, SetMarketState):
        ends_ns = state.now_ns + command.duration_ms * 10**6 if command.duration_ms else 0
        set_state(state, market, command.state, ends_ns)
    elif isinstance(command, SetMarketRules):
        market.rules = command.rules
    elif isinstance(command, SetReferencePrice):
        market.reference_price, market.reference_ns = command.price_ticks, state.now_ns
    else:
        market.fees[command.fees.tier] = command.fees
    # A reference price that is set is set anew, even to what it is.
    if market.status() != before or isinstance(command, SetReferencePrice):
        state.tell_market(market)
    return MarketReply(command.request_id, market.status())


def _check(market: Market, command: MarketCommand) -> int:
    if isinstance(command, SetMarketState):
        # Only an auction ends by itself.
        lasts_in_vain = command.duration_ms and command.state != codes.AUCTION
        return codes.INVALID_RULES if lasts_in_vain else codes.OK
    if isinstance(command, SetMarketRules):
        rules = command.rules
        return codes.INVALID_RULES if rules.volatility_ppm and not rules.auction_ms else codes.OK
    if isinstance(command, SetReferencePrice):
        is_high = command.price_ticks > market.definition.price_max_ticks
        return codes.PRICE_OUT_OF_RANGE if is_high else codes.OK
    tiers = {**market.fees, command.fees.tier: command.fees}.values()
    rates = {order.rates for order in (*market.resting, *market.waiting)}
    met = [*tiers, *(FeeTier(0, one.maker, one.taker) for one in rates)]
    is_good = _are_good_fees(met, market.definition, market.quote_unit)
    return codes.OK if is_good else codes.INVALID_FEES


def set_state(state: State, market: Market, new: int, ends_ns: int) -> None:
    """Put a market into a state, which uncrosses it or ends its day."""
    old, market.state = market.state, new
    market.ends_ns = ends_ns
    if new != old and new in (codes.CONTINUOUS, codes.POST_ONLY):
        uncross(state, market)
    if new == codes.CLOSED:
        orders = [one for one in market.open_orders if one.command.time_in_force == codes.DAY]
        for order in sorted(orders, key=lambda one: one.order_id):
            if order.is_open:
                state.end(order, codes.EXPIRED, codes.SESSION_ENDED)


def end_auction(state: State, market: Market) -> None:
    """Let an auction end whose time is over."""
    set_state(state, market, codes.CONTINUOUS, 0)
    state.tell_market(market)
