"""A subscriber's connection over real sockets, and servers that do not what they should."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import Frame, Opcode

from scripts.watching.connection import WatchingConnection
from scripts.watching.frames import FrameError
from tests.waiting import until

pytestmark = pytest.mark.integration


class Owner:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.texts: list[bytes] = []
        self.farewells: list[str] = []

    def on_text(self, text: bytes) -> None:
        self.texts.append(text)

    def on_end(self, farewell: str) -> None:
        self.farewells.append(farewell)


@asynccontextmanager
async def connected(
    converse: Callable[[ServerConnection], Awaitable[None]],
) -> AsyncIterator[tuple[WatchingConnection, Owner]]:
    async with serve(converse, "127.0.0.1", 0, close_timeout=1) as server:
        owner = Owner()
        connection = WatchingConnection(owner, random.Random(1), is_deflated=False)
        await connection.open(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        yield connection, owner
        connection.cut()
        await until(lambda: owner.farewells)


@asynccontextmanager
async def raw_server(answer: bytes) -> AsyncIterator[str]:
    """A server that writes what it is told, whatever it is asked, and closes."""

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve_one, "127.0.0.1", 0)
    async with server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_texts_go_to_and_fro_and_pings_are_answered() -> None:
    async def converse(connection: ServerConnection) -> None:
        await connection.send(f"you said {await connection.recv()}")
        await (await connection.ping())
        await connection.send("pong came")
        await connection.close(1001, "enough")

    async with connected(converse) as (connection, owner):
        connection.send(b"hello " * 100)
        await until(lambda: owner.farewells)
        assert owner.texts == [b"you said " + b"hello " * 100, b"pong came"]
        assert owner.farewells == ["1001 enough"]


async def test_who_stops_reading_gets_the_rest_when_it_goes_on() -> None:
    sent = asyncio.Event()

    async def converse(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send("late")
        sent.set()
        await connection.wait_closed()

    async with connected(converse) as (connection, owner):
        connection.stop_reading()
        connection.send(b"go on")
        await sent.wait()
        assert owner.texts == []
        connection.go_on()
        await until(lambda: owner.texts == [b"late"])
        # Saying so again changes nothing.
        connection.go_on()


async def test_a_frame_that_is_not_expected_ends_the_connection() -> None:
    async def converse(connection: ServerConnection) -> None:
        part = Frame(Opcode.TEXT, b"part", fin=False).serialize(mask=False)
        connection.transport.write(part)
        await connection.wait_closed()

    async with connected(converse) as (_, owner):
        await until(lambda: owner.farewells)
        assert owner.farewells == ["a frame that begins with 0x1"]


async def test_a_cut_is_without_a_word() -> None:
    ended: list[int | None] = []

    async def converse(connection: ServerConnection) -> None:
        await connection.wait_closed()
        ended.append(connection.close_code)

    async with connected(converse) as (connection, owner):
        connection.cut()
        await until(lambda: owner.farewells)
        assert owner.farewells == [""]
        await until(lambda: ended)
        assert ended == [1006]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n\r\n", FrameError),
        (b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\n\r\n", FrameError),
        (b"", OSError),
        (b"HTTP/1.1 1", OSError),
    ],
)
async def test_a_server_that_does_not_let_it_in(answer: bytes, error: type[Exception]) -> None:
    owner = Owner()
    async with raw_server(answer) as url:
        connection = WatchingConnection(owner, random.Random(1), is_deflated=True)
        with pytest.raises(error):
            await connection.open(url)
    # Nobody is told of the end of what never was.
    assert owner.farewells == []


async def test_nobody_listens() -> None:
    connection = WatchingConnection(Owner(), random.Random(1), is_deflated=False)
    with pytest.raises(OSError, match=r"refused|Connect call failed"):
        await connection.open("ws://127.0.0.1:1")
