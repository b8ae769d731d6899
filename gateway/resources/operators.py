"""What operators do: assets, accounts, collected fees, and the orders of a whole market.

Sign-in is open in this version, so whoever reaches the gateway is an operator.
"""

from typing import Final, final

import falcon.asgi
import msgspec

from gateway.defining import already_defined, define
from gateway.request import GatewayRequest
from gateway.resources.transfers import transfer_of
from proto.api import answers
from proto.api.exchange import Exchange, ask
from proto.api.forms.operators import (
    CancelMarketParameters,
    CollectFeesForm,
    DefineAssetForm,
    SetAccountForm,
    SetAssetForm,
)
from proto.api.markets import MarketCatalog
from proto.api.problems import Problem
from proto.api.reading import read_nested_body, read_parameters
from proto.api.translate import money, values
from proto.commands import CancelAll, DefineAsset, SetAsset
from proto.definitions import AssetDefinition
from proto.ids import RequestId
from proto.mesh.errors import NotTakenError
from proto.queries import AccountQuery
from proto.replies import AccountReply, CancelAllReply, Defined, MarketsReply

_DEFINE: Final = msgspec.json.Decoder(DefineAssetForm)
_SET_ASSET: Final = msgspec.json.Decoder(SetAssetForm)
_SET_ACCOUNT: Final = msgspec.json.Decoder(SetAccountForm)
_COLLECT: Final = msgspec.json.Decoder(CollectFeesForm)

# Commands of one request: for a million orders and more.
CANCEL_COMMANDS_MAX: Final = 128


@final
class AssetsResource:
    """/api/v1/admin/assets."""

    def __init__(self, exchange: Exchange, markets: MarketCatalog) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets

    async def on_post(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Create an asset."""
        form = read_nested_body(_DEFINE, await req.json_body())
        name = values.new_name("asset", form.asset)

        def next_step(present: MarketsReply) -> DefineAsset | None:
            found = next((asset for asset in present.assets if asset.name == name), None)
            if found is None:
                number = max((asset.asset_id for asset in present.assets), default=0) + 1
                return DefineAsset(req.request_id, AssetDefinition(number, name, form.decimals))
            if found.decimals != form.decimals:
                raise already_defined("asset", name)
            return None

        present = await define(self._exchange, self._markets, next_step)
        asset = await self._markets.find_asset(name)
        resp.data = answers.encode(_asset(asset, asset.asset_id in present.frozen_asset_ids))


@final
class AssetResource:
    """/api/v1/admin/assets/{asset}."""

    def __init__(self, exchange: Exchange, markets: MarketCatalog) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets

    async def on_patch(self, req: GatewayRequest, resp: falcon.asgi.Response, asset: str) -> None:
        """Freeze an asset, or thaw it."""
        form = read_nested_body(_SET_ASSET, await req.json_body())
        found = await self._markets.find_asset(asset)
        command = SetAsset(req.request_id, found.asset_id, form.is_frozen)
        await ask(self._exchange, command, Defined)
        resp.data = answers.encode(_asset(found, form.is_frozen))


@final
class OperatedAccountResource:
    """/api/v1/admin/accounts/{user_id}."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange: Final = exchange

    async def on_patch(self, req: GatewayRequest, resp: falcon.asgi.Response, user_id: str) -> None:
        """Say what holds for a user."""
        form = read_nested_body(_SET_ACCOUNT, await req.json_body())
        exchange = self._exchange
        query = AccountQuery(exchange.next_request_id(), values.user("user_id", user_id))
        present = (await ask(exchange, query, AccountReply)).account
        command = money.set_account(form, present, req.request_id)
        reply = await ask(exchange, command, AccountReply)
        resp.data = answers.encode(money.account(reply.account))


@final
class CollectFeesResource:
    """/api/v1/admin/fees/collect."""

    def __init__(self, exchange: Exchange, markets: MarketCatalog) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets

    async def on_post(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Pay collected fees out to a user."""
        form = read_nested_body(_COLLECT, await req.json_body())
        asset = await self._markets.find_asset(form.asset)
        command = money.collect_fees(form, asset, req.request_id)
        resp.data = await transfer_of(self._exchange, self._markets, command)


@final
class OperatedOrdersResource:
    """/api/v1/admin/orders."""

    def __init__(self, exchange: Exchange, markets: MarketCatalog) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets

    async def on_delete(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Cancel all orders of a market, whoever owns them, some thousands with each command."""
        form = read_parameters(req.params, CancelMarketParameters)
        await req.refuse_body()
        market_id = (await self._markets.find(form.market)).market.market_id
        cancelled = 0
        for number in range(CANCEL_COMMANDS_MAX):
            try:
                # The first command is the request's own.
                request_id = self._exchange.next_request_id() if number else req.request_id
                reply = await self._cancel_some(market_id, request_id)
            except (Problem, NotTakenError):
                if number == 0:
                    raise
                # What is done is done, and told: the client asks again for the rest.
                break
            cancelled += reply.cancelled_orders
            if reply.is_complete:
                resp.data = answers.encode(answers.CancelledAll(cancelled, is_complete=True))
                return
        resp.data = answers.encode(answers.CancelledAll(cancelled, is_complete=False))

    async def _cancel_some(self, market_id: int, request_id: RequestId) -> CancelAllReply:
        command = CancelAll(request_id, self._exchange.deadline_ns(), 0, market_id, 0)
        return await ask(self._exchange, command, CancelAllReply)


def _asset(asset: AssetDefinition, is_frozen: bool) -> answers.Asset:
    return answers.Asset(asset.name, asset.decimals, is_frozen)
