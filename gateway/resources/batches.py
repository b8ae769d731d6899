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

from gateway.admission import Admission, request_id_text
from gateway.request import BATCH_BYTES_MAX, GatewayRequest
from proto.api import answers
from proto.api.exchange import Exchange, ask
from proto.api.forms.orders import CancelBatchForm, CancelOrderForm, PlaceBatchForm, PlaceOrderForm
from proto.api.markets import MarketCatalog
from proto.api.problems import Problem, not_taken
from proto.api.reading import read_nested_body
from proto.api.translate import order_answers
from proto.api.translate.orders import cancel_order, place_order
from proto.ids import RequestId
from proto.mesh.errors import NotTakenError
from proto.replies import OrderReply
from proto.scales import MarketScale

FoundT = TypeVar("FoundT", bound=answers.Order | MarketScale)

_PLACE: Final = msgspec.json.Decoder(PlaceBatchForm)
_CANCEL: Final = msgspec.json.Decoder(CancelBatchForm)
_OK: Final = 200


@final
class BatchResource:
    """/api/v1/orders/batch."""

    def __init__(self, exchange: Exchange, markets: MarketCatalog, admission: Admission) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets
        self._admission: Final = admission

    async def on_post(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Place orders."""
        form = read_nested_body(_PLACE, await req.json_body(BATCH_BYTES_MAX))
        ids = self._admit(req, len(form.orders))
        scales = await self._scales(order.market for order in form.orders)
        deadline_ns = self._exchange.deadline_ns()

        async def place(order: PlaceOrderForm, request_id: RequestId) -> answers.PlacedOrder:
            scale = _found(scales, order.market)
            command = place_order(order, scale, request_id, deadline_ns)
            reply = await ask(self._exchange, command, OrderReply)
            return order_answers.placed_order(reply, scale)

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
        scales = await self._scales(order.market for order in form.orders)
        deadline_ns = self._exchange.deadline_ns()

        async def cancel(order: CancelOrderForm, request_id: RequestId) -> answers.Order:
            scale = _found(scales, order.market)
            command = cancel_order(order, scale, request_id, deadline_ns)
            reply = await ask(self._exchange, command, OrderReply)
            return order_answers.order(reply.order, scale)

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

    async def _scales(self, names: Iterable[str]) -> dict[str, MarketScale | Problem]:
        """Find each market that is named, or the problem with it."""
        distinct = list(dict.fromkeys(names))
        found = await asyncio.gather(*map(self._scale, distinct))
        return dict(zip(distinct, found, strict=True))

    async def _scale(self, name: str) -> MarketScale | Problem:
        return await _attempt(self._markets.find(name))


def _found(scales: dict[str, MarketScale | Problem], name: str) -> MarketScale:
    found = scales[name]
    if isinstance(found, Problem):
        raise found
    return found


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
