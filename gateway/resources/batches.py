"""Batches: many orders or cancellations in one request, each with an outcome of its own.

Whatever needs the matcher's knowledge of markets is found out first. Then all commands are sent in
one turn of the event loop, so they travel in one frame, in the order of the request, and are
applied in that order. One that fails, here or there, does not keep back the others.
"""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Final, TypeVar, final

import falcon.asgi
import msgspec
from msgspec import UNSET, UnsetType

from gateway.admission import Admission
from gateway.request import BATCH_BYTES_MAX, GatewayRequest
from proto.api import answers
from proto.api.exchange import Exchange
from proto.api.forms.orders import CancelBatchForm, CancelOrderForm, PlaceBatchForm, PlaceOrderForm
from proto.api.markets import MarketCatalog
from proto.api.problems import Problem, not_taken, request_id_text
from proto.api.reading import read_nested_body
from proto.api.trading import Trading
from proto.ids import RequestId
from proto.mesh.errors import NotTakenError
from proto.scales import MarketScale

FoundT = TypeVar("FoundT", bound=answers.Order | MarketScale)

_PLACE: Final = msgspec.json.Decoder(PlaceBatchForm)
_CANCEL: Final = msgspec.json.Decoder(CancelBatchForm)
_OK: Final = 200


@final
class BatchResource:
    """/api/v1/orders/batch."""

    def __init__(
        self, exchange: Exchange, markets: MarketCatalog, trading: Trading, admission: Admission
    ) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets
        self._trading: Final = trading
        self._admission: Final = admission

    async def on_post(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Place orders."""
        form = read_nested_body(_PLACE, await req.json_body(BATCH_BYTES_MAX))
        ids = self._admit(req, len(form.orders))
        problems = await self._unknown_markets(order.market for order in form.orders)

        async def place(order: PlaceOrderForm, request_id: RequestId) -> answers.PlacedOrder:
            if (problem := problems.get(order.market)) is not None:
                raise problem
            return await self._trading.place(order, request_id)

        results = await asyncio.gather(
            *(_attempt(place(order, name)) for order, name in zip(form.orders, ids, strict=True))
        )
        outcomes = [
            answers.PlacedOutcome(
                result.status, name, problem=result.details(name), retry_after_s=_rest(result)
            )
            if isinstance(result, Problem)
            else answers.PlacedOutcome(_OK, name, order=result)
            for name, result in zip(map(request_id_text, ids), results, strict=True)
        ]
        resp.data = answers.encode(answers.PlacedBatch(outcomes))

    async def on_delete(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Cancel orders."""
        form = read_nested_body(_CANCEL, await req.json_body(BATCH_BYTES_MAX))
        ids = self._admit(req, len(form.orders))
        problems = await self._unknown_markets(order.market for order in form.orders)

        async def cancel(order: CancelOrderForm, request_id: RequestId) -> answers.Order:
            if (problem := problems.get(order.market)) is not None:
                raise problem
            return await self._trading.cancel(order, request_id)

        results = await asyncio.gather(
            *(_attempt(cancel(order, name)) for order, name in zip(form.orders, ids, strict=True))
        )
        outcomes = [
            answers.CancelledOutcome(
                result.status, name, problem=result.details(name), retry_after_s=_rest(result)
            )
            if isinstance(result, Problem)
            else answers.CancelledOutcome(_OK, name, order=result)
            for name, result in zip(map(request_id_text, ids), results, strict=True)
        ]
        resp.data = answers.encode(answers.CancelledBatch(outcomes))

    def _admit(self, req: GatewayRequest, commands: int) -> list[RequestId]:
        """Count the commands, and name each; the first has the name of the request."""
        self._admission.count(req, commands)
        return [
            req.request_id,
            *(self._exchange.next_request_id() for _ in range(commands - 1)),
        ]

    async def _unknown_markets(self, names: Iterable[str]) -> dict[str, Problem]:
        """Look up each market that is named; return the problems with those that have one."""
        distinct = list(dict.fromkeys(names))
        found = await asyncio.gather(*(_attempt(self._markets.find(name)) for name in distinct))
        return {
            name: problem
            for name, problem in zip(distinct, found, strict=True)
            if isinstance(problem, Problem)
        }


async def _attempt(work: Awaitable[FoundT]) -> FoundT | Problem:
    """Wait for what is found or becomes of one order, or the problem with it."""
    try:
        return await work
    except Problem as problem:
        return problem
    except NotTakenError as error:
        return not_taken(error)


def _rest(problem: Problem) -> int | UnsetType:
    return UNSET if problem.retry_after_s is None else problem.retry_after_s
