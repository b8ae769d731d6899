from pathlib import Path

from proto.definitions import AssetDefinition
from proto.limits import AMOUNT_MAX
from proto.markets import read_markets
from scripts.launcher.demo import USERS, opening_amounts


def test_a_demo_user_can_trade_in_every_market() -> None:
    assets, markets = read_markets(Path("markets.toml"))
    amounts = {asset.name: amount for asset, amount in opening_amounts(assets, markets)}
    assert amounts["INR"] == 1_000_000_000 * 100
    assert amounts["TATA"] == 10_000_000
    assert amounts["BTC"] == 10_000_000 * 10**8


def test_all_demo_users_together_stay_within_what_an_asset_can_hold() -> None:
    (_, amount), *_ = opening_amounts([AssetDefinition(1, "FINE", 18)], [])
    assert amount * len(USERS) < AMOUNT_MAX
