"""What the gateway needs of the exchange: one call, and whether anybody hears it.

`proto.mesh.client.MeshClient` is this in production; tests bring an engine of their own.
"""

from typing import Protocol, TypeVar

from proto.api.problems import refusal
from proto.api.unknown_outcomes import outcome_unknown
from proto.commands import Command
from proto.ids import RequestId
from proto.mesh.errors import OutcomeUnknownError
from proto.queries import Query
from proto.replies import Rejected, Reply

ReplyT = TypeVar("ReplyT", bound=Reply)


class Exchange(Protocol):
    """Takes commands and queries, and answers each with one reply."""

    @property
    def connected(self) -> bool:
        """Whether the matcher was heard lately."""
        ...

    @property
    def epoch(self) -> int | None:
        """Epoch of the matcher that was heard last."""
        ...

    def next_request_id(self) -> RequestId:
        """Assign a request id; no two messages share one."""
        ...

    def deadline_ns(self) -> int:
        """Return the wall-clock time, in nanoseconds, after which nobody waits for a reply."""
        ...

    async def send(self, message: Command | Query) -> Reply:
        """Send a command or query and wait for its reply.

        Raises:
            NotTakenError: If it was not sent; sending it again is safe.
            OutcomeUnknownError: If it was sent and no reply came in time.
        """
        ...


async def send(exchange: Exchange, message: Command | Query) -> Reply:
    """Send a command or query and return its reply.

    Raises:
        Problem: If no reply came in time: it says what to do about this message.
        NotTakenError: If it was not sent.
    """
    try:
        return await exchange.send(message)
    except OutcomeUnknownError as error:
        raise outcome_unknown(error, message) from None


async def ask(exchange: Exchange, message: Command | Query, kind: type[ReplyT]) -> ReplyT:
    """Send a command or query and return its reply, which is of one kind where it is no refusal.

    Raises:
        Problem: If the matcher refuses, or no reply came in time.
        NotTakenError: If it was not sent.
    """
    reply = await send(exchange, message)
    if isinstance(reply, Rejected):
        raise refusal(reply.reason)
    assert isinstance(reply, kind)
    return reply
