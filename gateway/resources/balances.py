"""Balances of a user."""

from typing import Final, final

import falcon.asgi

from gateway import answers, translate
from gateway.auth import user_of
from gateway.exchange import Exchange
from gateway.forms import BalancesParameters
from gateway.markets import MarketCatalog
from gateway.problems import refusal
from gateway.reading import read_parameters
from gateway.request import GatewayRequest
from proto.queries import BalancesQuery
from proto.replies import BalancesReply, BalanceState, Rejected


@final
class BalancesResource:
    """/api/v1/balances."""

    def __init__(self, exchange: Exchange, markets: MarketCatalog) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Show a user's balance in every asset."""
        form = read_parameters(req.params, BalancesParameters)
        user_id = user_of(form.user_id)
        assets = await self._markets.assets()
        reply = await self._exchange.send(BalancesQuery(req.request_id, user_id))
        if isinstance(reply, Rejected):
            raise refusal(reply.reason)
        assert isinstance(reply, BalancesReply)
        states: dict[int, BalanceState] = {state.asset_id: state for state in reply.balances}
        resp.data = answers.encode(
            [translate.balance(asset, states.get(asset.asset_id)) for asset in assets]
        )
