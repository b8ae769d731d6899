"""What may be asked about orders: nine methods, each with its form and its call. Pure.

Params are read by the decoders and rules of REST, so what is wrong with a field is told with the
same code and in the same words.

A form acts for the user who has signed in: one that names nobody is given this user, one that names
another is refused. This comes before anything else is made of it, so whatever is sent from here is
of this user.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar, final

import msgspec
from msgspec import UNSET, UnsetType

from feed.desk.answers import Answer, Refusal
from proto.api.forms.money import BalancesParameters
from proto.api.forms.orders import (
    AmendOrderForm,
    CancelAllAfterForm,
    CancelAllForm,
    CancelOrderForm,
    OpenOrdersParameters,
    OrderParameters,
    PlaceOrderForm,
    ReplaceOrderForm,
)
from proto.api.problems import Problem
from proto.api.reading import identifier, read_body, read_nested_body
from proto.api.streams.failures import FORBIDDEN, INVALID_REQUEST, SIGN_IN_REQUIRED
from proto.api.trading import Trading
from proto.ids import RequestId, UserId

GET_OPEN_ORDERS: Final = "GET_OPEN_ORDERS"
GET_BALANCES: Final = "GET_BALANCES"
_WITHOUT_PARAMS: Final = frozenset((GET_OPEN_ORDERS, GET_BALANCES))
# Some writers of JSON write what there is not as null.
_NO_PARAMS: Final = (b"", b"null")

_PLACE: Final = msgspec.json.Decoder(PlaceOrderForm)
_AMEND: Final = msgspec.json.Decoder(AmendOrderForm)
_REPLACE: Final = msgspec.json.Decoder(ReplaceOrderForm)
_CANCEL: Final = msgspec.json.Decoder(CancelOrderForm)
_CANCEL_ALL: Final = msgspec.json.Decoder(CancelAllForm)
_CANCEL_ALL_AFTER: Final = msgspec.json.Decoder(CancelAllAfterForm)
_ORDER: Final = msgspec.json.Decoder(OrderParameters)
_OPEN_ORDERS: Final = msgspec.json.Decoder(OpenOrdersParameters)
_BALANCES: Final = msgspec.json.Decoder(BalancesParameters)

OwnedT = TypeVar(
    "OwnedT",
    PlaceOrderForm,
    AmendOrderForm,
    CancelOrderForm,
    CancelAllForm,
    CancelAllAfterForm,
    OrderParameters,
    OpenOrdersParameters,
    BalancesParameters,
)


@final
class OrderRequest:
    """A request that was read, of the user who has signed in.

    Attributes:
        call: Sends it and waits for the answer; to be begun once `market` is known.
        market: Name of the market that it needs, or None.
    """

    __slots__ = ("call", "market")

    def __init__(
        self,
        call: Callable[[Trading, RequestId], Awaitable[Answer]],
        market: str | UnsetType = UNSET,
    ) -> None:
        self.call: Final = call
        self.market: Final = None if market is UNSET else market


def read_request(method: str, params: bytes, user_id: UserId | None) -> OrderRequest:
    """Read a request about orders.

    Args:
        method: One of `METHODS`.
        params: Its params as JSON text, without space around it; b"" where there are none.
        user_id: Who has signed in, or None.

    Raises:
        Refusal: If nobody has signed in, it names somebody else, or the params are no object.
        Problem: If a field is not as it must be.
    """
    if user_id is None:
        raise Refusal(SIGN_IN_REQUIRED, f"method: {method} needs a SIGN_IN before it")
    if params in _NO_PARAMS and method in _WITHOUT_PARAMS:
        params = b"{}"
    if params[:1] != b"{":
        raise Refusal(
            INVALID_REQUEST,
            f"params: must be an object with the fields of {method}",
            field="params",
        )
    return _READERS[method](params, user_id)


def _place(params: bytes, user_id: UserId) -> OrderRequest:
    form = _owned(read_body(_PLACE, params), user_id)
    return OrderRequest(lambda trading, request_id: trading.place(form, request_id), form.market)


def _amend(params: bytes, user_id: UserId) -> OrderRequest:
    form = _owned(read_nested_body(_AMEND, params), user_id)
    return OrderRequest(lambda trading, request_id: trading.amend(form, request_id), form.market)


def _replace(params: bytes, user_id: UserId) -> OrderRequest:
    read = read_nested_body(_REPLACE, params)
    try:
        order = _owned(read.order, user_id)
    except (Problem, Refusal) as failure:
        raise failure.within("order") from None
    form = msgspec.structs.replace(read, order=order)
    return OrderRequest(lambda trading, request_id: trading.replace(form, request_id), order.market)


def _cancel(params: bytes, user_id: UserId) -> OrderRequest:
    form = _owned(read_body(_CANCEL, params), user_id)
    return OrderRequest(lambda trading, request_id: trading.cancel(form, request_id), form.market)


def _cancel_all(params: bytes, user_id: UserId) -> OrderRequest:
    form = _owned(read_nested_body(_CANCEL_ALL, params), user_id)
    return OrderRequest(
        lambda trading, request_id: trading.cancel_all(form, request_id), form.market
    )


def _cancel_all_after(params: bytes, user_id: UserId) -> OrderRequest:
    form = _owned(read_nested_body(_CANCEL_ALL_AFTER, params), user_id)
    return OrderRequest(lambda trading, request_id: trading.cancel_all_after(form, request_id))


def _order(params: bytes, user_id: UserId) -> OrderRequest:
    form = _owned(read_nested_body(_ORDER, params), user_id)
    return OrderRequest(lambda trading, request_id: trading.order(form, request_id))


def _open_orders(params: bytes, user_id: UserId) -> OrderRequest:
    form = _owned(read_nested_body(_OPEN_ORDERS, params), user_id)
    return OrderRequest(
        lambda trading, request_id: trading.open_orders(form, request_id), form.market
    )


def _balances(params: bytes, user_id: UserId) -> OrderRequest:
    form = _owned(read_nested_body(_BALANCES, params), user_id)
    return OrderRequest(lambda trading, request_id: trading.balances(form, request_id))


def _owned(form: OwnedT, user_id: UserId) -> OwnedT:
    """Return a form as one of the user who has signed in.

    Raises:
        Refusal: If it names another user.
        Problem: If what it names is no user.
    """
    named = form.user_id
    if named is not UNSET and identifier("user_id", named) != user_id:
        raise Refusal(
            FORBIDDEN, f"user_id must be {user_id}, who has signed in, or left out",
            field="user_id",
        )  # fmt: skip
    return msgspec.structs.replace(form, user_id=user_id)


_READERS: Final[dict[str, Callable[[bytes, UserId], OrderRequest]]] = {
    "PLACE_ORDER": _place,
    "AMEND_ORDER": _amend,
    "REPLACE_ORDER": _replace,
    "CANCEL_ORDER": _cancel,
    "CANCEL_ALL": _cancel_all,
    "CANCEL_ALL_AFTER": _cancel_all_after,
    "GET_ORDER": _order,
    GET_OPEN_ORDERS: _open_orders,
    GET_BALANCES: _balances,
}
# In the order of the documentation.
METHODS: Final = tuple(_READERS)
