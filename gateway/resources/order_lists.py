"""Orders that belong together: one in place of another, one or the other, one after another."""

from typing import Final, final

import falcon.asgi
import msgspec

from gateway.request import GatewayRequest
from proto.api import answers
from proto.api.exchange import Exchange, ask
from proto.api.forms.orders import OcoForm, OtoForm, ReplaceOrderForm
from proto.api.markets import MarketCatalog
from proto.api.reading import read_nested_body
from proto.api.trading import Trading
from proto.api.translate import order_answers
from proto.api.translate.orders import place_oco, place_oto
from proto.codes import OCO, OTO
from proto.replies import ListReply

_REPLACE: Final = msgspec.json.Decoder(ReplaceOrderForm)
_OCO: Final = msgspec.json.Decoder(OcoForm)
_OTO: Final = msgspec.json.Decoder(OtoForm)


@final
class ReplaceResource:
    """/api/v1/order/replace."""

    def __init__(self, trading: Trading) -> None:
        self._trading: Final = trading

    async def on_post(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Cancel an order and place another, both or neither."""
        form = read_nested_body(_REPLACE, await req.json_body())
        resp.data = answers.encode(await self._trading.replace(form, req.request_id))


@final
class OcoResource:
    """/api/v1/order/oco."""

    def __init__(self, exchange: Exchange, markets: MarketCatalog) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets

    async def on_post(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Place two orders, of which one cancels the other."""
        form = read_nested_body(_OCO, await req.json_body())
        scale = await self._markets.find(form.orders[0].market)
        command = place_oco(form, scale, req.request_id, self._exchange.deadline_ns())
        reply = await ask(self._exchange, command, ListReply)
        resp.data = answers.encode(order_answers.order_list(reply, OCO, scale))


@final
class OtoResource:
    """/api/v1/order/oto."""

    def __init__(self, exchange: Exchange, markets: MarketCatalog) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets

    async def on_post(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Place an order, and what follows it when it is filled."""
        form = read_nested_body(_OTO, await req.json_body())
        scale = await self._markets.find(form.first.market)
        command = place_oto(form, scale, req.request_id, self._exchange.deadline_ns())
        reply = await ask(self._exchange, command, ListReply)
        resp.data = answers.encode(order_answers.order_list(reply, OTO, scale))
