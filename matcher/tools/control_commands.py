"""Commands of operators, and of time, as fields and as text (see `commands`)."""

from collections.abc import Callable, Mapping
from typing import Final, assert_never

from matcher.tools.catalog import Catalog
from matcher.tools.fields import Fields, market_name, price_text, request_name
from proto.codes import MARKET_STATE_NAMES, SELF_TRADE_NAMES
from proto.commands import (
    AdvanceTime,
    DefineAsset,
    DefineMarket,
    SetAccount,
    SetAsset,
    SetFees,
    SetMarketRules,
    SetMarketState,
    SetReferencePrice,
)
from proto.decimals import format_units
from proto.definitions import FeeTier, MarketDefinition, MarketRules
from proto.markets import FEE_DECIMALS

MarketCommand = SetMarketState | SetMarketRules | SetReferencePrice | SetFees
ControlCommand = DefineAsset | DefineMarket | SetAccount | SetAsset | MarketCommand | AdvanceTime


def describe_control_command(command: ControlCommand, catalog: Catalog) -> Fields:
    """Describe a command of an operator."""
    request: Fields = {"request_id": request_name(command.request_id)}
    if isinstance(command, DefineAsset):
        asset = command.asset
        fields: Fields = {
            "asset": asset.name,
            "asset_id": asset.asset_id,
            "decimals": asset.decimals,
        }
        return {"command": "define_asset"} | request | fields
    if isinstance(command, DefineMarket):
        return {"command": "define_market"} | request | _market(command.market, catalog)
    if isinstance(command, SetAccount):
        return {"command": "set_account"} | request | _account(command)
    if isinstance(command, SetAsset):
        frozen: Fields = {
            "asset": catalog.asset_name(command.asset_id),
            "is_frozen": command.is_frozen,
        }
        return {"command": "set_asset"} | request | frozen
    if isinstance(command, AdvanceTime):
        return {"command": "advance_time"} | request
    return _market_command(command, request, catalog)


def _market_command(command: MarketCommand, request: Fields, catalog: Catalog) -> Fields:
    name: Fields = {**request, "market": market_name(command.market_id, catalog)}
    if isinstance(command, SetMarketState):
        state: Fields = {
            "state": MARKET_STATE_NAMES[command.state],
            "duration_ms": command.duration_ms or None,
        }
        return {"command": "set_market_state"} | name | state
    if isinstance(command, SetMarketRules):
        return {"command": "set_market_rules"} | name | rules_fields(command.rules)
    if isinstance(command, SetReferencePrice):
        price = price_text(catalog.scales.get(command.market_id), command.price_ticks)
        return {"command": "set_reference_price"} | name | {"price": price}
    if isinstance(command, SetFees):
        return {"command": "set_fees"} | name | fee_fields(command.fees)
    assert_never(command)


def rules_fields(rules: MarketRules) -> Fields:
    """Describe the rules of a market under the names that they have."""
    return {name: getattr(rules, name) for name in MarketRules.__struct_fields__}


def fee_fields(fees: FeeTier) -> Fields:
    """Describe the fees of a tier."""
    return {
        "tier": fees.tier,
        "maker_fee": format_units(fees.maker_fee_ppm, FEE_DECIMALS),
        "taker_fee": format_units(fees.taker_fee_ppm, FEE_DECIMALS),
    }


def _account(command: SetAccount) -> Fields:
    return {
        "user_id": str(command.user_id),
        "tier": command.tier,
        "group_id": str(command.group_id) if command.group_id else None,
        "self_trade_prevention": SELF_TRADE_NAMES[command.self_trade],
        "is_frozen": command.is_frozen,
    }


def _market(market: MarketDefinition, catalog: Catalog) -> Fields:
    def price(ticks: int) -> str:
        return format_units(ticks * market.tick_units, market.price_decimals)

    def quantity(lots: int) -> str:
        return format_units(lots * market.lot_units, market.quantity_decimals)

    return {
        "market": market.name,
        "market_id": market.market_id,
        "base": catalog.asset_name(market.base_asset_id),
        "quote": catalog.asset_name(market.quote_asset_id),
        "tick_size": price(1),
        "lot_size": quantity(1),
        "max_price": price(market.price_max_ticks),
        "min_quantity": quantity(market.quantity_min_lots),
        "max_quantity": quantity(market.quantity_max_lots),
        "min_notional": catalog.amount(market.quote_asset_id, market.notional_min_amount),
        "maker_fee": format_units(market.maker_fee_ppm, FEE_DECIMALS),
        "taker_fee": format_units(market.taker_fee_ppm, FEE_DECIMALS),
    }


def _asset_text(fields: Fields) -> str:
    return f"{fields['asset']}, {fields['decimals']} decimals"


def _market_text(fields: Fields) -> str:
    return (
        f"{fields['market']}, tick {fields['tick_size']}, lot {fields['lot_size']}, "
        f"fees {fields['maker_fee']} maker {fields['taker_fee']} taker"
    )


def _account_text(fields: Fields) -> str:
    group = "" if fields["group_id"] is None else f", group {fields['group_id']}"
    frozen = ", frozen" if fields["is_frozen"] else ""
    return (
        f"user {fields['user_id']:<6} tier {fields['tier']}{group}, "
        f"self-trade {fields['self_trade_prevention']}{frozen}"
    )


def _set_asset_text(fields: Fields) -> str:
    return f"{fields['asset']} {'frozen' if fields['is_frozen'] else 'thawed'}"


def _state_text(fields: Fields) -> str:
    duration = "" if fields["duration_ms"] is None else f" for {fields['duration_ms']} ms"
    return f"{fields['market']} {fields['state']}{duration}"


def rules_text(fields: Fields) -> str:
    """Write described rules in one line."""
    return ", ".join(f"{name} {fields[name]}" for name in MarketRules.__struct_fields__)


def _set_rules_text(fields: Fields) -> str:
    return f"{fields['market']} {rules_text(fields)}"


def _reference_text(fields: Fields) -> str:
    return f"{fields['market']} @ {fields['price']}"


def fee_text(fields: Fields) -> str:
    """Write described fees in one line."""
    return f"tier {fields['tier']}: {fields['maker_fee']} maker {fields['taker_fee']} taker"


def _set_fees_text(fields: Fields) -> str:
    return f"{fields['market']} {fee_text(fields)}"


def _advance_text(_: Fields) -> str:
    return "what is due happens"


CONTROL_TEXTS: Final[Mapping[str, Callable[[Fields], str]]] = {
    "define_asset": _asset_text,
    "define_market": _market_text,
    "set_account": _account_text,
    "set_asset": _set_asset_text,
    "set_market_state": _state_text,
    "set_market_rules": _set_rules_text,
    "set_reference_price": _reference_text,
    "set_fees": _set_fees_text,
    "advance_time": _advance_text,
}
