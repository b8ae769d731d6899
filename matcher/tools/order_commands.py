"""Commands about orders, as fields and as text (see `commands`)."""

from collections.abc import Callable, Mapping
from typing import Final, assert_never

from matcher.tools.catalog import Catalog
from matcher.tools.fields import (
    Fields,
    market_name,
    price_or_none,
    price_text,
    quantity_or_none,
    quantity_text,
    quote_text,
    request_name,
    time_or_none,
)
from proto.codes import (
    LIST_TYPE_NAMES,
    MARKET,
    SELF_TRADE_NAMES,
    SIDE_NAMES,
    TIME_IN_FORCE_NAMES,
    TYPE_NAMES,
)
from proto.commands import (
    AmendOrder,
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    OrderTerms,
    PlaceList,
    PlaceOrder,
    ReplaceOrder,
)
from proto.scales import MarketScale

OrderCommand = (
    PlaceOrder | CancelOrder | AmendOrder | ReplaceOrder | CancelAll | PlaceList | CancelAllAfter
)
_PLAIN: Final = OrderTerms()


def describe_order_command(command: OrderCommand, catalog: Catalog) -> Fields:
    """Describe a command about orders."""
    if isinstance(command, PlaceOrder):
        return {"command": "place"} | _order(command, catalog)
    if isinstance(command, CancelOrder):
        return {"command": "cancel"} | _head(command) | _named(command, catalog)
    if isinstance(command, AmendOrder):
        scale = catalog.scales.get(command.market_id)
        changes: Fields = {
            "price": price_or_none(scale, command.price_ticks),
            "quantity": quantity_or_none(scale, command.quantity_lots),
            "trigger_price": price_or_none(scale, command.trigger_price_ticks),
        }
        return {"command": "amend"} | _head(command) | _named(command, catalog) | changes
    if isinstance(command, ReplaceOrder):
        return {
            "command": "replace",
            "order_id": str(command.order_id) if command.order_id else None,
            "client_order_id": command.client_order_id or None,
            "order": _order(command.order, catalog),
        }
    if isinstance(command, PlaceList):
        return {
            "command": "place_list",
            "list_type": LIST_TYPE_NAMES[command.list_type],
            "orders": [_order(order, catalog) for order in command.orders],
        }
    if isinstance(command, CancelAll):
        return {"command": "cancel_all"} | _head(command) | _whose(command, catalog)
    if isinstance(command, CancelAllAfter):
        timeout: Fields = {"user_id": str(command.user_id), "timeout_ms": command.timeout_ms}
        return {"command": "cancel_all_after"} | _head(command) | timeout
    assert_never(command)


def _head(command: PlaceOrder | CancelOrder | AmendOrder | CancelAll | CancelAllAfter) -> Fields:
    return {
        "request_id": request_name(command.request_id),
        "deadline_ns": command.deadline_ns or None,
    }


def _named(command: CancelOrder | AmendOrder, catalog: Catalog) -> Fields:
    return {
        "market": market_name(command.market_id, catalog),
        "user_id": str(command.user_id),
        "order_id": str(command.order_id) if command.order_id else None,
        "client_order_id": command.client_order_id or None,
    }


def _whose(command: CancelAll, catalog: Catalog) -> Fields:
    return {
        "user_id": str(command.user_id) if command.user_id else None,
        "market": market_name(command.market_id, catalog) if command.market_id else None,
        "side": SIDE_NAMES[command.side] if command.side else None,
    }


def _order(command: PlaceOrder, catalog: Catalog) -> Fields:
    scale = catalog.scales.get(command.market_id)
    is_market = command.order_type == MARKET
    trigger = (command.terms or _PLAIN).trigger
    fields: Fields = {
        **_head(command),
        "market": market_name(command.market_id, catalog),
        "user_id": str(command.user_id),
        "side": SIDE_NAMES[command.side],
        "type": TYPE_NAMES[command.order_type, trigger],
        "price": None if is_market else price_text(scale, command.price_ticks),
        "quantity": quantity_text(scale, command.quantity_lots),
        "time_in_force": TIME_IN_FORCE_NAMES[command.time_in_force],
        "post_only": command.post_only,
        "client_order_id": command.client_order_id or None,
    }
    return fields if command.terms is None else fields | _terms(command.terms, scale)


