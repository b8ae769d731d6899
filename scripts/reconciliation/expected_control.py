"""The rows of transfers, accounts, markets and assets that the history must hold. Pure.

See `expected` for what they are made from, and what they must not use.
"""

from typing import Final

from matcher.tools.catalog import Catalog
from proto.codes import (
    MARKET_STATE_NAMES,
    SELF_TRADE_NAMES,
    TRANSFER_KIND_NAMES,
    TRANSFER_STATUS_NAMES,
)
from proto.definitions import FeeTier, MarketRules
from proto.events import AccountChange, AssetChange, MarketChange, TransferState
from scripts.reconciliation.layout import Layout, Row, amount_or_none, text, time_text, truth

_RULES: Final = MarketRules.__struct_fields__

TRANSFERS: Final = Layout(
    "transfers",
    tuple("reference sequence user_id asset kind amount status timestamp".split()),
    ("sequence", "reference"),
)
ACCOUNT_CHANGES: Final = Layout(
    "account_changes",
    tuple(
        "user_id sequence tier group_id self_trade_prevention is_frozen cancel_at timestamp".split()
    ),
    ("sequence", "user_id"),
)
MARKET_CHANGES: Final = Layout(
    "market_changes",
    (
        *"market sequence ordinal state ends_at reference_price reference_at".split(),
        *_RULES,
        "fee_tiers",
        "timestamp",
    ),
    ("sequence", "ordinal", "market"),
)
ASSET_CHANGES: Final = Layout(
    "asset_changes",
    ("asset", "sequence", "is_frozen", "timestamp"),
    ("sequence", "asset"),
)


def transfer_row(transfer: TransferState, catalog: Catalog) -> Row:
    """Make a row of `transfers`."""
    return (
        text(transfer.reference),
        str(transfer.sequence),
        str(transfer.user_id),
        catalog.asset_name(transfer.asset_id),
        TRANSFER_KIND_NAMES[transfer.kind],
        catalog.amount(transfer.asset_id, transfer.amount),
        TRANSFER_STATUS_NAMES[transfer.status],
        time_text(transfer.timestamp_ns),
    )


def account_change_row(change: AccountChange) -> Row:
    """Make a row of `account_changes`."""
    account = change.account
    return (
        str(account.user_id),
        str(change.sequence),
        str(account.tier),
        amount_or_none(account.group_id, str),
        SELF_TRADE_NAMES[account.self_trade],
        truth(account.is_frozen),
        amount_or_none(account.cancel_at_ns, time_text),
        time_text(change.timestamp_ns),
    )


def market_change_row(ordinal: int, change: MarketChange, catalog: Catalog) -> Row:
    """Make a row of `market_changes`; `ordinal` is its place in its command, from 1."""
    status = change.status
    scale = catalog.scales[status.market_id]
    has_price = status.reference_price_ticks > 0
    return (
        scale.market.name,
        str(change.sequence),
        str(ordinal),
        MARKET_STATE_NAMES[status.state],
        amount_or_none(status.ends_ns, time_text),
        amount_or_none(status.reference_price_ticks, scale.price),
        time_text(status.reference_ns) if has_price else None,
        *(str(getattr(status.rules, name)) for name in _RULES),
        _json(status.fee_tiers),
        time_text(change.timestamp_ns),
    )


def asset_change_row(change: AssetChange, catalog: Catalog) -> Row:
    """Make a row of `asset_changes`."""
    return (
        catalog.asset_name(change.asset_id),
        str(change.sequence),
        truth(change.is_frozen),
        time_text(change.timestamp_ns),
    )


def _json(tiers: list[FeeTier]) -> str:
    """Write fee tiers as the database writes JSON that it has parsed."""
    written = (
        f'{{"tier": {fees.tier}, "maker_fee_ppm": {fees.maker_fee_ppm}, '
        f'"taker_fee_ppm": {fees.taker_fee_ppm}}}'
        for fees in tiers
    )
    return f"[{', '.join(written)}]"
