"""The assets and markets of a scenario by their names.

Every scenario begins with INR (two decimals, so 1.00 INR are 100 of its smallest units), GOLD and
the market GOLD_INR, in which a tick is 1 INR and a lot 1 GOLD. Numbers are those of a small market
so that a reader can do the sums: makers pay 0.1 %, takers 0.2 %.
"""

from dataclasses import dataclass, field
from typing import Final

from proto.commands import DefineAsset, DefineMarket
from proto.definitions import AssetDefinition, MarketDefinition

INR: Final = AssetDefinition(1, "INR", 2)
GOLD: Final = AssetDefinition(2, "GOLD", 0)
GOLD_INR: Final = MarketDefinition(
    market_id=1,
    name="GOLD_INR",
    base_asset_id=2,
    quote_asset_id=1,
    price_decimals=0,
    tick_units=1,
    quantity_decimals=0,
    lot_units=1,
    price_max_ticks=1_000,
    quantity_min_lots=2,
    quantity_max_lots=500,
    notional_min_amount=5_000,
    maker_fee_ppm=1_000,
    taker_fee_ppm=2_000,
)
# What a name that nobody has defined is turned into.
UNKNOWN_ID: Final = 99


@dataclass
class Names:
    """What the scenario has defined so far."""

    assets: dict[str, AssetDefinition] = field(default_factory=dict)
    markets: dict[str, MarketDefinition] = field(default_factory=dict)

    def define(self, command: DefineAsset | DefineMarket) -> None:
        """Remember a definition that the exchange has accepted."""
        if isinstance(command, DefineAsset):
            self.assets[command.asset.name] = command.asset
        else:
            self.markets[command.market.name] = command.market

    def asset_id(self, name: str) -> int:
        return self.assets[name].asset_id if name in self.assets else UNKNOWN_ID

    def market_id(self, name: str) -> int:
        return self.markets[name].market_id if name in self.markets else UNKNOWN_ID

    def decimals(self, name: str) -> int:
        return self.assets[name].decimals if name in self.assets else 0

    def asset(self, asset_id: int) -> AssetDefinition:
        return next(asset for asset in self.assets.values() if asset.asset_id == asset_id)

    def next_asset_id(self) -> int:
        return max((asset.asset_id for asset in self.assets.values()), default=0) + 1

    def next_market_id(self) -> int:
        return max((market.market_id for market in self.markets.values()), default=0) + 1
