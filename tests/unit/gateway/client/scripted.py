"""An exchange that follows a script: the test reads each request, and says what is answered."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

DEADLINE_S = 10.0


class ScriptedConnection:
    """One connection of a client, seen from the exchange."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection

    async def next_request(self, method: str) -> dict[str, Any]:
        async with asyncio.timeout(DEADLINE_S):
            request: dict[str, Any] = json.loads(await self._connection.recv())
        assert request["method"] == method, request
        return request

    async def say(self, content: object) -> None:
        await self._connection.send(json.dumps(content))

    async def say_text(self, text: str) -> None:
        await self._connection.send(text)

    async def tell(self, stream: str, data: object) -> None:
        await self.say({"stream": stream, "data": data})

    async def answer(self, request: dict[str, Any], result: object = None) -> None:
        await self.say({"id": request["id"], "result": result})

    async def refuse(self, request: dict[str, Any], code: str, **more: object) -> None:
        error = {"code": code, "message": "because", **more}
        await self.say({"id": request["id"], "error": error})

    async def sign_in(self) -> None:
        """Answer the request with which a client begins."""
        request = await self.next_request("SIGN_IN")
        await self.answer(request, request["params"])

    async def begin(self, *streams: str) -> dict[str, Any]:
        """Answer a SUBSCRIBE, which must name just these streams."""
        request = await self.next_request("SUBSCRIBE")
        assert sorted(request["params"]) == sorted(streams), request
        await self.answer(request)
        return request

    async def close(self, code: int = 1001, reason: str = "") -> None:
        await self._connection.close(code, reason)

    def abort(self) -> None:
        """End it as a process does that is killed."""
        self._connection.transport.abort()

    async def is_idle(self) -> bool:
        """Whether the client says nothing for a moment."""
        try:
            async with asyncio.timeout(0.05):
                await self._connection.recv()
        except TimeoutError:
            return True
        return False

    async def ended(self) -> int | None:
        """Wait for the end, and return the code with which the client has closed it."""
        async with asyncio.timeout(DEADLINE_S):
            try:
                while True:
                    await self._connection.recv()
            except ConnectionClosed as closed:
                return None if closed.rcvd is None else closed.rcvd.code


class ScriptedExchange:
    """Takes connections; the test asks for each."""

    def __init__(self) -> None:
        self._connections: asyncio.Queue[ScriptedConnection] = asyncio.Queue()
        self._refusals: list[tuple[int, dict[str, str]]] = []
        self.server: Server | None = None
        self.port = 0
        self.handshakes = 0

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self.server = await serve(
            self._take, "127.0.0.1", self.port, process_request=self._admit, compression=None
        )
        self.port = next(iter(self.server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        assert self.server is not None
        self.server.close()
        await self.server.wait_closed()

    def refuse_next(self, status: int, **headers: str) -> None:
        """Answer the next handshake with a status."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._refusals.append((status, named))

    async def next_connection(self, *, signs_in: bool = True) -> ScriptedConnection:
        async with asyncio.timeout(DEADLINE_S):
            connection = await self._connections.get()
        if signs_in:
            await connection.sign_in()
        return connection

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        self.handshakes += 1
        if not self._refusals:
            return None
        status, headers = self._refusals.pop(0)
        response = connection.respond(HTTPStatus(status), "not now\n")
        response.headers.update(headers)
        return response

    async def _take(self, connection: ServerConnection) -> None:
        self._connections.put_nowait(ScriptedConnection(connection))
        await connection.wait_closed()


@asynccontextmanager
async def scripted_exchange() -> AsyncIterator[ScriptedExchange]:
    exchange = ScriptedExchange()
    await exchange.start()
    try:
        yield exchange
    finally:
        await exchange.stop()
