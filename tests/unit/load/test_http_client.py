"""The HTTP client against a real server that cuts its replies up in every way."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import uvloop

from scripts.load.http_client import HEAD_BYTES_MAX, HttpConnection, ReplyError, read_reply
from tests.unit.load.serving import serving

ORDER = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"a": 1} '
EMPTY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\n\r\n"
SPACED = b"HTTP/1.1 422 Unprocessable Entity\r\nContent-LENGTH:   4  \r\n\r\n\r\n\r\n"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n"
REPLIES = [
    (ORDER, (200, b'{"a": 1} ')),
    (EMPTY, (503, b"")),
    (SPACED, (422, b"\r\n\r\n")),
    (NO_CONTENT, (204, b"")),
]
CHUNKINGS: dict[str, Callable[[bytes], list[bytes]]] = {
    "whole": lambda data: [data],
    "bytes": lambda data: [data[i : i + 1] for i in range(len(data))],
    "odd": lambda data: [data[i : i + 7] for i in range(0, len(data), 7)],
    "head end torn": lambda data: [
        data[: data.find(b"\r\n\r\n") + 2],
        data[data.find(b"\r\n\r\n") + 2 :],
    ],
    "body apart": lambda data: [
        part
        for part in (data[: data.find(b"\r\n\r\n") + 4], data[data.find(b"\r\n\r\n") + 4 :])
        if part
    ],
}


class Asker:
    """One connection, asked one thing after the other."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[tuple[int, bytes] | None] = asyncio.Queue()
        self.connection = HttpConnection(
            lambda status, body: self.answers.put_nowait((status, body)),
            lambda: self.answers.put_nowait(None),
        )

    async def ask(self) -> tuple[int, bytes] | None:
        self.connection.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(5):
            return await self.answers.get()


@asynccontextmanager
async def served(replies: list[list[bytes]]) -> AsyncIterator[Asker]:
    """Connect to a server that answers request i with the pieces of replies[i], then hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for pieces in replies:
            await reader.readuntil(b"\r\n\r\n")
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                # So that the pieces arrive apart.
                await asyncio.sleep(0)
        writer.close()
        await writer.wait_closed()

    asker = Asker()
    async with serving(serve) as (host, port):
        await asyncio.get_running_loop().create_connection(lambda: asker.connection, host, port)
        try:
            yield asker
        finally:
            asker.connection.abort()


@pytest.mark.parametrize("chunking", CHUNKINGS)
async def test_reads_replies_however_they_are_cut(chunking: str) -> None:
    cut = CHUNKINGS[chunking]
    async with served([cut(reply) for reply, _ in REPLIES]) as asker:
        for _, expected in REPLIES:
            assert await asker.ask() == expected


@pytest.mark.parametrize("chunking", CHUNKINGS)
def test_every_prefix_of_a_reply_waits_for_the_rest(chunking: str) -> None:
    for reply, (status, body) in REPLIES:
        for length in range(len(reply)):
            assert read_reply(reply[:length]) is None
        read = read_reply(reply)
        assert read is not None
        assert (read[0], reply[read[1] : read[2]]) == (status, body)


def test_uvloop_is_as_good() -> None:
    async def ask() -> None:
        async with served([[reply] for reply, _ in REPLIES]) as asker:
            for _, expected in REPLIES:
                assert await asker.ask() == expected

    uvloop.run(ask())


async def test_a_server_that_hangs_up_loses_the_connection() -> None:
    async with served([[ORDER[:30]]]) as asker:
        assert await asker.ask() is None
        assert not asker.connection.is_open


@pytest.mark.parametrize(
    "bad",
    [
        b"SMTP 220 hello\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"x" * (HEAD_BYTES_MAX + 1),
    ],
)
async def test_what_is_no_reply_closes_the_connection(bad: bytes) -> None:
    with pytest.raises(ReplyError):
        read_reply(bad)
    async with served([[bad]]) as asker:
        assert await asker.ask() is None
