"""Between the outside's text and the exchange's integers, both ways.

In: a form becomes a command, its text ticks and lots. Here is every rule that needs the market
but no state, so that what can never be placed costs the matcher nothing; the matcher checks the
ranges again, for whoever else sends commands. Out: a reply becomes an answer, its integers text.
"""

import re
from typing import Final

from msgspec import UNSET, UnsetType

from gateway import answers
from gateway.auth import user_of
from gateway.forms import CLIENT_ORDER_ID_PATTERN, CancelOrderForm, PlaceOrderForm
from gateway.problems import Problem
from gateway.reading import identifier, invalid, missing
from gateway.times import moment_text
from proto.codes import (
    BUY,
    FOK,
    GTC,
    IOC,
    LIMIT,
    MARKET,
    ORDER_TYPE_NAMES,
    SELL,
    SIDE_NAMES,
    STATUS_NAMES,
    TIME_IN_FORCE_NAMES,
)
from proto.commands import CancelOrder, PlaceOrder
from proto.decimals import DecimalTextError, format_units
from proto.definitions import AssetDefinition
from proto.events import OrderState
from proto.ids import RequestId
from proto.market_data import Level
from proto.markets import FEE_DECIMALS
from proto.replies import BalanceState, DepthReply, OrderReply
from proto.scales import MarketScale, NotOnStepError

_SIDES: Final = {"buy": BUY, "sell": SELL, "BUY": BUY, "SELL": SELL}
_TYPES: Final = {"limit": LIMIT, "market": MARKET, "LIMIT": LIMIT, "MARKET": MARKET}
_TIMES_IN_FORCE: Final = {"GTC": GTC, "IOC": IOC, "FOK": FOK, "gtc": GTC, "ioc": IOC, "fok": FOK}
_CLIENT_ORDER_ID: Final = re.compile(CLIENT_ORDER_ID_PATTERN[1:-1])


def place_order(
    form: PlaceOrderForm, scale: MarketScale, request_id: RequestId, deadline_ns: int
) -> PlaceOrder:
    """Turn a form into the command.

    Raises:
        Problem: If a field has a value that it cannot have, in this market or with the others.
    """
    order_type = LIMIT if form.type is UNSET else word("type", form.type, _TYPES)
    time_in_force = _time_in_force(form, order_type)
    post_only = form.post_only is True
    if post_only and (order_type != LIMIT or time_in_force != GTC):
        raise invalid("post_only", "must be left out, or false, unless it is a GTC limit order")
    return PlaceOrder(
        request_id,
        deadline_ns,
        scale.market.market_id,
        user_of(form.user_id),
        word("side", form.side, _SIDES),
        order_type,
        time_in_force,
        post_only,
        _price_ticks(form.price, order_type, scale),
        _quantity_lots(form.quantity, scale),
        client_order_id(form.client_order_id),
    )


def cancel_order(
    form: CancelOrderForm, scale: MarketScale, request_id: RequestId, deadline_ns: int
) -> CancelOrder:
    """Turn a form into the command.

    Raises:
        Problem: If a field has a value that it cannot have.
    """
    order_id, name = order_names(form.order_id, form.client_order_id)
    return CancelOrder(
        request_id,
        deadline_ns,
        scale.market.market_id,
        user_of(form.user_id),
        order_id,
        name,
    )


def order_names(order_id: str | int | UnsetType, name: str | UnsetType) -> tuple[int, str]:
    """Read which order is meant.

    Returns:
        Its order_id or 0, and its client_order_id or "": exactly one of them is given.

    Raises:
        Problem: If none or both are given, or one that cannot be.
    """
    if order_id is UNSET:
        if name is UNSET:
            raise missing("order_id")
        return 0, client_order_id(name)
    if name is not UNSET:
        raise invalid("client_order_id", "must be left out where order_id is given")
    return identifier("order_id", order_id), ""


def client_order_id(name: str | UnsetType) -> str:
    """Read a client_order_id; "" where it is not given."""
    if name is UNSET:
        return ""
    if _CLIENT_ORDER_ID.fullmatch(name) is None:
        raise invalid("client_order_id")
    return name


def side(text: str) -> str:
    """Read a side, and return the word that the history has for it."""
    return SIDE_NAMES[word("side", text, _SIDES)]


def word(field: str, text: str, codes: dict[str, int]) -> int:
    """Read one of a few words, which may be written in any case.

    Raises:
        Problem: If it is none of them.
    """
    code = codes.get(text)
    if code is None:
        lowered = text.lower()
        code = next((code for name, code in codes.items() if name.lower() == lowered), None)
        if code is None:
            raise invalid(field)
    return code


def _time_in_force(form: PlaceOrderForm, order_type: int) -> int:
    if form.time_in_force is UNSET:
        return GTC if order_type == LIMIT else IOC
    time_in_force = word("time_in_force", form.time_in_force, _TIMES_IN_FORCE)
    if order_type == MARKET and time_in_force == GTC:
        raise invalid("time_in_force", "must be IOC or FOK for a market order: it never rests")
    return time_in_force


