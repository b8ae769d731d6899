"""The process of readers, on a real server: it opens, counts, stalls, resumes and closes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from scripts.benches.feed.audience import Audience, AudienceError, audience
from scripts.benches.feed.requests import Close, Open, Reach, Resume, Tell
from tests.waiting import until

pytestmark = pytest.mark.integration

_MESSAGE = '{"stream":"x","data":{"timestamp":"2024-01-01T00:00:00.000000Z"}}'


async def answer(connection: ServerConnection) -> None:
    """Answer each request, then write a message."""
    with suppress(ConnectionClosed):
        async for text in connection:
            if text == "refuse":
                await connection.send('{"id":1,"error":{"code":"X"}}')
            else:
                await connection.send('{"id":1,"result":null}')
                await connection.send(_MESSAGE)


@asynccontextmanager
async def stage() -> AsyncIterator[tuple[Server, int, Audience]]:
    async with serve(answer, "127.0.0.1", 0) as server, audience() as readers:
        yield server, server.sockets[0].getsockname()[1], readers


async def test_many_open_at_once_and_all_messages_are_counted() -> None:
    async with stage() as (server, port, readers):
        opened = await readers.ask(Open("a", port, 300, ["one", "two"], sampled=10))
        assert opened.opened == 300
        seen = await readers.ask(Reach("a", 300 * 4))
        assert (seen.messages, seen.closed) == (1_200, {})
        assert seen.length_bytes > 1_200 * len('{"id":1,"result":null}')
        # Every tenth reader looks at the time of both messages.
        latencies = len(opened.latencies_us) + len(seen.latencies_us)
        assert latencies == 60
        assert (await readers.ask(Tell("a"))).latencies_us == []
        await readers.ask(Close("a"))
        await until(lambda: not server.connections)


async def test_messages_are_counted_compressed_too() -> None:
    async def greet(connection: ServerConnection) -> None:
        await connection.send(_MESSAGE * 10)
        await connection.send(_MESSAGE * 10)
        await connection.wait_closed()

    async with serve(greet, "127.0.0.1", 0) as server, audience() as readers:
        await readers.ask(Open("a", server.sockets[0].getsockname()[1], 3, deflates=True))
        seen = await readers.ask(Reach("a", 3 * 2))
        assert seen.messages == 6
        assert 0 < seen.length_bytes < 3 * 2 * len(_MESSAGE) * 10


async def test_who_stalls_reads_nothing_until_it_resumes() -> None:
    async with stage() as (server, port, readers):
        await readers.ask(Open("a", port, 5, ["x"], reads=False))
        await until(lambda: len(server.connections) == 5)
        await asyncio.gather(*(one.send("x" * 1_000) for one in server.connections))
        stalled = await readers.ask(Tell("a"))
        assert stalled.length_bytes < 5 * 1_000
        for connection in list(server.connections):
            connection.protocol.send_close(1008)
            connection.send_data()
        seen = await readers.ask(Resume("a"))
        assert seen.closed == {1008: 5}
        assert seen.length_bytes > 5 * 1_000


async def test_who_is_cut_is_told_of_even_where_it_stalls() -> None:
    async with stage() as (server, port, readers):
        await readers.ask(Open("a", port, 2, ["x"], reads=False))
        await until(lambda: len(server.connections) == 2)
        for connection in list(server.connections):
            connection.transport.abort()
        await until(lambda: not server.connections)
        seen = await readers.ask(Resume("a"))
        assert seen.closed == {1006: 2}


async def test_a_refusal_is_an_error() -> None:
    async with stage() as (_, port, readers):
        with pytest.raises(AudienceError, match="X"):
            await readers.ask(Open("a", port, 1, ["refuse"]))


async def test_who_is_not_let_in_is_an_error() -> None:
    def refuse(connection: ServerConnection, request: Request) -> Response:
        return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "")

    async with serve(answer, "127.0.0.1", 0, process_request=refuse) as server:
        async with audience() as readers:
            with pytest.raises(AudienceError, match="503"):
                await readers.ask(Open("a", server.sockets[0].getsockname()[1], 1))


async def test_compression_that_is_not_agreed_to_is_an_error() -> None:
    async with serve(answer, "127.0.0.1", 0, compression=None) as server, audience() as readers:
        with pytest.raises(AudienceError, match="compression"):
            await readers.ask(Open("a", server.sockets[0].getsockname()[1], 1, deflates=True))
