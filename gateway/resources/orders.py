"""Orders: placing, cancelling, finding, listing.

`OrderResource.on_post` is the hot path of the exchange: one decode, one table look-up, one
message, one encode.
"""

from typing import Final, final

import falcon.asgi
import msgspec
from msgspec import UNSET, UnsetType

from gateway import answers, translate
from gateway.auth import user_of
from gateway.exchange import Exchange
from gateway.forms import (
    CancelOrderForm,
    OpenOrdersParameters,
    OrderParameters,
    OrdersParameters,
    PlaceOrderForm,
)
from gateway.history import History, OrderFilter
from gateway.links import next_page
from gateway.markets import MarketCatalog
from gateway.problems import refusal
from gateway.reading import identifier, invalid, moment_ns, read_body, read_parameters
from gateway.request import GatewayRequest
from proto.codes import STATUS_NAMES, UNKNOWN_ORDER
from proto.commands import CancelOrder
from proto.queries import OpenOrdersQuery, OrderQuery
from proto.replies import OpenOrdersReply, OrderReply, Rejected

_PLACE: Final = msgspec.json.Decoder(PlaceOrderForm)
_CANCEL: Final = msgspec.json.Decoder(CancelOrderForm)
_STATUSES: Final = {name: name for name in STATUS_NAMES.values()}


@final
class OrderResource:
    """/api/v1/order."""

    def __init__(self, exchange: Exchange, markets: MarketCatalog, history: History) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets
        self._history: Final = history

    async def on_post(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Place an order."""
        form = read_body(_PLACE, await req.json_body())
        scale = self._markets.get(form.market) or await self._markets.find(form.market)
        exchange = self._exchange
        command = translate.place_order(form, scale, req.request_id, exchange.deadline_ns())
        reply = await exchange.send(command)
        if isinstance(reply, Rejected):
            raise refusal(reply.reason)
        assert isinstance(reply, OrderReply)
        resp.data = answers.encode(translate.placed_order(reply, scale))

    async def on_delete(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Cancel what is left of an order."""
        form = await _cancel_form(req)
        scale = await self._markets.find(form.market)
        deadline_ns = self._exchange.deadline_ns()
        command: CancelOrder = translate.cancel_order(form, scale, req.request_id, deadline_ns)
        reply = await self._exchange.send(command)
        if isinstance(reply, Rejected):
            raise refusal(reply.reason)
        assert isinstance(reply, OrderReply)
        resp.data = answers.encode(translate.order(reply.order, scale))

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Find one order: among the open and recent ones, else in the history."""
        form = read_parameters(req.params, OrderParameters)
        order_id, name = translate.order_names(form.order_id, form.client_order_id)
        user_id = user_of(form.user_id)
        reply = await self._exchange.send(OrderQuery(req.request_id, user_id, order_id, name))
        if isinstance(reply, OrderReply):
            scale = await self._markets.by_id(reply.order.market_id)
            found: answers.Order | None = translate.order(reply.order, scale)
        else:
            assert isinstance(reply, Rejected)
            if reply.reason != UNKNOWN_ORDER:
                raise refusal(reply.reason)
            found = await self._history.order(user_id, order_id, name)
        if found is None:
            raise refusal(UNKNOWN_ORDER)
        resp.data = answers.encode(found)


@final
class OpenOrdersResource:
    """/api/v1/order/open."""

    def __init__(self, exchange: Exchange, markets: MarketCatalog) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """List a user's open orders."""
        form = read_parameters(req.params, OpenOrdersParameters)
        user_id = user_of(form.user_id)
        market_id = 0
        if form.market is not UNSET:
            market_id = (await self._markets.find(form.market)).market.market_id
        reply = await self._exchange.send(OpenOrdersQuery(req.request_id, user_id, market_id))
        if isinstance(reply, Rejected):
            raise refusal(reply.reason)
        assert isinstance(reply, OpenOrdersReply)
        markets = self._markets
        resp.data = answers.encode(
            [translate.order(state, await markets.by_id(state.market_id)) for state in reply.orders]
        )


@final
class OrdersResource:
    """/api/v1/orders."""

    def __init__(self, markets: MarketCatalog, history: History) -> None:
        self._markets: Final = markets
        self._history: Final = history

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """List a user's orders from the history, newest first."""
        form = read_parameters(req.params, OrdersParameters)
        user_id = user_of(form.user_id)
        wanted = OrderFilter(
            None if form.market is UNSET else form.market,
            _one_word(form.status),
            None if form.side is UNSET else translate.side(form.side),
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


def _one_word(status: str | UnsetType) -> str | None:
    if status is UNSET:
        return None
    if status not in _STATUSES:
        raise invalid("status", f"must be one of {', '.join(_STATUSES)}")
    return status


async def _cancel_form(req: GatewayRequest) -> CancelOrderForm:
    """Read the fields from the body, or where there is none from the query string."""
    body = await req.body()
    if not body:
        return read_parameters(req.params, CancelOrderForm)
    if req.params:
        name = next(iter(req.params))
        raise invalid(name, "is in the query string: give the fields there or in the body")
    return read_body(_CANCEL, await req.json_body())
