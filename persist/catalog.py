"""What the numbers in events mean: every asset's name and decimals, every market's scale.

Filled from the database at the start and from the events that define assets and markets; nothing
is ever redefined, so nothing is ever forgotten.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final, final

from proto.decimals import format_units
from proto.definitions import AssetDefinition, MarketDefinition
from proto.scales import MarketScale

# Prices, quantities and amounts repeat: that of a fill stands in a trade, two reports, two orders
# and two balance changes. Their texts are kept, as many as this of each kind.
_TEXTS_MAX: Final = 8_192


@final
class Asset:
    """An asset, as rows name and write it.

    Attributes:
        name: Its name.
        text: Writes an amount of smallest units.
    """

    __slots__ = ("name", "text")

    def __init__(self, definition: AssetDefinition) -> None:
        decimals = definition.decimals
        self.name: Final = definition.name
        self.text: Final[Callable[[int], str]] = lru_cache(_TEXTS_MAX)(
            lambda amount: format_units(amount, decimals)
        )


@final
class Market:
    """A market, as rows name and write it.

    Attributes:
        name: Its name.
        price: Writes a price.
        quantity: Writes a quantity.
        quote_amount: Writes an amount of the quote asset.
    """

    __slots__ = ("name", "price", "quantity", "quote_amount")

    def __init__(self, scale: MarketScale) -> None:
        self.name: Final = scale.market.name
        self.price: Final[Callable[[int], str]] = lru_cache(_TEXTS_MAX)(scale.price)
        self.quantity: Final[Callable[[int], str]] = lru_cache(_TEXTS_MAX)(scale.quantity)
        self.quote_amount: Final[Callable[[int], str]] = lru_cache(_TEXTS_MAX)(scale.quote_amount)


@final
class Catalog:
    """Every asset and market known so far."""

    def __init__(self) -> None:
        self.assets: Final[dict[int, Asset]] = {}
        self.markets: Final[dict[int, Market]] = {}
        self._definitions: Final[dict[int, AssetDefinition]] = {}

    def add_asset(self, asset: AssetDefinition) -> None:
        """Learn an asset; again, if need be."""
        self._definitions[asset.asset_id] = asset
        self.assets[asset.asset_id] = Asset(asset)

    def add_market(self, market: MarketDefinition) -> None:
        """Learn a market of two assets that are known; again, if need be."""
        base = self._definitions[market.base_asset_id]
        quote = self._definitions[market.quote_asset_id]
        self.markets[market.market_id] = Market(MarketScale(market, base, quote))
