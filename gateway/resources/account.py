"""What belongs to a user: balances, settings, and the dead man's switch."""

from typing import Final, final

import falcon.asgi
import msgspec

from gateway.request import GatewayRequest
from proto.api import answers
from proto.api.auth import user_of
from proto.api.exchange import Exchange, ask
from proto.api.forms.money import AccountParameters, BalancesParameters
from proto.api.forms.orders import CancelAllAfterForm
from proto.api.reading import read_nested_body, read_parameters
from proto.api.trading import Trading
from proto.api.translate import money
from proto.queries import AccountQuery
from proto.replies import AccountReply

_CANCEL_ALL_AFTER: Final = msgspec.json.Decoder(CancelAllAfterForm)


@final
class BalancesResource:
    """/api/v1/balances."""

    def __init__(self, trading: Trading) -> None:
        self._trading: Final = trading

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Show a user's balance in every asset."""
        form = read_parameters(req.params, BalancesParameters)
        resp.data = answers.encode(await self._trading.balances(form, req.request_id))


@final
class AccountResource:
    """/api/v1/account."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange: Final = exchange

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Show what holds for a user."""
        form = read_parameters(req.params, AccountParameters)
        query = AccountQuery(req.request_id, user_of(form.user_id))
        reply = await ask(self._exchange, query, AccountReply)
        resp.data = answers.encode(money.account(reply.account))


@final
class CancelAllAfterResource:
    """/api/v1/orders/cancel-all-after."""

    def __init__(self, trading: Trading) -> None:
        self._trading: Final = trading

    async def on_post(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Set the dead man's switch, or turn it off."""
        form = read_nested_body(_CANCEL_ALL_AFTER, await req.json_body())
        resp.data = answers.encode(await self._trading.cancel_all_after(form, req.request_id))
