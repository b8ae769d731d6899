"""What the numbers in a journal mean: its assets and markets, learned from its own commands.

A definition that the engine refused must not be learned, or every number after it would be written
with the wrong decimals. So each is put before the same rules as in the engine; these need nothing
but the definitions before it.
"""

from typing import Final, final

from matcher.core.instrument import check_asset, check_market
from proto.codes import OK
from proto.commands import Command, DefineAsset, DefineMarket
from proto.decimals import format_units
from proto.definitions import AssetDefinition, MarketDefinition
from proto.replies import MarketsReply
from proto.scales import MarketScale


@final
class Catalog:
    """Every asset and market so far.

    Attributes:
        assets: Assets by id.
        scales: Markets by id, with what writes their numbers.
    """

    def __init__(self) -> None:
        self.assets: Final[dict[int, AssetDefinition]] = {}
        self.scales: Final[dict[int, MarketScale]] = {}

    def learn(self, command: Command) -> None:
        """Take note of a command that defines something, where the engine accepted it."""
        if isinstance(command, DefineAsset):
            if check_asset(command.asset, self.assets) == OK:
                self.assets[command.asset.asset_id] = command.asset
        elif isinstance(command, DefineMarket):
            names = [scale.market.name for scale in self.scales.values()]
            if check_market(command.market, self.assets, self.scales, names) == OK:
                self._add_market(command.market)

    def learn_all(self, reply: MarketsReply) -> None:
        """Take note of everything that an engine has."""
        for asset in reply.assets:
            self.assets[asset.asset_id] = asset
        for market in reply.markets:
            self._add_market(market)

    def asset_name(self, asset_id: int) -> str:
        """Name an asset; one that nobody has defined by its id."""
        asset = self.assets.get(asset_id)
        return f"asset {asset_id}" if asset is None else asset.name

    def amount(self, asset_id: int, amount: int) -> str:
        """Write an amount; of an asset that nobody has defined, in its smallest units."""
        asset = self.assets.get(asset_id)
        return str(amount) if asset is None else format_units(amount, asset.decimals)

    def _add_market(self, market: MarketDefinition) -> None:
        base, quote = self.assets[market.base_asset_id], self.assets[market.quote_asset_id]
        self.scales[market.market_id] = MarketScale(market, base, quote)
