"""The matcher, as the one who can make any event of the past again from its journal.

What the stream has lost is not lost: it is asked for here, as a range of sequences, and comes in
portions. The matcher answers with nothing while it cannot, and may be away; both mean that the
same is asked again later.
"""

from typing import Final, Protocol, final

from proto.mesh.client import MeshClient
from proto.mesh.errors import MeshError
from proto.queries import EventsQuery, HistoryEndQuery
from proto.replies import EventsReply, HistoryEndReply


class EventsUnavailableError(Exception):
    """The matcher cannot be asked, or cannot answer, for now."""


class Past(Protocol):
    """Everything that has happened on one shard."""

    @property
    def shard(self) -> int:
        """The shard."""
        ...

    async def end(self) -> HistoryEndReply:
        """Ask how far it reaches.

        Raises:
            EventsUnavailableError: If that cannot be told now, here and in every method.
        """
        ...

    async def events(self, first_sequence: int, last_sequence: int) -> bytes:
        """Ask for events.

        Returns:
            An encoded `EventBatch` that begins at the first sequence; its last one may be earlier
            than the one asked for.
        """
        ...


@final
class MatcherPast:
    """What the journal of a running matcher holds."""

    def __init__(self, client: MeshClient, shard: int) -> None:
        """Ask through a client that is started, the matcher of its shard."""
        self._client: Final = client
        self._shard: Final = shard

    @property
    def shard(self) -> int:
        """See `Past`."""
        return self._shard

    async def end(self) -> HistoryEndReply:
        """See `Past`."""
        try:
            reply = await self._client.send(HistoryEndQuery(self._client.next_request_id()))
        except MeshError as error:
            raise EventsUnavailableError(str(error)) from error
        if not isinstance(reply, HistoryEndReply):
            raise EventsUnavailableError(f"the matcher answered with a {type(reply).__name__}")
        return reply

    async def events(self, first_sequence: int, last_sequence: int) -> bytes:
        """See `Past`."""
        query = EventsQuery(self._client.next_request_id(), first_sequence, last_sequence)
        try:
            reply = await self._client.send(query)
        except MeshError as error:
            raise EventsUnavailableError(str(error)) from error
        if not isinstance(reply, EventsReply) or not reply.batch:
            raise EventsUnavailableError(
                f"the matcher cannot make the events from sequence {first_sequence} on again yet"
            )
        return reply.batch
