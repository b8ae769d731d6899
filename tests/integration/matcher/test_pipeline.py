"""Pipelines on one connection: to a real Redis, and to servers that behave badly."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import InvalidResponse, ResponseError

from matcher.pipeline import Pipeline

pytestmark = pytest.mark.integration
_DEADLINE_S = 20.0
_PING = (b"PING",)

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def pipeline_to(redis_url: str) -> AsyncIterator[Pipeline]:
    redis = Redis.from_url(redis_url, socket_timeout=2, socket_connect_timeout=2)
    pipeline = Pipeline(redis)
    try:
        async with asyncio.timeout(_DEADLINE_S):
            yield pipeline
    finally:
        await pipeline.close()
        await redis.aclose()


@contextlib.asynccontextmanager
async def odd_server(talk: Conversation) -> AsyncIterator[str]:
    """Run a server that lets a client sign in; what comes of its first ping is up to `talk`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                words = await _read_command(reader)
                if words[0] == b"PING":
                    await talk(reader, writer)
                    break
                # What a client says of itself when it connects.
                writer.write(b"*0\r\n" if words[0] == b"HELLO" else b"+OK\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"redis://127.0.0.1:{port}/0?protocol=2"


async def _read_command(reader: asyncio.StreamReader) -> list[bytes]:
    words = []
    for _ in range(int((await reader.readuntil(b"\r\n"))[1:])):
        length = int((await reader.readuntil(b"\r\n"))[1:])
        words.append((await reader.readexactly(length + 2))[:-2])
    return words


async def test_answers_come_in_order_and_a_refusal_is_one(redis_url: str) -> None:
    async with pipeline_to(redis_url) as pipeline:
        answers = await pipeline.send(
            [(b"SET", b"a", b"\r\n$1"), (b"XLEN", b"a"), (b"GET", b"a"), (b"XLEN", b"b")]
        )
        assert isinstance(answers[1], ResponseError)
        assert "WRONGTYPE" in str(answers[1])
        assert [answers[0], *answers[2:]] == [b"OK", b"\r\n$1", 0]
        # More than one read brings.
        await pipeline.send([(b"SET", b"long", bytes(3_000_000))])
        many = await pipeline.send([(b"GET", b"long"), *[_PING] * 10_000])
        assert many == [bytes(3_000_000), *[b"PONG"] * 10_000]


async def test_a_lost_connection_is_opened_again(redis_url: str) -> None:
    async with pipeline_to(redis_url) as pipeline, Redis.from_url(redis_url) as other:
        (number,) = await pipeline.send([(b"CLIENT", b"ID")])
        await other.execute_command("CLIENT", "KILL", "ID", number)
        # The loss is noticed before the next one, or breaks it: then only that one.
        with contextlib.suppress(RedisConnectionError):
            await pipeline.send([_PING])
        (another,) = await pipeline.send([(b"CLIENT", b"ID")])
        assert another != number


async def test_answers_that_come_too_late_are_nobodys(redis_url: str) -> None:
    async with pipeline_to(redis_url) as pipeline:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await pipeline.send([(b"BLPOP", b"nothing", b"0")])
        assert await pipeline.send([(b"ECHO", b"x")]) == [b"x"]


async def test_what_was_not_written_in_time_is_never_written() -> None:
    deadline_passed = asyncio.Event()
    came: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    long = bytes(64 * 1024 * 1024)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The reader's bound and the sockets' hold a little of it meanwhile.
        await deadline_passed.wait()
        length = 0
        with contextlib.suppress(ConnectionResetError):
            while some := await reader.read(1_000_000):
                length += len(some)
        came.set_result(length)

    async with odd_server(talk) as url, pipeline_to(url) as pipeline:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await pipeline.send([_PING, (b"ECHO", long)])
        deadline_passed.set()
        assert await came < len(long)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"?what\r\n", InvalidResponse),
        (b"+PONG\r\n+PONG\r\n", InvalidResponse),
        (b"$100\r\nhalf", RedisConnectionError),
        (b"", RedisConnectionError),
    ],
)
async def test_an_odd_answer_breaks_the_pipeline(said: bytes, error: type[Exception]) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()

    async with odd_server(talk) as url, pipeline_to(url) as pipeline:
        with pytest.raises(error):
            await pipeline.send([_PING])


async def test_what_nobody_asked_for_ends_the_connection() -> None:
    unasked = asyncio.Event()
    closed = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"+PONG\r\n")
        await unasked.wait()
        writer.write(b"+PONG\r\n")
        assert await reader.read() == b""
        closed.set()

    async with odd_server(talk) as url, pipeline_to(url) as pipeline:
        assert await pipeline.send([_PING]) == [b"PONG"]
        unasked.set()
        await closed.wait()
