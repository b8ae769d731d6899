"""The mesh lane: operations straight to the matcher, without a gateway in between."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final, Protocol, final

from proto.codes import REASON_NAMES, STATUS_NAMES
from proto.commands import CancelOrder, Command, PlaceOrder
from proto.ids import RequestId
from proto.mesh.client import MeshClient, MeshClientConfig
from proto.mesh.errors import NotTakenError, OutcomeUnknownError
from proto.mesh.registry import StaticEndpoint
from proto.queries import Query
from proto.replies import OrderReply, Rejected, Reply
from proto.scales import MarketScale
from proto.settings import SettingError
from scripts.load.operations import (
    ACKNOWLEDGED,
    NOT_TAKEN,
    REFUSED,
    UNKNOWN,
    Operation,
    Outcome,
    Owner,
    Place,
    SeenFill,
)

CONNECT_DEADLINE_S: Final = 10.0
CONNECT_POLL_S: Final = 0.01


class Exchange(Protocol):
    """What a mesh client offers."""

    def next_request_id(self) -> RequestId:
        """Return a correlation id that nobody else uses."""

    def deadline_ns(self) -> int:
        """Return the deadline to put in a command."""

    async def send(self, message: Command | Query) -> Reply:
        """Send and wait for the reply."""


def command_of(operation: Operation, request_id: int, deadline_ns: int) -> Command:
    """Write an operation as a command."""
    if not isinstance(operation, Place):
        return CancelOrder(
            request_id,
            deadline_ns,
            operation.market_id,
            operation.user_id,
            operation.order_id,
            "",
        )
    return PlaceOrder(
        request_id,
        deadline_ns,
        operation.market_id,
        operation.user_id,
        operation.side,
        operation.order_type,
        operation.time_in_force,
        False,
        operation.price_ticks,
        operation.quantity_lots,
        operation.client_order_id,
    )


def outcome_of(reply: Reply, scale: MarketScale) -> Outcome:
    """Read a reply of the matcher, numbers in the market's text form."""
    if isinstance(reply, Rejected):
        return Outcome(REFUSED, REASON_NAMES[reply.reason])
    assert isinstance(reply, OrderReply)
    fills = tuple(
        SeenFill(fill.trade_id, scale.price(fill.price_ticks), scale.quantity(fill.quantity_lots))
        for fill in reply.fills
    )
    order = reply.order
    return Outcome(ACKNOWLEDGED, "", order.order_id, STATUS_NAMES[order.status], fills)


@asynccontextmanager
async def connected(endpoint: str, pending_max: int) -> AsyncIterator[MeshClient]:
    """Connect to a matcher for a while.

    Args:
        endpoint: Where it listens.
        pending_max: Most requests in flight.

    Raises:
        SettingError: If no matcher answers there.
    """
    client = MeshClient(
        StaticEndpoint(endpoint), time.time_ns, MeshClientConfig(pending_max=pending_max)
    )
    await client.start()
    try:
        end_s = time.monotonic() + CONNECT_DEADLINE_S
        while not client.connected:
            if time.monotonic() > end_s:
                raise SettingError(
                    f"no matcher answers at {endpoint} within {CONNECT_DEADLINE_S:g} s. "
                    "Start the exchange with scripts/up."
                )
            await asyncio.sleep(CONNECT_POLL_S)
        yield client
    finally:
        await client.close()


@final
class MeshLane:
    """Carries operations over a mesh client that all lanes share."""

    def __init__(self, exchange: Exchange, scales: Mapping[int, MarketScale], owner: Owner) -> None:
        self._exchange: Final = exchange
        self._scales: Final = scales
        self._owner: Final = owner
        self._task: asyncio.Task[None] | None = None

    def submit(self, operation: Operation) -> None:
        self._task = asyncio.get_running_loop().create_task(self._carry(operation))

    def expire(self, now_ns: int) -> None:
        """Do nothing: the mesh client has its own deadline."""

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _carry(self, operation: Operation) -> None:
        exchange = self._exchange
        command = command_of(operation, exchange.next_request_id(), exchange.deadline_ns())
        try:
            reply = await exchange.send(command)
        except NotTakenError as error:
            outcome = Outcome(NOT_TAKEN, "overloaded" if error.overloaded else "matcher away")
        except OutcomeUnknownError:
            outcome = Outcome(UNKNOWN, "outcome unknown")
        else:
            outcome = outcome_of(reply, self._scales[operation.market_id])
        self._owner.on_outcome(outcome)
