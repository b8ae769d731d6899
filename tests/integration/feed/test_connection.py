"""A connection over a real socket: what leaves together, and what is left of one that was cut."""

import asyncio
import select
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve

from feed.connection import (
    BUFFER_BYTES_MAX,
    FRAMES_BURST,
    SEND_BUFFER_BYTES,
    FeedConnection,
)
from feed.message import Message
from feed.outbox import Outbox
from tests.waiting import DEADLINE_S, until

_HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
# What the systems of both sides keep has an end somewhere below this.
_MUCH_BYTES = 64 * SEND_BUFFER_BYTES


class CountingTransport:
    """A transport that counts what is written to it."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.writes = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self.transport, name)

    def write(self, data: bytes) -> None:
        self.writes += 1
        self.transport.write(data)


@asynccontextmanager
async def accepting() -> AsyncIterator[tuple[int, "asyncio.Future[FeedConnection]"]]:
    """Take one connection; yields the port, and the connection when it is there."""
    loop = asyncio.get_running_loop()
    connected: asyncio.Future[FeedConnection] = loop.create_future()

    async def handle(connection: ServerConnection) -> None:
        assert isinstance(connection, FeedConnection)
        connection.enter(lambda _: None, lambda _: None, Outbox(loop.call_soon))
        connected.set_result(connection)
        await connection.wait_closed()

    async with serve(handle, "127.0.0.1", 0, create_connection=FeedConnection) as server:
        yield server.sockets[0].getsockname()[1], connected


@asynccontextmanager
async def pair() -> AsyncIterator[tuple[FeedConnection, CountingTransport, ClientConnection]]:
    """Connect a client of the library; yields both ends."""
    async with accepting() as (port, connected):
        async with connect(f"ws://127.0.0.1:{port}", compression=None) as client:
            connection = await connected
            counting = CountingTransport(connection.transport)
            connection.transport = cast("asyncio.Transport", counting)
            yield connection, counting, client


@pytest.mark.integration
async def test_the_messages_of_one_turn_leave_together() -> None:
    async with pair() as (connection, counting, client):
        for text in (b"1", b"2", b"3"):
            connection.write(Message(text))
        assert counting.writes == 0
        assert connection.buffered_bytes() == 9
        assert [await client.recv() for _ in range(3)] == ["1", "2", "3"]
        assert (counting.writes, connection.buffered_bytes()) == (1, 0)
        connection.write(Message(b"4"))
        assert await client.recv() == "4"
        assert counting.writes == 2


@pytest.mark.integration
async def test_what_the_library_writes_overtakes_nothing() -> None:
    async with pair() as (connection, _, client):
        connection.write(Message(b"first"))
        await connection.send("second")
        connection.write(Message(b"third"))
        await connection.close()
        assert [text async for text in client] == ["first", "second", "third"]


@pytest.mark.integration
async def test_what_is_put_together_has_a_bound() -> None:
    async with pair() as (connection, counting, client):
        for _ in range(100):
            connection.write(Message(b"x" * 1_000))
        assert counting.writes > 3
        assert [len(await client.recv()) for _ in range(100)] == [1_000] * 100


@pytest.mark.integration
async def test_of_a_reader_that_is_cut_the_system_keeps_nothing() -> None:
    async with accepting() as (port, connected):
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(_HANDSHAKE)
            connection = await connected
            message = Message(b" " * BUFFER_BYTES_MAX)
            for _ in range(_MUCH_BYTES // BUFFER_BYTES_MAX):
                connection.write(message)
            await until(lambda: connection.buffered_bytes() > BUFFER_BYTES_MAX)
            connection.dismiss("it takes nothing")
            # A reset: had the system kept what was not taken, it would say nothing as yet.
            poll = select.poll()
            poll.register(client, 0)
            await until(lambda: poll.poll(0))
            assert poll.poll(0)[0][1] & select.POLLERR


@pytest.mark.integration
async def test_who_floods_with_pings_is_read_from_slowly_and_nothing_is_left_out() -> None:
    rests: list[float] = []

    async def handle(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    class Watched(FeedConnection):
        def data_received(self, data: bytes) -> None:  # type: ignore[explicit-override]
            super().data_received(data)
            if self._is_resting:
                rests.append(self.loop.time())

    async with serve(handle, "127.0.0.1", 0, create_connection=Watched) as server:
        host, port = server.sockets[0].getsockname()
        reader, writer = await asyncio.open_connection(host, port)
        try:
            writer.write(_HANDSHAKE)
            await reader.readuntil(b"\r\n\r\n")
            # Masked with nothing; then a text, which comes back behind all pongs.
            pings = FRAMES_BURST + 500
            writer.write(b"\x89\x80\0\0\0\0" * pings + b"\x81\x82\0\0\0\0hi")
            async with asyncio.timeout(DEADLINE_S):
                answer = await reader.readexactly(2 * pings + 4)
            assert answer == b"\x8a\x00" * pings + b"\x81\x02hi"
            assert rests
        finally:
            writer.transport.abort()
