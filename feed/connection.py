"""A WebSocket connection that the hub can write to without waiting."""

import asyncio
from collections.abc import Iterable
from typing import Final

from websockets.asyncio.connection import broadcast
from websockets.asyncio.server import ServerConnection
from websockets.frames import CloseCode

_DISMISS_TIMEOUT_S: Final = 2.0


class FeedConnection(ServerConnection):
    """A connection, seen as a reader of streams."""

    _dismissal: "asyncio.Task[None] | None" = None

    def buffered_bytes(self) -> int:
        """Return how much was written and the client has not taken yet."""
        return self.transport.get_write_buffer_size()

    def dismiss(self, reason: str) -> None:
        """Close it with 1008; the close frame waits behind what is buffered, for a while only."""
        if self._dismissal is None:
            # Kept, since the event loop alone does not keep a task.
            self._dismissal = asyncio.create_task(self._dismiss(reason))

    async def _dismiss(self, reason: str) -> None:
        try:
            async with asyncio.timeout(_DISMISS_TIMEOUT_S):
                # The library's own deadline begins only when the buffer has been taken.
                await self.close(CloseCode.POLICY_VIOLATION, reason)
        except TimeoutError:
            self.transport.abort()


def write_text(readers: Iterable[FeedConnection], message: bytes) -> None:
    """Write one text message to many connections; those that are closing are skipped."""
    broadcast(readers, message, text=True)
