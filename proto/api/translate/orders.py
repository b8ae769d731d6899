"""Orders, on their way in: forms become commands.

What fields of an order exclude each other stands in docs/trading-rules.md, section 3, as
INVALID_ORDER. Here each of these rules is checked too, to name the field that breaks it.
"""

from typing import Final

from msgspec import UNSET, UnsetType

from proto.api.auth import user_of
from proto.api.forms.orders import (
    AmendOrderForm,
    CancelOrderForm,
    OcoForm,
    OtoForm,
    PlaceOrderForm,
    ReplaceOrderForm,
)
from proto.api.problems import Problem
from proto.api.reading import invalid, missing, moment_ns
from proto.api.translate.values import (
    SELF_TRADES,
    SIDES,
    amount,
    client_order_id,
    order_names,
    price_ticks,
    quantity_lots,
    word,
)
from proto.codes import (
    ACCOUNT_DEFAULT,
    DAY,
    GTC,
    GTD,
    IOC,
    LIMIT,
    MARKET,
    NO_TRIGGER,
    OCO,
    OTO,
    STOP_LOSS,
    TAKE_PROFIT,
    TIME_IN_FORCE_NAMES,
    TRAILING_STOP,
)
from proto.commands import (
    AmendOrder,
    CancelOrder,
    OrderTerms,
    PlaceList,
    PlaceOrder,
    ReplaceOrder,
)
from proto.ids import RequestId
from proto.scales import MarketScale

# What each type is inside: whether it has a limit, and what it waits for.
TYPES: Final = {
    "limit": (LIMIT, NO_TRIGGER),
    "market": (MARKET, NO_TRIGGER),
    "stop_loss": (MARKET, STOP_LOSS),
    "stop_loss_limit": (LIMIT, STOP_LOSS),
    "take_profit": (MARKET, TAKE_PROFIT),
    "take_profit_limit": (LIMIT, TAKE_PROFIT),
    "trailing_stop": (MARKET, TRAILING_STOP),
}
_WRITTEN_TYPES: Final = {**TYPES, "LIMIT": TYPES["limit"], "MARKET": TYPES["market"]}
_TIMES_IN_FORCE: Final = {
    written: code for code, name in TIME_IN_FORCE_NAMES.items() for written in (name, name.lower())
}
_RESTING: Final = frozenset((GTC, GTD, DAY))
_NO_TERMS: Final = OrderTerms()


