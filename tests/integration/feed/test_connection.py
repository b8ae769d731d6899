"""A connection over a real socket: what is left of one that was cut."""

import asyncio
import select
import socket

import pytest
from websockets.asyncio.server import ServerConnection, serve

from feed.connection import (
    BUFFER_BYTES_MAX,
    FRAMES_BURST,
    SEND_BUFFER_BYTES,
    FeedConnection,
)
from feed.message import Message
from tests.waiting import DEADLINE_S, until

_HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
# What the systems of both sides keep has an end somewhere below this.
_MUCH_BYTES = 64 * SEND_BUFFER_BYTES


@pytest.mark.integration
async def test_of_a_reader_that_is_cut_the_system_keeps_nothing() -> None:
    connected: asyncio.Future[FeedConnection] = asyncio.get_running_loop().create_future()

    async def handle(connection: ServerConnection) -> None:
        assert isinstance(connection, FeedConnection)
        connected.set_result(connection)
        await connection.wait_closed()

    async with serve(handle, "127.0.0.1", 0, create_connection=FeedConnection) as server:
        with socket.create_connection(server.sockets[0].getsockname()) as client:
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
