"""Orders: placing, changing, cancelling, finding, listing.

`OrderResource.on_post` is the hot path of the exchange: one decode, one call, one encode.
"""

from typing import Final, final

import falcon.asgi
import msgspec
from msgspec import UNSET, UnsetType

from gateway.history import History, OrderFilter
from gateway.links import next_page
from gateway.request import GatewayRequest
from proto.api import answers
from proto.api.auth import user_of
from proto.api.forms.orders import (
    AmendOrderForm,
    CancelAllForm,
    CancelOrderForm,
    OpenOrdersParameters,
    OrderParameters,
    OrdersParameters,
    PlaceOrderForm,
)
from proto.api.markets import MarketCatalog
from proto.api.problems import Problem, refusal
from proto.api.reading import (
    identifier,
    invalid,
    moment_ns,
    read_body,
    read_nested_body,
    read_parameters,
)
from proto.api.trading import Trading
from proto.api.translate import values
from proto.codes import STATUS_NAMES, UNKNOWN_ORDER

_PLACE: Final = msgspec.json.Decoder(PlaceOrderForm)
_CANCEL: Final = msgspec.json.Decoder(CancelOrderForm)
_AMEND: Final = msgspec.json.Decoder(AmendOrderForm)
_CANCEL_ALL: Final = msgspec.json.Decoder(CancelAllForm)
_STATUSES: Final = {name: name for name in STATUS_NAMES.values()}


@final
class OrderResource:
    """/api/v1/order."""

    def __init__(self, trading: Trading, history: History) -> None:
        self._trading: Final = trading
        self._history: Final = history

    async def on_post(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Place an order."""
        form = read_body(_PLACE, await req.json_body())
        resp.data = answers.encode(await self._trading.place(form, req.request_id))

    async def on_patch(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Change the price or the quantity of an order."""
        form = read_nested_body(_AMEND, await req.json_body())
        resp.data = answers.encode(await self._trading.amend(form, req.request_id))

    async def on_delete(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Cancel what is left of an order."""
        body = await req.json_body_or_query()
        form = read_body(_CANCEL, body) if body else read_parameters(req.params, CancelOrderForm)
        resp.data = answers.encode(await self._trading.cancel(form, req.request_id))

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Find one order: among the open and recent ones, else in the history."""
        form = read_parameters(req.params, OrderParameters)
        try:
            found = await self._trading.order(form, req.request_id)
        except Problem as problem:
            if problem.code != "UNKNOWN_ORDER":
                raise
            found = await self._from_history(form)
        resp.data = answers.encode(found)

    async def _from_history(self, form: OrderParameters) -> answers.Order:
        order_id, name = values.order_names(form.order_id, form.client_order_id)
        found = await self._history.order(user_of(form.user_id), order_id, name)
        if found is None:
            raise refusal(UNKNOWN_ORDER)
        return found


@final
class OpenOrdersResource:
    """/api/v1/order/open."""

    def __init__(self, trading: Trading) -> None:
        self._trading: Final = trading

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """List a user's open orders."""
        form = read_parameters(req.params, OpenOrdersParameters)
        resp.data = answers.encode(await self._trading.open_orders(form, req.request_id))


@final
class OrdersResource:
    """/api/v1/orders."""

    def __init__(self, trading: Trading, markets: MarketCatalog, history: History) -> None:
        self._trading: Final = trading
        self._markets: Final = markets
        self._history: Final = history

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """List a user's orders from the history, newest first."""
        form = read_parameters(req.params, OrdersParameters)
        user_id = user_of(form.user_id)
        wanted = OrderFilter(
            None if form.market is UNSET else form.market,
            _one_word(form.status),
            None if form.side is UNSET else values.side(form.side),
            moment_ns("start_time", form.start_time),
            moment_ns("end_time", form.end_time),
            None if form.before is UNSET else identifier("before", form.before),
        )
        if wanted.market is not None:
            await self._markets.find(wanted.market)
        orders = await self._history.orders(user_id, wanted, form.limit)
        if len(orders) == form.limit:
            resp.set_header("Link", next_page(req, orders[-1].order_id))
        resp.data = answers.encode(orders)

    async def on_delete(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Cancel all orders of a user, or those of a market or side."""
        body = await req.json_body_or_query()
        form = (
            read_nested_body(_CANCEL_ALL, body)
            if body
            else read_parameters(req.params, CancelAllForm)
        )
        resp.data = answers.encode(await self._trading.cancel_all(form, req.request_id))


def _one_word(status: str | UnsetType) -> str | None:
    if status is UNSET:
        return None
    if status not in _STATUSES:
        raise invalid("status", f"must be one of {', '.join(_STATUSES)}")
    return status