def place_order(
    form: PlaceOrderForm, scale: MarketScale, request_id: RequestId, deadline_ns: int
) -> PlaceOrder:
    """Turn a form into the command.

    Raises:
        Problem: If a field has a value that it cannot have, in this market or with the others.
    """
    order_type, trigger = (
        TYPES["limit"] if form.type is UNSET else word("type", form.type, _WRITTEN_TYPES)
    )
    time_in_force = _time_in_force(form.time_in_force, order_type, trigger)
    post_only = form.post_only is True
    if post_only and (order_type != LIMIT or trigger or time_in_force not in _RESTING):
        raise invalid(
            "post_only", "must be left out, or false, unless it is a limit order that may rest"
        )
    user_id = user_of(form.user_id)
    order_side = word("side", form.side, SIDES)
    limit_ticks = _limit_ticks(form.price, order_type, scale)
    terms = None
    if trigger or time_in_force == GTD or _has_terms(form):
        terms = _terms(form, order_type, trigger, time_in_force, scale)
    return PlaceOrder(
        request_id,
        deadline_ns,
        scale.market.market_id,
        user_id,
        order_side,
        order_type,
        time_in_force,
        post_only,
        limit_ticks,
        _quantity_lots(form, scale),
        client_order_id(form.client_order_id),
        terms,
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


def amend_order(
    form: AmendOrderForm, scale: MarketScale, request_id: RequestId, deadline_ns: int
) -> AmendOrder:
    """Turn a form into the command.

    Raises:
        Problem: If a field has a value that it cannot have, or nothing is to change.
    """
    order_id, name = order_names(form.order_id, form.client_order_id)
    if form.price is UNSET and form.quantity is UNSET and form.trigger_price is UNSET:
        raise Problem(
            "MISSING_FIELD", "give the price, quantity or trigger_price that it is to have",
            field="price",
        )  # fmt: skip
    return AmendOrder(
        request_id,
        deadline_ns,
        scale.market.market_id,
        user_of(form.user_id),
        order_id,
        name,
        _ticks_or_zero("price", form.price, scale),
        0 if form.quantity is UNSET else quantity_lots("quantity", form.quantity, scale),
        _ticks_or_zero("trigger_price", form.trigger_price, scale),
    )


def replace_order(
    form: ReplaceOrderForm, scale: MarketScale, request_id: RequestId, deadline_ns: int
) -> ReplaceOrder:
    """Turn a form into the command.

    Raises:
        Problem: If a field has a value that it cannot have.
    """
    order_id, name = order_names(form.order_id, form.client_order_id)
    order = _part("order", form.order, scale, request_id, deadline_ns)
    return ReplaceOrder(order_id, name, order)


def place_oco(
    form: OcoForm, scale: MarketScale, request_id: RequestId, deadline_ns: int
) -> PlaceList:
    """Turn a form into the command.

    Raises:
        Problem: If an order has a field with a value that it cannot have, or the orders do not
            fit together.
    """
    places = [f"orders[{number}]" for number in range(2)]
    orders = _parts(places, form.orders, scale, request_id, deadline_ns)
    _check_pair(places, orders)
    return PlaceList(OCO, orders)


def place_oto(
    form: OtoForm, scale: MarketScale, request_id: RequestId, deadline_ns: int
) -> PlaceList:
    """Turn a form into the command.

    Raises:
        Problem: If an order has a field with a value that it cannot have, or the orders do not
            fit together.
    """
    places = ["first", *(f"then[{number}]" for number in range(len(form.then)))]
    orders = _parts(places, [form.first, *form.then], scale, request_id, deadline_ns)
    if _trigger(orders[0]):
        raise invalid("first.type", "must be limit or market: it goes to the market at once")
    if len(form.then) == 2:
        _check_pair(places[1:], orders[1:])
    return PlaceList(OTO, orders)


def _part(
    place: str,
    form: PlaceOrderForm,
    scale: MarketScale,
    request_id: RequestId,
    deadline_ns: int,
) -> PlaceOrder:
    """Turn an order that is part of a form into the command to place it."""
    try:
        return place_order(form, scale, request_id, deadline_ns)
    except Problem as problem:
        raise problem.within(place) from None


def _parts(
    places: list[str],
    forms: list[PlaceOrderForm],
    scale: MarketScale,
    request_id: RequestId,
    deadline_ns: int,
) -> list[PlaceOrder]:
    """Turn the orders of a list, which are of one market and one user, into commands."""
    for place, form in zip(places, forms, strict=True):
        if form.market != forms[0].market:
            raise invalid(f"{place}.market", "must be the same for all orders of a list")
    orders = [
        _part(place, form, scale, request_id, deadline_ns)
        for place, form in zip(places, forms, strict=True)
    ]
    for place, order in zip(places, orders, strict=True):
        if order.user_id != orders[0].user_id:
            raise invalid(f"{place}.user_id", "must be the same for all orders of a list")
    return orders


def _check_pair(places: list[str], orders: list[PlaceOrder]) -> None:
    """Refuse two orders that cannot cancel each other."""
    first, second = orders
    if first.side != second.side:
        raise invalid(f"{places[1]}.side", "must be the same for both orders of a pair")
    if not _trigger(first) and not _trigger(second):
        raise invalid(f"{places[1]}.type", "must wait for a price: one of two at least does")
    for place, order in zip(places, orders, strict=True):
        if _trigger(order):
            continue
        if order.order_type != LIMIT or order.time_in_force not in _RESTING:
            raise invalid(f"{place}.type", "must be a limit order that may rest, or wait")
        if order.terms is not None and order.terms.slide:
            raise invalid(f"{place}.slide", "must be left out in a pair")


def _trigger(order: PlaceOrder) -> int:
    return NO_TRIGGER if order.terms is None else order.terms.trigger


def _time_in_force(text: str | UnsetType, order_type: int, trigger: int) -> int:
    if text is UNSET:
        return IOC if order_type == MARKET and not trigger else GTC
    time_in_force = word("time_in_force", text, _TIMES_IN_FORCE)
    if order_type == MARKET:
        if trigger and time_in_force not in _RESTING:
            raise invalid("time_in_force", "must be GTC, GTD or DAY: how long the order waits")
        if not trigger and time_in_force in _RESTING:
            raise invalid("time_in_force", "must be IOC or FOK for a market order: it never rests")
    return time_in_force


def _limit_ticks(price: str | int | UnsetType, order_type: int, scale: MarketScale) -> int:
    if order_type == MARKET:
        if price is not UNSET:
            raise invalid("price", "must be left out for an order that is a market order at last")
        return 0
    if price is UNSET:
        raise missing("price")
    return price_ticks("price", price, scale)


def _quantity_lots(form: PlaceOrderForm, scale: MarketScale) -> int:
    quantity = form.quantity
    if quantity is not UNSET:
        return quantity_lots("quantity", quantity, scale)
    if form.quote_amount is UNSET:
        raise missing("quantity")
    return 0


def _has_terms(form: PlaceOrderForm) -> bool:
    """Tell whether an order has any field that a plain one does not have."""
    return not (
        form.slide is UNSET
        and form.expires_at is UNSET
        and form.display_quantity is UNSET
        and form.quote_amount is UNSET
        and form.trigger_price is UNSET
        and form.trail_amount is UNSET
        and form.trail_bps is UNSET
        and form.self_trade_prevention is UNSET
    )


def _terms(
    form: PlaceOrderForm, order_type: int, trigger: int, time_in_force: int, scale: MarketScale
) -> OrderTerms | None:
    """Read what a plain order does not have; None where that comes to nothing."""
    self_trade = form.self_trade_prevention
    terms = OrderTerms(
        ACCOUNT_DEFAULT
        if self_trade is UNSET
        else word("self_trade_prevention", self_trade, SELF_TRADES),
        _expires_ns(form, time_in_force),
        _display_lots(form, order_type, time_in_force, scale),
        _quote_amount(form, order_type, trigger, time_in_force, scale),
        _slide(form),
        trigger,
        _trigger_price_ticks(form, trigger, scale),
        *_trail(form, trigger, scale),
    )
    return None if terms == _NO_TERMS else terms


def _slide(form: PlaceOrderForm) -> bool:
    if form.slide is True and form.post_only is not True:
        raise invalid("slide", "must be left out, or false, without post_only: true")
    return form.slide is True


def _expires_ns(form: PlaceOrderForm, time_in_force: int) -> int:
    expires_ns = moment_ns("expires_at", form.expires_at)
    if time_in_force == GTD:
        if expires_ns is None:
            raise missing("expires_at")
        # 0 is not asked for, and 1970 is over.
        return max(expires_ns, 1)
    if expires_ns is not None:
        raise invalid("expires_at", "must be left out unless time_in_force is GTD")
    return 0


def _display_lots(
    form: PlaceOrderForm, order_type: int, time_in_force: int, scale: MarketScale
) -> int:
    if form.display_quantity is UNSET:
        return 0
    if order_type != LIMIT or time_in_force not in _RESTING:
        raise invalid(
            "display_quantity", "must be left out unless it is a limit order that may rest"
        )
    display_lots = quantity_lots("display_quantity", form.display_quantity, scale)
    if display_lots >= _quantity_lots(form, scale):
        raise invalid("display_quantity", "must be below the quantity")
    return display_lots


def _quote_amount(
    form: PlaceOrderForm, order_type: int, trigger: int, time_in_force: int, scale: MarketScale
) -> int:
    if form.quote_amount is UNSET:
        return 0
    if order_type != MARKET or trigger or time_in_force != IOC:
        raise invalid("quote_amount", "must be left out unless it is a market order that is IOC")
    if form.quantity is not UNSET:
        raise invalid("quote_amount", "must be left out where quantity is given")
    return amount("quote_amount", form.quote_amount, scale.quote)


def _trigger_price_ticks(form: PlaceOrderForm, trigger: int, scale: MarketScale) -> int:
    if trigger in (STOP_LOSS, TAKE_PROFIT):
        if form.trigger_price is UNSET:
            raise missing("trigger_price")
        return price_ticks("trigger_price", form.trigger_price, scale)
    if form.trigger_price is not UNSET:
        raise invalid("trigger_price", "must be left out unless it is a stop-loss or take-profit")
    return 0


def _trail(form: PlaceOrderForm, trigger: int, scale: MarketScale) -> tuple[int, int]:
    """Return the trail in ticks and in basis points; one of them is 0."""
    if trigger != TRAILING_STOP:
        for name, value in (("trail_amount", form.trail_amount), ("trail_bps", form.trail_bps)):
            if value is not UNSET:
                raise invalid(name, "must be left out unless it is a trailing stop")
        return 0, 0
    if form.trail_amount is UNSET:
        if form.trail_bps is UNSET:
            raise missing("trail_amount")
        return 0, form.trail_bps
    if form.trail_bps is not UNSET:
        raise invalid("trail_bps", "must be left out where trail_amount is given")
    return price_ticks("trail_amount", form.trail_amount, scale), 0


def _ticks_or_zero(field: str, price: str | int | UnsetType, scale: MarketScale) -> int:
    return 0 if price is UNSET else price_ticks(field, price, scale)
