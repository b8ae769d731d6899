"""What operators change, as lines of COPY: markets, accounts, assets."""

from msgspec.json import encode

from persist.catalog import Catalog
from persist.fields import NULL, TRUTH, TimeTexts
from proto.codes import MARKET_STATE_NAMES, SELF_TRADE_NAMES
from proto.definitions import FeeTier
from proto.events import AccountChange, AssetChange, MarketChange


def market_change_line(
    ordinal: int, change: MarketChange, catalog: Catalog, times: TimeTexts
) -> str:
    """Write a status of a market; columns MARKET_CHANGE_COLUMNS."""
    status, rules = change.status, change.status.rules
    market = catalog.markets[status.market_id]
    price = status.reference_price_ticks
    return (
        f"{market.name}\t{change.sequence}\t{ordinal}\t{MARKET_STATE_NAMES[status.state]}\t"
        f"{times[status.ends_ns] if status.ends_ns else NULL}\t"
        f"{market.price(price) if price else NULL}\t"
        f"{times[status.reference_ns] if price else NULL}\t"
        f"{rules.band_ppm}\t{rules.collar_ppm}\t{rules.volatility_ppm}\t{rules.auction_ms}\t"
        f"{rules.reference_ms}\t{rules.open_orders_max}\t{rules.stop_orders_max}\t"
        f"{_fees(status.fee_tiers)}\t{times[change.timestamp_ns]}\n"
    )


def account_change_line(change: AccountChange, times: TimeTexts) -> str:
    """Write a state of an account; columns ACCOUNT_CHANGE_COLUMNS."""
    account = change.account
    return (
        f"{account.user_id}\t{change.sequence}\t{account.tier}\t{account.group_id or NULL}\t"
        f"{SELF_TRADE_NAMES[account.self_trade]}\t{TRUTH[account.is_frozen]}\t"
        f"{times[account.cancel_at_ns] if account.cancel_at_ns else NULL}\t"
        f"{times[change.timestamp_ns]}\n"
    )


def asset_change_line(change: AssetChange, catalog: Catalog, times: TimeTexts) -> str:
    """Write whether an asset is frozen; columns ASSET_CHANGE_COLUMNS."""
    name = catalog.assets[change.asset_id].name
    return f"{name}\t{change.sequence}\t{TRUTH[change.is_frozen]}\t{times[change.timestamp_ns]}\n"


def _fees(tiers: list[FeeTier]) -> str:
    """Write fee tiers as JSON: numbers and their names, nothing that COPY would read."""
    names = FeeTier.__struct_fields__
    return encode([{name: getattr(tier, name) for name in names} for tier in tiers]).decode()
