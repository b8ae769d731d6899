"""What operators do with markets: create them, and change their state, rules, prices and fees."""

from typing import Final, final

import falcon.asgi
import msgspec

from gateway.defining import already_defined, define
from gateway.request import GatewayRequest
from proto.api import answers
from proto.api.exchange import Exchange, ask
from proto.api.forms.operators import (
    DefineMarketForm,
    SetFeesForm,
    SetReferencePriceForm,
    SetRulesForm,
    SetStateForm,
)
from proto.api.markets import MarketCatalog
from proto.api.reading import read_nested_body
from proto.api.translate import markets as translate
from proto.commands import (
    DefineMarket,
    SetFees,
    SetMarketRules,
    SetMarketState,
    SetReferencePrice,
)
from proto.replies import MarketReply, MarketsReply
from proto.scales import MarketScale

_DEFINE: Final = msgspec.json.Decoder(DefineMarketForm)
_SET_STATE: Final = msgspec.json.Decoder(SetStateForm)
_SET_RULES: Final = msgspec.json.Decoder(SetRulesForm)
_SET_REFERENCE_PRICE: Final = msgspec.json.Decoder(SetReferencePriceForm)
_SET_FEES: Final = msgspec.json.Decoder(SetFeesForm)


@final
class OperatedMarketsResource:
    """/api/v1/admin/markets."""

    def __init__(self, exchange: Exchange, markets: MarketCatalog) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets

    async def on_post(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Create a market."""
        form = read_nested_body(_DEFINE, await req.json_body())

        def next_step(present: MarketsReply) -> DefineMarket | None:
            assets = {asset.name: asset for asset in present.assets}
            found = next((one for one in present.markets if one.name == form.market), None)
            if found is None:
                number = max((one.market_id for one in present.markets), default=0) + 1
                market = translate.define_market(form, number, assets)
                return DefineMarket(req.request_id, market)
            if translate.define_market(form, found.market_id, assets) != found:
                raise already_defined("market", form.market)
            return None

        present = await define(self._exchange, self._markets, next_step)
        scale = await self._markets.find(form.market)
        market_id = scale.market.market_id
        status = next(one for one in present.statuses if one.market_id == market_id)
        resp.data = answers.encode(translate.market(scale, status))


@final
class MarketStateResource:
    """/api/v1/admin/markets/{market}/state."""

    def __init__(self, exchange: Exchange, markets: MarketCatalog) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets

    async def on_patch(self, req: GatewayRequest, resp: falcon.asgi.Response, market: str) -> None:
        """Open, close or halt a market, or call an auction."""
        form = read_nested_body(_SET_STATE, await req.json_body())
        scale = await self._markets.find(market)
        resp.data = await _changed(
            self._exchange, translate.set_state(form, scale, req.request_id), scale
        )


@final
class MarketRulesResource:
    """/api/v1/admin/markets/{market}/rules."""

    def __init__(self, exchange: Exchange, markets: MarketCatalog) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets

    async def on_patch(self, req: GatewayRequest, resp: falcon.asgi.Response, market: str) -> None:
        """Change the rules of a market."""
        form = read_nested_body(_SET_RULES, await req.json_body())
        scale = await self._markets.find(market)
        statuses = (await self._markets.read()).statuses
        market_id = scale.market.market_id
        present = next(status for status in statuses if status.market_id == market_id)
        command = translate.set_rules(form, present.rules, scale, req.request_id)
        resp.data = await _changed(self._exchange, command, scale)


@final
class ReferencePriceResource:
    """/api/v1/admin/markets/{market}/reference-price."""

    def __init__(self, exchange: Exchange, markets: MarketCatalog) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets

    async def on_patch(self, req: GatewayRequest, resp: falcon.asgi.Response, market: str) -> None:
        """Set what bands and halts of a market are measured from."""
        form = read_nested_body(_SET_REFERENCE_PRICE, await req.json_body())
        scale = await self._markets.find(market)
        command = translate.set_reference_price(form, scale, req.request_id)
        resp.data = await _changed(self._exchange, command, scale)


@final
class MarketFeesResource:
    """/api/v1/admin/markets/{market}/fees."""

    def __init__(self, exchange: Exchange, markets: MarketCatalog) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets

    async def on_patch(self, req: GatewayRequest, resp: falcon.asgi.Response, market: str) -> None:
        """Set the fees of one tier in a market."""
        form = read_nested_body(_SET_FEES, await req.json_body())
        scale = await self._markets.find(market)
        command = translate.set_fees(form, scale, req.request_id)
        resp.data = await _changed(self._exchange, command, scale)


async def _changed(
    exchange: Exchange,
    command: SetMarketState | SetMarketRules | SetReferencePrice | SetFees,
    scale: MarketScale,
) -> bytes:
    """Send a change of a market, and return the market as JSON."""
    reply = await ask(exchange, command, MarketReply)
    return answers.encode(translate.market(scale, reply.status))
