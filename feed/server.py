"""The WebSocket server: a thin shell around `protocol`, `session` and `hub`.

How a connection ends, by whom and why:
    1000  the client has left
    1001  the feed is stopping; connect again, to whichever feed answers then
    1002  the client broke the WebSocket protocol (RFC 6455)
    1003, 1007  a text message that is not UTF-8
    1008  the client read too slowly, or went on asking after it was refused for its rate
    1009  a message over MESSAGE_BYTES_MAX
    1011  no answer to pings
A connection over CONNECTIONS_MAX is refused with HTTP 503 and `Retry-After`.

A request is answered before anything that it causes. Then, for each stream, joining and making
the first message happen in one turn of the loop, so that nothing comes between.
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

from feed.board import Board
from feed.connection import FeedConnection
from feed.exchange import Directory, NotReadyError
from feed.hub import Hub
from feed.protocol import (
    LIST_SUBSCRIPTIONS,
    MESSAGE_BYTES_MAX,
    NOT_READY,
    SUBSCRIBE,
    UNKNOWN_MARKET,
    Request,
    RequestError,
    encode_error,
    encode_result,
)
from feed.session import Session

CONNECTIONS_MAX: Final = 5_000
# Connections that wait to be accepted; many clients come back at once when a feed has restarted.
_BACKLOG: Final = 1_024
_OPEN_TIMEOUT_S: Final = 5.0
_CLOSE_TIMEOUT_S: Final = 5.0
_STOP_TIMEOUT_S: Final = 1.5
# Requests of one client that wait here; more wait in its socket.
_QUEUE_MAX: Final = 4


@final
class FeedServer:
    """Serves clients."""

    def __init__(
        self,
        hub: Hub[FeedConnection],
        board: Board,
        directory: Directory,
        monotonic_ns: Callable[[], int],
        connections_max: int = CONNECTIONS_MAX,
    ) -> None:
        self._hub: Final = hub
        self._board: Final = board
        self._directory: Final = directory
        self._monotonic_ns: Final = monotonic_ns
        self._connections_max: Final = connections_max
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
            # Market data in JSON would shrink, at a price for each reader and message; and one
            # compressed message could no longer be made once for all.
            compression=None,
            max_size=MESSAGE_BYTES_MAX,
            max_queue=_QUEUE_MAX,
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
        server.close()
        try:
            async with asyncio.timeout(_STOP_TIMEOUT_S):
                await server.wait_closed()
        except TimeoutError:
            for connection in list(server.all_connections):
                connection.transport.abort()

    def _admit(self, connection: ServerConnection, request: HttpRequest) -> Response | None:
        """Refuse a connection too many, before the handshake."""
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
        session = Session()
        try:
            async for message in connection:
                await self._answer(connection, session, message)
                if session.spent:
                    await connection.close(CloseCode.POLICY_VIOLATION, "RATE_LIMITED")
        except (ConnectionClosed, OSError):
            # However it has ended, it has. (A connection that breaks while something waits for
            # it to take more is told by the error of the socket.)
            return
        finally:
            self._hub.leave(connection)

    async def _answer(
        self, connection: FeedConnection, session: Session, message: str | bytes
    ) -> None:
        try:
            request = session.receive(message, self._monotonic_ns())
            if request.method == SUBSCRIBE:
                await self._check(session, request)
        except RequestError as error:
            await connection.send(encode_error(error), text=True)
            return
        if request.method == SUBSCRIBE:
            await connection.send(encode_result(request.request_id, None), text=True)
            await self._join(connection, session, request)
        elif request.method == LIST_SUBSCRIPTIONS:
            result = encode_result(request.request_id, session.names())
            await connection.send(result, text=True)
        else:
            for name in session.remove(request.streams):
                self._hub.part(connection, name)
            await connection.send(encode_result(request.request_id, None), text=True)

    async def _check(self, session: Session, request: Request) -> None:
        session.check_room(request)
        try:
            unknown = await self._directory.find([stream.market for stream in request.streams])
        except NotReadyError as error:
            message = f"the markets are not known at the moment, try again: {error}"
            raise RequestError(NOT_READY, message, request.request_id) from None
        if unknown is not None:
            message = f'params: "{unknown}": there is no such market'
            raise RequestError(UNKNOWN_MARKET, message, request.request_id)

    async def _join(self, connection: FeedConnection, session: Session, request: Request) -> None:
        for stream in session.add(request.streams):
            market = self._board.find(stream.market)
            assert market is not None
            # From here to the end of `join` nothing is awaited: that is what makes the deltas
            # that follow join the snapshot.
            greeting = market.greet(stream)
            self._hub.join(connection, stream.name, greeting)
            if greeting is not None:
                # The next snapshot is made when this one is on its way.
                await connection.drain()


def _quiet_logger() -> logging.Logger:
    """Let the library log what is our fault, not what clients do."""
    logger = logging.getLogger("feed.websockets")
    logger.setLevel(logging.ERROR)
    return logger
