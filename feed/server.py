"""The WebSocket server: lets connections in and out.

How a connection ends, by whom and why:
    1000  the client has left
    1001  the feed is stopping; connect again, to whichever feed answers then
    1002  the client broke the WebSocket protocol (RFC 6455)
    1007  a text message that is not UTF-8
    1008  the client took nothing for too long, or went on asking after it was refused for its rate
    1009  a message over MESSAGE_BYTES_MAX
    1011  no answer to pings
A connection over CONNECTIONS_MAX is refused with HTTP 503 and `Retry-After`, and one that a page of
another machine asks for with 403.

Compression is used where the client asks for it, without context in either direction: so one
compressed message serves all readers (`feed/message.py`), and a connection keeps no window.
"""

import asyncio
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, final

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.http11 import Request as HttpRequest
from websockets.http11 import Response

from feed.connection import BUFFER_BYTES_MAX, FeedConnection, deflation
from feed.conversation import Conversation
from feed.desk.desk import Desk
from feed.hub import Hub
from feed.outbox import Outbox
from feed.protocol import MESSAGE_BYTES_MAX
from feed.subscriber import Subscriber
from proto.api.origin import is_local
from proto.api.streams.failures import RATE_LIMITED

CONNECTIONS_MAX: Final = 5_000
STOPPING: Final = "the feed is stopping: connect again"
# Connections that wait to be accepted; many clients come back at once when a feed has restarted.
_BACKLOG: Final = 1_024
_OPEN_TIMEOUT_S: Final = 5.0
_CLOSE_TIMEOUT_S: Final = 5.0
_STOP_TIMEOUT_S: Final = 1.5
# Requests of one client that wait here; more wait in its socket.
_QUEUE_MAX: Final = 16


@final
class FeedServer:
    """Serves clients."""

    def __init__(
        self,
        hub: Hub[FeedConnection],
        subscriber: Subscriber,
        desk: Desk,
        monotonic_ns: Callable[[], int],
        connections_max: int = CONNECTIONS_MAX,
    ) -> None:
        """Serve streams and take orders; needs a running event loop.

        Args:
            hub: Takes the readers.
            subscriber: Subscribes them.
            desk: Takes requests about orders.
            monotonic_ns: Monotonic clock.
            connections_max: Most clients at one time.
        """
        self._hub: Final = hub
        self._subscriber: Final = subscriber
        self._desk: Final = desk
        self._monotonic_ns: Final = monotonic_ns
        self._connections_max: Final = connections_max
        self._outbox: Final = Outbox(asyncio.get_running_loop().call_soon)
        self._server: Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen, sharing the port with other feeds.

        Returns:
            The port; of interest where 0 was asked for.
        """
        self._server = await serve(
            self._serve,
            host,
            port,
            reuse_port=True,
            backlog=_BACKLOG,
            process_request=self._admit,
            create_connection=FeedConnection,
            compression=None,
            extensions=[deflation()],
            max_size=MESSAGE_BYTES_MAX,
            max_queue=_QUEUE_MAX,
            write_limit=BUFFER_BYTES_MAX,
            open_timeout=_OPEN_TIMEOUT_S,
            close_timeout=_CLOSE_TIMEOUT_S,
            server_header="tickmesh",
            logger=_quiet_logger(),
        )
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    async def stop(self) -> None:
        """Close all connections with 1001; those that do not answer in time are cut."""
        server = self._server
        if server is None:
            return
        server.close(code=CloseCode.GOING_AWAY, reason=STOPPING)
        try:
            async with asyncio.timeout(_STOP_TIMEOUT_S):
                await server.wait_closed()
        except TimeoutError:
            for connection in list(server.all_connections):
                connection.transport.abort()

    def _admit(self, connection: ServerConnection, request: HttpRequest) -> Response | None:
        """Refuse what other machines' pages ask for, and a connection too many."""
        if not all(map(is_local, request.headers.get_all("Origin"))):
            return connection.respond(
                HTTPStatus.FORBIDDEN, "Only pages of this machine may connect: sign-in is open.\n"
            )
        assert self._server is not None
        # Every connection has a handler, from the moment it is accepted.
        if len(self._server.handler_tasks) <= self._connections_max:
            return None
        response = connection.respond(
            HTTPStatus.SERVICE_UNAVAILABLE, f"{self._connections_max} clients are connected.\n"
        )
        response.headers["Retry-After"] = "5"
        return response

    async def _serve(self, connection: ServerConnection) -> None:
        assert isinstance(connection, FeedConnection)
        hub = self._hub
        hub.enter(connection)
        connection.enter(hub.on_full, hub.on_room, self._outbox)
        conversation = Conversation(connection, self._subscriber, self._desk, self._monotonic_ns)
        try:
            async for message in connection:
                await conversation.take(message)
                if conversation.is_spent:
                    await connection.close(CloseCode.POLICY_VIOLATION, RATE_LIMITED)
        except (ConnectionClosed, OSError):
            # However it has ended, it has. (A connection that breaks while something waits for
            # it to take more is told by the error of the socket.)
            return
        finally:
            conversation.close()
            hub.leave(connection)


def _quiet_logger() -> logging.Logger:
    """Let the library log what is our fault, not what clients do."""
    logger = logging.getLogger("feed.websockets")
    logger.setLevel(logging.ERROR)
    return logger