def _price_ticks(price: str | int | UnsetType, order_type: int, scale: MarketScale) -> int:
    if order_type == MARKET:
        if price is not UNSET:
            raise invalid("price", "must be left out for a market order")
        return 0
    if price is UNSET:
        raise missing("price")
    try:
        price_ticks = scale.parse_price(price if type(price) is str else str(price))
    except NotOnStepError as error:
        raise Problem("PRICE_NOT_ON_TICK", f"price {error}", field="price") from None
    except DecimalTextError as error:
        raise invalid("price", str(error)) from None
    if not 0 < price_ticks <= scale.market.price_max_ticks:
        most = scale.price(scale.market.price_max_ticks)
        raise Problem(
            "PRICE_OUT_OF_RANGE", f"price must be above 0 and at most {most}", field="price"
        )
    return price_ticks


def _quantity_lots(quantity: str | int, scale: MarketScale) -> int:
    market = scale.market
    try:
        lots = scale.parse_quantity(quantity if type(quantity) is str else str(quantity))
    except NotOnStepError as error:
        raise Problem("QUANTITY_NOT_ON_LOT", f"quantity {error}", field="quantity") from None
    except DecimalTextError as error:
        raise invalid("quantity", str(error)) from None
    if not market.quantity_min_lots <= lots <= market.quantity_max_lots:
        raise Problem(
            "QUANTITY_OUT_OF_RANGE",
            f"quantity must be from {scale.quantity(market.quantity_min_lots)} to "
            f"{scale.quantity(market.quantity_max_lots)}",
            field="quantity",
        )
    return lots


def placed_order(reply: OrderReply, scale: MarketScale) -> answers.PlacedOrder:
    """Write an order and its fills."""
    fills = [
        answers.Fill(
            scale.price(fill.price_ticks),
            scale.quantity(fill.quantity_lots),
            str(fill.trade_id),
            scale.quote_amount(fill.fee_amount),
        )
        for fill in reply.fills
    ]
    return answers.PlacedOrder(*_order_fields(reply.order, scale), fills)


def order(state: OrderState, scale: MarketScale) -> answers.Order:
    """Write an order."""
    return answers.Order(*_order_fields(state, scale))


_OrderFields = tuple[
    str, str | None, str, str, str, str, str, bool, str | None, str, str, str, str, str, str, str,
    str,
]  # fmt: skip


def _order_fields(state: OrderState, scale: MarketScale) -> _OrderFields:
    """Write the fields of `answers.Order`, in its order."""
    created_at = moment_text(state.created_ns)
    unchanged = state.updated_ns == state.created_ns
    return (
        str(state.order_id),
        state.client_order_id or None,
        str(state.user_id),
        scale.market.name,
        SIDE_NAMES[state.side],
        ORDER_TYPE_NAMES[state.order_type],
        TIME_IN_FORCE_NAMES[state.time_in_force],
        state.post_only,
        scale.price(state.price_ticks) if state.order_type == LIMIT else None,
        scale.quantity(state.quantity_lots),
        scale.quantity(state.executed_lots),
        scale.quantity(state.quantity_lots - state.executed_lots),
        scale.quote_amount(state.executed_quote_amount),
        scale.quote_amount(state.fee_amount),
        STATUS_NAMES[state.status],
        created_at,
        created_at if unchanged else moment_text(state.updated_ns),
    )


def depth(reply: DepthReply, scale: MarketScale) -> answers.Depth:
    """Write a book."""
    return answers.Depth(
        scale.market.name,
        reply.book_sequence,
        _levels(reply.bids, scale),
        _levels(reply.asks, scale),
    )


def balance(asset: AssetDefinition, state: BalanceState | None) -> answers.Balance:
    """Write a balance; an asset that the user never had is a balance of zero."""
    total = 0 if state is None else state.total_amount
    held = 0 if state is None else state.held_amount
    return answers.Balance(
        asset.name,
        format_units(total, asset.decimals),
        format_units(held, asset.decimals),
        format_units(total - held, asset.decimals),
    )


def market(scale: MarketScale) -> answers.Market:
    """Write a market's rules."""
    rules = scale.market
    return answers.Market(
        rules.name,
        scale.base.name,
        scale.quote.name,
        scale.base.decimals,
        scale.quote.decimals,
        scale.price(1),
        scale.quantity(1),
        scale.price(rules.price_max_ticks),
        scale.quantity(rules.quantity_min_lots),
        scale.quantity(rules.quantity_max_lots),
        scale.quote_amount(rules.notional_min_amount),
        format_units(rules.maker_fee_ppm, FEE_DECIMALS),
        format_units(rules.taker_fee_ppm, FEE_DECIMALS),
    )


def _levels(levels: list[Level], scale: MarketScale) -> list[tuple[str, str]]:
    return [
        (scale.price(level.price_ticks), scale.quantity(level.quantity_lots)) for level in levels
    ]
