"""Orders: placing, changing, cancelling, finding, listing.

`OrderResource.on_post` is the hot path of the exchange: one decode, one table look-up, one
message, one encode.
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
from proto.api.exchange import Exchange, ask, send
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
from proto.api.problems import refusal
from proto.api.reading import (
    identifier,
    invalid,
    moment_ns,
    read_body,
    read_nested_body,
    read_parameters,
)
from proto.api.translate import order_answers, values
from proto.api.translate.orders import amend_order, cancel_order, place_order
from proto.codes import STATUS_NAMES, UNKNOWN_ORDER
from proto.commands import CancelAll
from proto.queries import OpenOrdersQuery, OrderQuery
from proto.replies import CancelAllReply, OpenOrdersReply, OrderReply, Rejected

_PLACE: Final = msgspec.json.Decoder(PlaceOrderForm)
_CANCEL: Final = msgspec.json.Decoder(CancelOrderForm)
_AMEND: Final = msgspec.json.Decoder(AmendOrderForm)
_CANCEL_ALL: Final = msgspec.json.Decoder(CancelAllForm)
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
        command = place_order(form, scale, req.request_id, exchange.deadline_ns())
        reply = await send(exchange, command)
        if isinstance(reply, Rejected):
            raise refusal(reply.reason)
        assert isinstance(reply, OrderReply)
        resp.data = answers.encode(order_answers.placed_order(reply, scale))

    async def on_patch(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Change the price or the quantity of an order."""
        form = read_nested_body(_AMEND, await req.json_body())
        scale = await self._markets.find(form.market)
        command = amend_order(form, scale, req.request_id, self._exchange.deadline_ns())
        reply = await ask(self._exchange, command, OrderReply)
        resp.data = answers.encode(order_answers.placed_order(reply, scale))

    async def on_delete(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Cancel what is left of an order."""
        body = await req.json_body_or_query()
        form = read_body(_CANCEL, body) if body else read_parameters(req.params, CancelOrderForm)
        scale = await self._markets.find(form.market)
        command = cancel_order(form, scale, req.request_id, self._exchange.deadline_ns())
        reply = await ask(self._exchange, command, OrderReply)
        resp.data = answers.encode(order_answers.order(reply.order, scale))

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Find one order: among the open and recent ones, else in the history."""
        form = read_parameters(req.params, OrderParameters)
        order_id, name = values.order_names(form.order_id, form.client_order_id)
        user_id = user_of(form.user_id)
        query = OrderQuery(req.request_id, user_id, order_id, name)
        reply = await send(self._exchange, query)
        if isinstance(reply, OrderReply):
            scale = await self._markets.by_id(reply.order.market_id)
            found: answers.Order | None = order_answers.order(reply.order, scale)
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
        query = OpenOrdersQuery(req.request_id, user_id, market_id)
        reply = await ask(self._exchange, query, OpenOrdersReply)
        markets = self._markets
        resp.data = answers.encode(
            [
                order_answers.order(state, await markets.by_id(state.market_id))
                for state in reply.orders
            ]
        )


@final
class OrdersResource:
    """/api/v1/orders."""

    def __init__(self, exchange: Exchange, markets: MarketCatalog, history: History) -> None:
        self._exchange: Final = exchange
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
        market_id = 0
        if form.market is not UNSET:
            market_id = (await self._markets.find(form.market)).market.market_id
        command = CancelAll(
            req.request_id,
            self._exchange.deadline_ns(),
            user_of(form.user_id),
            market_id,
            0 if form.side is UNSET else values.word("side", form.side, values.SIDES),
        )
        reply = await ask(self._exchange, command, CancelAllReply)
        resp.data = answers.encode(answers.CancelledAll(reply.cancelled_orders, reply.is_complete))


def _one_word(status: str | UnsetType) -> str | None:
    if status is UNSET:
        return None
    if status not in _STATUSES:
        raise invalid("status", f"must be one of {', '.join(_STATUSES)}")
    return status
