"""The small exchange that random commands are sent to: its assets, markets and users."""

from typing import Final

from proto.commands import Command, DefineAsset, DefineMarket, Deposit
from proto.definitions import AssetDefinition, MarketDefinition

START_NS: Final = 1_700_000_000_000_000_000
USERS: Final = (1, 2, 3, 4)
# Users 1 and 2 can pay for anything; what the others have runs short now and then.
FUNDS: Final = {1: 1_000_000, 2: 1_000_000, 3: 3_000, 4: 12_000}
ASSETS: Final = (
    AssetDefinition(1, "INR", 2),
    AssetDefinition(2, "GOLD", 0),
    AssetDefinition(3, "SILVER", 3),
)
MARKETS: Final = (
    # One tick of one lot is one smallest unit, so that every fee rounds; and fees are so high that
    # the amounts of these tests show which rate was used.
    MarketDefinition(1, "GOLD_INR", 2, 1, 2, 1, 0, 1, 1_000, 1, 50, 0, 110_000, 252_500),
    # The maker pays more than the taker, and a lot is several smallest units.
    MarketDefinition(2, "SILVER_INR", 3, 1, 1, 5, 1, 1, 40, 2, 60, 150, 333_333, 7_777),
)
MARKET_IDS: Final = tuple(market.market_id for market in MARKETS)


def definitions() -> list[Command]:
    """Return the commands that make the assets and the markets."""
    return [
        *(DefineAsset(0, asset) for asset in ASSETS),
        *(DefineMarket(0, market) for market in MARKETS),
    ]


def deposits() -> list[Command]:
    """Return the commands that give the users their money."""
    return [
        Deposit(0, user_id, asset.asset_id, amount, f"start-{user_id}-{asset.asset_id}")
        for user_id, amount in FUNDS.items()
        for asset in ASSETS
    ]
