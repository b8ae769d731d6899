"""The assets and markets that a feed knows, as its messages name them. Pure.

Nothing is ever redefined, so nothing is ever forgotten.
"""

from typing import Final, final

from proto.definitions import AssetDefinition
from proto.market_data import UserMessage
from proto.replies import MarketsReply
from proto.scales import MarketScale


@final
class Catalog:
    """Assets and markets by their identifiers.

    Attributes:
        assets: Assets.
        scales: Markets.
    """

    def __init__(self) -> None:
        self.assets: Final[dict[int, AssetDefinition]] = {}
        self.scales: Final[dict[int, MarketScale]] = {}

    def learn(self, reply: MarketsReply) -> list[MarketScale]:
        """Take what the matcher has, and return the markets that are new."""
        assets = self.assets
        assets.update((asset.asset_id, asset) for asset in reply.assets)
        new = [
            MarketScale(market, assets[market.base_asset_id], assets[market.quote_asset_id])
            for market in reply.markets
            if market.market_id not in self.scales
        ]
        self.scales.update((scale.market.market_id, scale) for scale in new)
        return new

    def knows(self, message: UserMessage) -> bool:
        """Tell whether every market and asset of a user's message is known."""
        return all(report.order.market_id in self.scales for _, report in message.reports) and all(
            change.asset_id in self.assets for _, change in message.balance_changes
        )
