"""Money that moves without a trade: in, out, and between users; and the statement of it all."""

from typing import Final, final

import falcon.asgi
import msgspec
from msgspec import UNSET, UnsetType

from gateway.history import History
from gateway.links import next_page
from gateway.request import GatewayRequest
from gateway.statements import ChangePlace, StatementFilter
from proto.api import answers
from proto.api.auth import user_of
from proto.api.exchange import Exchange, ask
from proto.api.forms.money import NoFields, RequestTransferForm, StatementParameters, TransferForm
from proto.api.markets import MarketCatalog
from proto.api.reading import invalid, moment_ns, read_nested_body, read_parameters
from proto.api.translate import money, values
from proto.api.unknown_outcomes import outcome_unknown
from proto.codes import BALANCE_REASON_NAMES
from proto.commands import Command, SettleTransfer
from proto.mesh.errors import NotTakenError
from proto.queries import Query, TransferQuery
from proto.replies import TransferReply

_TRANSFER: Final = msgspec.json.Decoder(TransferForm)
_REQUEST: Final = msgspec.json.Decoder(RequestTransferForm)
_NOTHING: Final = msgspec.json.Decoder(NoFields)
_REASONS: Final = frozenset(BALANCE_REASON_NAMES.values())


@final
class TransfersResource:
    """/api/v1/transfers."""

    def __init__(self, exchange: Exchange, markets: MarketCatalog) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets

    async def on_post(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Move available balance to another user."""
        form = read_nested_body(_TRANSFER, await req.json_body())
        asset = await self._markets.find_asset(form.asset)
        command = money.transfer_between(form, asset, req.request_id)
        resp.data = await transfer_of(self._exchange, self._markets, command)


@final
class RequestTransferResource:
    """/api/v1/transfers/deposits and /api/v1/transfers/withdrawals."""

    def __init__(self, exchange: Exchange, markets: MarketCatalog, *, is_withdrawal: bool) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets
        self._is_withdrawal: Final = is_withdrawal

    async def on_post(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Announce a deposit, or hold what a withdrawal takes."""
        form = read_nested_body(_REQUEST, await req.json_body())
        asset = await self._markets.find_asset(form.asset)
        command = money.request_transfer(
            form, asset, req.request_id, is_withdrawal=self._is_withdrawal
        )
        resp.data = await transfer_of(self._exchange, self._markets, command)


@final
class TransferResource:
    """/api/v1/transfers/{reference}."""

    def __init__(self, exchange: Exchange, markets: MarketCatalog) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response, reference: str) -> None:
        """Show how a transfer stands."""
        read_parameters(req.params, NoFields)
        query = TransferQuery(req.request_id, values.reference(reference))
        resp.data = await transfer_of(self._exchange, self._markets, query)


@final
class SettleTransferResource:
    """/api/v1/transfers/{reference}/confirm and /api/v1/transfers/{reference}/reject."""

    def __init__(self, exchange: Exchange, markets: MarketCatalog, *, confirm: bool) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets
        self._confirm: Final = confirm

    async def on_post(
        self, req: GatewayRequest, resp: falcon.asgi.Response, reference: str
    ) -> None:
        """Let a requested transfer happen, or not."""
        if body := await req.optional_json_body():
            read_nested_body(_NOTHING, body)
        command = SettleTransfer(req.request_id, values.reference(reference), self._confirm)
        resp.data = await transfer_of(self._exchange, self._markets, command)


@final
class StatementResource:
    """/api/v1/statement."""

    def __init__(self, markets: MarketCatalog, history: History) -> None:
        self._markets: Final = markets
        self._history: Final = history

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """List the changes of a user's balances, newest first."""
        form = read_parameters(req.params, StatementParameters)
        user_id = user_of(form.user_id)
        wanted = StatementFilter(
            None if form.asset is UNSET else form.asset,
            _reason(form.reason),
            moment_ns("start_time", form.start_time),
            moment_ns("end_time", form.end_time),
            None if form.before is UNSET else ChangePlace.parse(form.before),
        )
        if wanted.asset is not None:
            await self._markets.find_asset(wanted.asset)
        changes = await self._history.statement(user_id, wanted, form.limit)
        if len(changes) == form.limit:
            resp.set_header("Link", next_page(req, changes[-1].change_id))
        resp.data = answers.encode(changes)


async def transfer_of(
    exchange: Exchange, markets: MarketCatalog, message: Command | Query
) -> bytes:
    """Send what is answered by a transfer, and return the transfer as JSON.

    Raises:
        Problem: If the matcher refuses, or there is no reply.
        NotTakenError: If it was not sent.
    """
    reply = await ask(exchange, message, TransferReply)
    try:
        asset = await markets.asset_by_id(reply.asset_id)
    except NotTakenError as error:
        # What was sent has been applied; only its asset is new here.
        raise outcome_unknown(error, message) from None
    return answers.encode(money.transfer(reply, asset))


def _reason(reason: str | UnsetType) -> str | None:
    if reason is UNSET:
        return None
    if reason not in _REASONS:
        raise invalid("reason", f"must be one of {', '.join(BALANCE_REASON_NAMES.values())}")
    return reason
