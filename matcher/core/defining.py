"""Creating assets and markets, at any time."""

from matcher.core.events import Events
from matcher.core.instrument import Instrument, check_asset, check_market
from matcher.core.market import Market
from matcher.core.state import State
from proto.codes import OK
from proto.commands import DefineAsset, DefineMarket
from proto.ids import AssetId
from proto.replies import Defined, Rejected, Reply


def define_asset(command: DefineAsset, state: State, events: Events) -> Reply:
    """Create an asset; the same again is answered again. Complexity: O(assets)."""
    asset = command.asset
    if state.assets.get(asset.asset_id) == asset:
        return Defined(command.request_id)
    reason = check_asset(asset, state.assets)
    if reason != OK:
        return Rejected(command.request_id, reason)
    # Nothing below this line may fail.
    state.assets[asset.asset_id] = asset
    state.ledger.add_asset(AssetId(asset.asset_id))
    events.assets.append(asset)
    return Defined(command.request_id)


def define_market(command: DefineMarket, state: State, events: Events) -> Reply:
    """Create a market; the same again is answered again. Complexity: O(markets)."""
    definition = command.market
    known = state.markets.get(definition.market_id)
    if known is not None and known.instrument.definition == definition:
        return Defined(command.request_id)
    names = [market.instrument.definition.name for market in state.markets.values()]
    reason = check_market(definition, state.assets, state.markets, names)
    if reason != OK:
        return Rejected(command.request_id, reason)
    # Nothing below this line may fail.
    base = state.assets[definition.base_asset_id]
    quote = state.assets[definition.quote_asset_id]
    market = Market(Instrument(definition, base, quote))
    both = {market.instrument.base_asset_id, market.instrument.quote_asset_id}
    market.set_frozen(not both.isdisjoint(state.frozen_assets))
    state.markets[definition.market_id] = market
    events.markets.append(definition)
    return Defined(command.request_id)
