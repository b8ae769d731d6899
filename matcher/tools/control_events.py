"""Events about transfers, markets, accounts and assets, as fields and as text (see `events`)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from matcher.tools.catalog import Catalog
from matcher.tools.control_commands import fee_fields, fee_text, rules_fields, rules_text
from matcher.tools.fields import Fields, market_name, price_or_none, time_or_none
from proto.codes import (
    MARKET_STATE_NAMES,
    SELF_TRADE_NAMES,
    TRANSFER_KIND_NAMES,
    TRANSFER_STATUS_NAMES,
)
from proto.definitions import MarketStatus
from proto.events import AccountState, EventBatch, TransferState


def describe_control_events(events: EventBatch, catalog: Catalog) -> Iterator[Fields]:
    """Describe what is neither an order's, a trade's nor a balance's."""
    for transfer in events.transfers:
        yield _transfer(transfer, catalog)
    for market in events.market_changes:
        yield _market(market.status, catalog)
    for account in events.account_changes:
        yield _account(account.account)
    for asset in events.asset_changes:
        yield {
            "event": "asset",
            "asset": catalog.asset_name(asset.asset_id),
            "is_frozen": asset.is_frozen,
        }


def _transfer(transfer: TransferState, catalog: Catalog) -> Fields:
    return {
        "event": "transfer",
        "reference": transfer.reference,
        "user_id": str(transfer.user_id),
        "asset": catalog.asset_name(transfer.asset_id),
        "amount": catalog.amount(transfer.asset_id, transfer.amount),
        "kind": TRANSFER_KIND_NAMES[transfer.kind],
        "status": TRANSFER_STATUS_NAMES[transfer.status],
    }


def _market(status: MarketStatus, catalog: Catalog) -> Fields:
    scale = catalog.scales.get(status.market_id)
    return {
        "event": "market",
        "market": market_name(status.market_id, catalog),
        "state": MARKET_STATE_NAMES[status.state],
        "ends_at": time_or_none(status.ends_ns),
        "reference_price": price_or_none(scale, status.reference_price_ticks),
        "rules": rules_fields(status.rules),
        "fees": [fee_fields(tier) for tier in status.fee_tiers],
    }


def _account(account: AccountState) -> Fields:
    return {
        "event": "account",
        "user_id": str(account.user_id),
        "tier": account.tier,
        "group_id": str(account.group_id) if account.group_id else None,
        "self_trade_prevention": SELF_TRADE_NAMES[account.self_trade],
        "is_frozen": account.is_frozen,
        "cancel_at": time_or_none(account.cancel_at_ns),
    }


def _transfer_text(fields: Fields) -> str:
    return (
        f"{fields['kind']} of {fields['amount']} {fields['asset']} of user {fields['user_id']} "
        f"{fields['status']}, reference={fields['reference']!r}"
    )


def _market_text(fields: Fields) -> str:
    rules, fees = fields["rules"], fields["fees"]
    assert isinstance(rules, dict)
    assert isinstance(fees, list)
    ends = "" if fields["ends_at"] is None else f" until {fields['ends_at']}"
    price = "" if fields["reference_price"] is None else f", reference {fields['reference_price']}"
    tiers = ", ".join(fee_text(tier) for tier in fees)
    return f"{fields['market']} {fields['state']}{ends}{price}, {rules_text(rules)}, {tiers}"


def _account_text(fields: Fields) -> str:
    group = "" if fields["group_id"] is None else f", group {fields['group_id']}"
    frozen = ", frozen" if fields["is_frozen"] else ""
    switch = "" if fields["cancel_at"] is None else f", cancels all at {fields['cancel_at']}"
    return (
        f"user {fields['user_id']} tier {fields['tier']}{group}, "
        f"self-trade {fields['self_trade_prevention']}{frozen}{switch}"
    )


def _asset_text(fields: Fields) -> str:
    return f"{fields['asset']} {'frozen' if fields['is_frozen'] else 'thawed'}"


CONTROL_EVENT_TEXTS: Final[Mapping[str, Callable[[Fields], str]]] = {
    "transfer": _transfer_text,
    "market": _market_text,
    "account": _account_text,
    "asset": _asset_text,
}
