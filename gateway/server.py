"""uvicorn, with the bounds that an exchange needs around it.

* Bytes that are not HTTP get a problem like any other failure.
* A client that keeps a connection waiting, for a request, for the rest of one or by not reading
  an answer, is cut off. Once a second all connections are looked at, which costs a request
  nothing, unlike a timer for each.
* Connections beyond `CONNECTIONS_MAX` are closed at once.
* A signal ends the process with status 0: uvicorn itself would raise it again.

`typing.override` comes with Python 3.12, so the overrides here cannot be marked yet.
"""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Final, final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.joining_transport import JoiningTransport
from proto.api.problems import PROBLEM_TYPE, Problem, request_id_text

if TYPE_CHECKING:
    from uvicorn._types import HTTPScope

_LOG: Final = logging.getLogger("gateway.server")

CONNECTIONS_MAX: Final = 4_096
# Seconds that a client may take over sending a request, or over reading an answer.
CLIENT_PATIENCE_S: Final = 30
KEEP_ALIVE_S: Final = 75
STOP_TIMEOUT_S: Final = 1
BACKLOG: Final = 2_048
_TICKS_PER_S: Final = 10


@final
class GatewayProtocol(HttpToolsProtocol):
    """One connection."""

    _seen: "HTTPScope | None" = None
    _waited_s = 0
    _joining: JoiningTransport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override,explicit-override]
        """Take a connection, unless there are too many."""
        self._joining = JoiningTransport(transport)
        super().connection_made(self._joining)
        if len(self.connections) > CONNECTIONS_MAX:
            transport.close()

    def on_response_complete(self) -> None:  # type: ignore[explicit-override]
        """Send what waits of the response, and go on to the next request.

        uvicorn would set a timer here, and cancel it at the next request: `look_at` is there.
        """
        self._joining.flush()
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    def send_400_response(self, msg: str) -> None:  # type: ignore[explicit-override]
        """Answer bytes that are not HTTP, and close: where the next request starts is unknown."""
        if self.transport.is_closing():
            return
        request_id = request_id_text(0)
        body = Problem("MALFORMED_REQUEST", msg).body(request_id)
        head = (
            "HTTP/1.1 400 Bad Request\r\n"
            f"content-type: {PROBLEM_TYPE}\r\ncontent-length: {len(body)}\r\n"
            f"x-request-id: {request_id}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def look_at(self) -> None:
        """Cut the client off where it has kept the connection waiting for too long.

        Called once a second. A request that began since then starts the count anew.
        """
        patience_s = self._patience_s()
        # uvicorn makes the scope when the first byte of a request is there.
        if patience_s == 0 or self.scope is not self._seen:
            self._seen = self.scope
            self._waited_s = 0
            return
        self._waited_s += 1
        if self._waited_s >= patience_s:
            self.transport.abort()

    def _patience_s(self) -> int:
        """Return how long the client may go on as it does; 0 where it is not its turn."""
        if self.flow.write_paused or self.cycle is None or self.scope is not self.cycle.scope:
            return CLIENT_PATIENCE_S
        if self.cycle.response_complete:
            return KEEP_ALIVE_S
        return CLIENT_PATIENCE_S if self.cycle.more_body else 0


@final
class GatewayServer(uvicorn.Server):
    """The server of one process."""

    def __init__(self, config: uvicorn.Config, meet: Callable[[], Awaitable[object]]) -> None:
        """Prepare.

        Args:
            config: What uvicorn is told.
            meet: Waits, for a moment at the most, for what makes it ready.
        """
        super().__init__(config)
        self._meet: Final = meet

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # type: ignore[explicit-override]
        """Begin to listen, and say so; unless it was told to stop before it is ready."""
        await self._meet()
        if self.should_exit:
            return
        await super().startup(sockets)
        assert sockets
        host, port = sockets[0].getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        _LOG.info("ready http://%s:%d", shown, port)

    async def on_tick(self, counter: int) -> bool:  # type: ignore[explicit-override]
        """Look at the connections once a second; tell whether to stop."""
        if counter % _TICKS_PER_S == 0:
            for connection in list(self.server_state.connections):
                assert isinstance(connection, GatewayProtocol)
                connection.look_at()
        return await super().on_tick(counter)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:  # type: ignore[explicit-override]
        """Let SIGTERM and SIGINT stop the server, and nothing more."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    def _stop(self) -> None:
        self.should_exit = True


def make_server(app: object, meet: Callable[[], Awaitable[object]]) -> GatewayServer:
    """Make a server for an application, ready when `meet` has returned."""
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        http=GatewayProtocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_TIMEOUT_S,
        backlog=BACKLOG,
    )
    return GatewayServer(config, meet)


def listen(host: str, port: int) -> socket.socket:
    """Open the socket that all gateways of this machine share: the kernel spreads connections.

    Raises:
        OSError: If the address is taken by somebody who does not share it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((host, port))
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener
