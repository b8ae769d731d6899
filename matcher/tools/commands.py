"""Commands and what they did, as fields with names, markets and decimal text.

One description serves both ways out: it is the JSON, and the text for people is made from it. A
number of a market or an asset that nobody has defined is shown as it stands in the command.
"""

from typing import TypeAlias, assert_never

from matcher.tools.catalog import Catalog
from proto.codes import MARKET, ORDER_TYPE_NAMES, SIDE_NAMES, TIME_IN_FORCE_NAMES
from proto.commands import (
    CancelOrder,
    Command,
    DefineAsset,
    DefineMarket,
    Deposit,
    PlaceOrder,
    Withdraw,
)
from proto.decimals import format_units
from proto.definitions import MarketDefinition
from proto.markets import FEE_DECIMALS
from proto.scales import MarketScale

Fields: TypeAlias = dict[str, str | int | bool | None]


def describe_command(command: Command, catalog: Catalog) -> Fields:
    """Describe a command; the first field, `command`, says which one it is."""
    if isinstance(command, PlaceOrder):
        return _place(command, catalog)
    if isinstance(command, CancelOrder):
        return {
            "command": "cancel",
            "request_id": request_name(command.request_id),
            "deadline_ns": command.deadline_ns or None,
            "market": market_name(command.market_id, catalog),
            "user_id": str(command.user_id),
            "order_id": str(command.order_id) if command.order_id else None,
            "client_order_id": command.client_order_id or None,
        }
    if isinstance(command, Deposit | Withdraw):
        return {
            "command": "deposit" if isinstance(command, Deposit) else "withdraw",
            "request_id": request_name(command.request_id),
            "user_id": str(command.user_id),
            "asset": catalog.asset_name(command.asset_id),
            "amount": catalog.amount(command.asset_id, command.amount),
            "reference": command.reference,
        }
    if isinstance(command, DefineAsset):
        return {
            "command": "define_asset",
            "request_id": request_name(command.request_id),
            "asset": command.asset.name,
            "asset_id": command.asset.asset_id,
            "decimals": command.asset.decimals,
        }
    if isinstance(command, DefineMarket):
        request_id = request_name(command.request_id)
        return {"command": "define_market", "request_id": request_id} | _market(
            command.market, catalog
        )
    assert_never(command)


def command_text(fields: Fields) -> str:
    """Write a described command in one line."""
    kind = fields["command"]
    if kind == "place":
        price = "market" if fields["price"] is None else f"@ {fields['price']}"
        name = "" if fields["client_order_id"] is None else f"  id={fields['client_order_id']!r}"
        post_only = " post-only" if fields["post_only"] else ""
        return (
            f"user {fields['user_id']:<6} {fields['market']:<10} {fields['side']:<4} "
            f"{fields['quantity']} {price} {fields['time_in_force']}{post_only}{name}"
        )
    if kind == "cancel":
        by_id = fields["order_id"] is not None
        name = f"order {fields['order_id']}" if by_id else f"id={fields['client_order_id']!r}"
        return f"user {fields['user_id']:<6} {fields['market']:<10} {name}"
    if kind in ("deposit", "withdraw"):
        return (
            f"user {fields['user_id']:<6} {fields['amount']} {fields['asset']}  "
            f"reference={fields['reference']!r}"
        )
    if kind == "define_asset":
        return f"{fields['asset']}, {fields['decimals']} decimals"
    return (
        f"{fields['market']}, tick {fields['tick_size']}, lot {fields['lot_size']}, "
        f"fees {fields['maker_fee']} maker {fields['taker_fee']} taker"
    )


def market_name(market_id: int, catalog: Catalog) -> str:
    """Name a market; one that nobody has defined by its id."""
    scale = catalog.scales.get(market_id)
    return f"market {market_id}" if scale is None else scale.market.name


def request_name(request_id: int) -> str | None:
    """Write a correlation id as the gateway's replies do; None where there was no request."""
    return f"{request_id:016x}" if request_id else None


def price_text(scale: MarketScale | None, price_ticks: int) -> str:
    """Write a price; of an unknown market, in ticks."""
    return str(price_ticks) if scale is None else scale.price(price_ticks)


def quantity_text(scale: MarketScale | None, quantity_lots: int) -> str:
    """Write a quantity; of an unknown market, in lots."""
    return str(quantity_lots) if scale is None else scale.quantity(quantity_lots)


def quote_text(scale: MarketScale | None, amount: int) -> str:
    """Write an amount of a market's quote asset; of an unknown market, in smallest units."""
    return str(amount) if scale is None else scale.quote_amount(amount)


def _place(command: PlaceOrder, catalog: Catalog) -> Fields:
    scale = catalog.scales.get(command.market_id)
    is_market = command.order_type == MARKET
    return {
        "command": "place",
        "request_id": request_name(command.request_id),
        "deadline_ns": command.deadline_ns or None,
        "market": market_name(command.market_id, catalog),
        "user_id": str(command.user_id),
        "side": SIDE_NAMES[command.side],
        "type": ORDER_TYPE_NAMES[command.order_type],
        "price": None if is_market else price_text(scale, command.price_ticks),
        "quantity": quantity_text(scale, command.quantity_lots),
        "time_in_force": TIME_IN_FORCE_NAMES[command.time_in_force],
        "post_only": command.post_only,
        "client_order_id": command.client_order_id or None,
    }


def _market(market: MarketDefinition, catalog: Catalog) -> Fields:
    return {
        "market": market.name,
        "market_id": market.market_id,
        "base": catalog.asset_name(market.base_asset_id),
        "quote": catalog.asset_name(market.quote_asset_id),
        "tick_size": format_units(market.tick_units, market.price_decimals),
        "lot_size": format_units(market.lot_units, market.quantity_decimals),
        "max_price": format_units(
            market.price_max_ticks * market.tick_units, market.price_decimals
        ),
        "min_quantity": format_units(
            market.quantity_min_lots * market.lot_units, market.quantity_decimals
        ),
        "max_quantity": format_units(
            market.quantity_max_lots * market.lot_units, market.quantity_decimals
        ),
        "min_notional": catalog.amount(market.quote_asset_id, market.notional_min_amount),
        "maker_fee": format_units(market.maker_fee_ppm, FEE_DECIMALS),
        "taker_fee": format_units(market.taker_fee_ppm, FEE_DECIMALS),
    }
