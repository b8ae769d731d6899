"""A connection over a real socket: what is left of one that was cut."""

import asyncio
import select
import socket

import pytest
from websockets.asyncio.server import ServerConnection, serve

from feed.connection import BUFFER_BYTES_MAX, SEND_BUFFER_BYTES, FeedConnection
from feed.message import Message
from tests.waiting import until

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
