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

The stream of a user has no first message: the client asks REST once it has the answer. So it is
joined before the answer is written, and that waits until Redis has confirmed the user's channel.
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
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
    SIGN_IN_REQUIRED,
    SUBSCRIBE,
    TOO_MANY_USERS,
    UNKNOWN_MARKET,
    Request,
    RequestError,
    encode_error,
    encode_result,
)
from feed.session import Session
from feed.streams import ORDERS
from feed.users import USERS_MAX

CONNECTIONS_MAX: Final = 5_000
# Connections that wait to be accepted; many clients come back at once when a feed has restarted.
_BACKLOG: Final = 1_024
_OPEN_TIMEOUT_S: Final = 5.0
_CLOSE_TIMEOUT_S: Final = 5.0
_STOP_TIMEOUT_S: Final = 1.5
# Requests of one client that wait here; more wait in its socket.
_QUEUE_MAX: Final = 4
# Redis confirms the channels of a user at once, or it is away.
_FOLLOW_TIMEOUT_S: Final = 2.0


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
        *,
        are_users_open: bool,
    ) -> None:
        """Serve streams.

        Args:
            hub: Takes the readers.
            board: Has the markets and users.
            directory: Asked for markets that are not known.
            monotonic_ns: Monotonic clock.
            connections_max: Most clients at one time.
            are_users_open: Whether anybody may read what is about any user.
        """
        self._hub: Final = hub
        self._board: Final = board
        self._directory: Final = directory
        self._monotonic_ns: Final = monotonic_ns
        self._connections_max: Final = connections_max
        self._are_users_open: Final = are_users_open
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
                await self._subscribe(connection, session, request)
        except RequestError as error:
            await connection.send(encode_error(error), text=True)
            return
        if request.method == SUBSCRIBE:
            return
        if request.method == LIST_SUBSCRIPTIONS:
            result = encode_result(request.request_id, session.names())
            await connection.send(result, text=True)
        else:
            for name in session.remove(request.streams):
                self._hub.part(connection, name)
            await connection.send(encode_result(request.request_id, None), text=True)

    async def _subscribe(
        self, connection: FeedConnection, session: Session, request: Request
    ) -> None:
        await self._check(session, request)
        user_ids = [stream.user_id for stream in request.streams if stream.kind == ORDERS]
        held: list[int] = []
        try:
            for user_id in user_ids:
                self._hold(user_id, request)
                held.append(user_id)
            await self._wait_until_followed(user_ids, request)
            await self._join(connection, session, request)
        finally:
            for user_id in held:
                self._board.users.release(user_id)

    def _hold(self, user_id: int, request: Request) -> None:
        if not self._board.follow(user_id):
            message = f"this feed follows {USERS_MAX} users already; connect again, to another"
            raise RequestError(TOO_MANY_USERS, message, request.request_id)

    async def _wait_until_followed(self, user_ids: list[int], request: Request) -> None:
        users = self._board.users
        try:
            async with asyncio.timeout(_FOLLOW_TIMEOUT_S):
                for user_id in user_ids:
                    if not users.is_followed(user_id):
                        await self._wait_for_user(user_id)
        except TimeoutError:
            message = "orders cannot be followed at the moment, try again: Redis does not answer"
            raise RequestError(NOT_READY, message, request.request_id) from None

    async def _wait_for_user(self, user_id: int) -> None:
        users = self._board.users
        followed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        tell = partial(_tell, followed)
        users.when_followed(user_id, tell)
        try:
            await followed
        finally:
            users.stop_waiting(user_id, tell)

    async def _check(self, session: Session, request: Request) -> None:
        session.check_room(request)
        orders = [stream.name for stream in request.streams if stream.kind == ORDERS]
        if orders and not self._are_users_open:
            message = (
                f'params: "{orders[0]}": what is about a user can be read only with '
                "TICKMESH_AUTH=open in this version"
            )
            raise RequestError(SIGN_IN_REQUIRED, message, request.request_id)
        markets = [stream.market for stream in request.streams if stream.kind != ORDERS]
        try:
            unknown = await self._directory.find(markets)
        except NotReadyError as error:
            message = f"the markets are not known at the moment, try again: {error}"
            raise RequestError(NOT_READY, message, request.request_id) from None
        if unknown is not None:
            message = f'params: "{unknown}": there is no such market'
            raise RequestError(UNKNOWN_MARKET, message, request.request_id)

    async def _join(self, connection: FeedConnection, session: Session, request: Request) -> None:
        new = session.add(request.streams)
        for stream in new:
            if stream.kind == ORDERS:
                self._hub.join(connection, stream.name, None)
        await connection.send(encode_result(request.request_id, None), text=True)
        for stream in new:
            if stream.kind == ORDERS:
                continue
            market = self._board.find(stream.market)
            assert market is not None
            # From here to the end of `join` nothing is awaited: that is what makes the deltas
            # that follow join the snapshot.
            greeting = market.greet(stream)
            self._hub.join(connection, stream.name, greeting)
            if greeting is not None:
                # The next snapshot is made when this one is on its way.
                await connection.drain()


def _tell(followed: "asyncio.Future[None]") -> None:
    if not followed.done():
        followed.set_result(None)


def _quiet_logger() -> logging.Logger:
    """Let the library log what is our fault, not what clients do."""
    logger = logging.getLogger("feed.websockets")
    logger.setLevel(logging.ERROR)
    return logger