def _terms(terms: OrderTerms, scale: MarketScale | None) -> Fields:
    return {
        "trigger_price": price_or_none(scale, terms.trigger_price_ticks),
        "trail_amount": price_or_none(scale, terms.trail_ticks),
        "trail_bps": terms.trail_bps or None,
        "display_quantity": quantity_or_none(scale, terms.display_lots),
        "quote_amount": quote_text(scale, terms.quote_amount) if terms.quote_amount else None,
        "expires_at": time_or_none(terms.expires_ns),
        "slide": terms.slide,
        "self_trade_prevention": SELF_TRADE_NAMES[terms.self_trade] if terms.self_trade else None,
    }


def _place_text(fields: Fields) -> str:
    price = "market" if fields["price"] is None else f"@ {fields['price']}"
    name = "" if fields["client_order_id"] is None else f"  id={fields['client_order_id']!r}"
    post_only = " post-only" if fields["post_only"] else ""
    size = fields["quantity"]
    if fields.get("quote_amount") is not None:
        size = f"for {fields['quote_amount']}"
    return (
        f"user {fields['user_id']:<6} {fields['market']:<10} {fields['side']:<4} "
        f"{size} {price} {fields['time_in_force']}{post_only}{_terms_text(fields)}{name}"
    )


# What follows each term in a line.
_TERM_WORDS: Final = {
    "trigger_price": "at",
    "trail_amount": "trail",
    "trail_bps": "trail bps",
    "display_quantity": "shows",
    "expires_at": "until",
    "self_trade_prevention": "self-trade",
}


def _terms_text(fields: Fields) -> str:
    words = [] if fields["type"] in ("limit", "market") else [str(fields["type"])]
    words += [
        f"{word} {fields[name]}"
        for name, word in _TERM_WORDS.items()
        if fields.get(name) is not None
    ]
    if fields.get("slide"):
        words.append("slide")
    return "".join(f" {word}" for word in words)


def _which(fields: Fields) -> str:
    if fields["order_id"] is not None:
        return f"order {fields['order_id']}"
    return f"id={fields['client_order_id']!r}"


def _cancel_text(fields: Fields) -> str:
    return f"user {fields['user_id']:<6} {fields['market']:<10} {_which(fields)}"


def _amend_text(fields: Fields) -> str:
    names = ("price", "quantity", "trigger_price")
    changes = [f"{name} {fields[name]}" for name in names if fields[name] is not None]
    return f"{_cancel_text(fields)} to {', '.join(changes) or 'nothing'}"


def _replace_text(fields: Fields) -> str:
    order = fields["order"]
    assert isinstance(order, dict)
    return f"{_place_text(order)}  in place of {_which(fields)}"


def _list_text(fields: Fields) -> str:
    orders = fields["orders"]
    assert isinstance(orders, list)
    return f"{fields['list_type']}: " + "; ".join(_place_text(order) for order in orders)


def _cancel_all_text(fields: Fields) -> str:
    who = "everybody" if fields["user_id"] is None else f"user {fields['user_id']}"
    where = fields["market"] or "all markets"
    return f"{who} {where} {fields['side'] or 'both sides'}"


def _switch_text(fields: Fields) -> str:
    timeout_ms = fields["timeout_ms"]
    return f"user {fields['user_id']} " + (f"in {timeout_ms} ms" if timeout_ms else "off")


ORDER_TEXTS: Final[Mapping[str, Callable[[Fields], str]]] = {
    "place": _place_text,
    "cancel": _cancel_text,
    "amend": _amend_text,
    "replace": _replace_text,
    "place_list": _list_text,
    "cancel_all": _cancel_all_text,
    "cancel_all_after": _switch_text,
}
