"""One connection to Redis that carries whole pipelines.

Theory of operation
-------------------
The client library connects and signs in, then its transport is taken over: a pipeline is one write,
and what comes back goes from the socket straight to the parser, until there are as many answers as
there were commands. The library would look for a connection, pack, retry, make a task to write and
wait with a deadline of its own for each answer (measured for a flight of 5 commands, on the
matcher's thread: 200 us with a pipeline of the library, 55 with its connection, 29 like this; for
32 commands the last two are 135 and 60). The deadline is the caller's.

What breaks the connection, a deadline too, ends it, since answers that come later would be taken
for those of the next pipeline. It is cut off, not closed: what was not written yet would otherwise
be kept for a Redis that hangs, and reach it after what later pipelines carry. The next one opens
another.
"""

import asyncio
from collections.abc import Sequence
from typing import Final, final

import hiredis
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import InvalidResponse, RedisError, ResponseError

Command = tuple[bytes, ...]
Answer = object

# What the parser says where no whole answer has come; nothing that Redis can answer.
_NOTHING: Final = object()


@final
class Pipeline:
    """Sends pipelines, one at a time."""

    def __init__(self, redis: Redis) -> None:
        """Connect when there is something to send.

        Args:
            redis: Says where, and how to sign in; its own connections are not used.
        """
        pool = redis.connection_pool
        self._connection: Final[AbstractConnection] = pool.make_connection()  # type: ignore[no-untyped-call]
        self._answers: _Answers | None = None

    async def send(self, commands: Sequence[Command]) -> list[Answer]:
        """Send commands, and wait for their answers.

        Returns:
            The answers in order; where one was refused, the error.

        Raises:
            RedisError: If Redis cannot be reached, or the connection breaks (or OSError).
        """
        try:
            answers = self._answers
            if answers is None or answers.is_lost:
                answers = await self._connect()
            return await answers.ask(b"".join(map(_packed, commands)), len(commands))
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Cut the connection off, if there is one."""
        answers, self._answers = self._answers, None
        if answers is not None:
            answers.cut_off()
        # Whoever has cancelled a flight does not wait for the goodbye.
        await self._connection.disconnect(nowait=True)

    async def _connect(self) -> "_Answers":
        connection = self._connection
        # What is left of one that was lost.
        await connection.disconnect(nowait=True)
        await connection.connect()  # type: ignore[no-untyped-call]
        writer = connection._writer
        assert writer is not None
        self._answers = _Answers(writer.transport)
        writer.transport.set_protocol(self._answers)
        return self._answers


@final
class _Answers(asyncio.Protocol):
    """The reading end of a connection that is signed in.

    Attributes:
        is_lost: Whether it is of no use any more.
    """

    def __init__(self, transport: asyncio.WriteTransport) -> None:
        self.is_lost = False
        self._transport: Final = transport
        self._reader: Final = hiredis.Reader(
            protocolError=InvalidResponse, replyError=ResponseError, notEnoughData=_NOTHING
        )
        self._answers: list[Answer] = []
        self._expected = 0
        self._waiter: asyncio.Future[list[Answer]] | None = None

    async def ask(self, data: bytes, commands: int) -> list[Answer]:
        """Write commands, and wait for as many answers."""
        assert self._waiter is None
        self._answers, self._expected = [], commands
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(data)
        try:
            return await self._waiter
        finally:
            self._waiter = None

    def data_received(self, data: bytes) -> None:  # type: ignore[explicit-override]
        """See `asyncio.Protocol`."""
        answers, reader = self._answers, self._reader
        try:
            reader.feed(data)
            while (answer := reader.gets()) is not _NOTHING:
                # A server may say something of itself in between (RESP3).
                if not isinstance(answer, hiredis.PushNotification):
                    answers.append(answer)
        except RedisError as error:
            self._lose(error)
            return
        if len(answers) > self._expected:
            self._lose(InvalidResponse("Redis answers what it was not asked"))
        elif answers and len(answers) == self._expected:
            self._answers, self._expected = [], 0
            if self._is_waited_for():
                assert self._waiter is not None
                self._waiter.set_result(answers)

    def connection_lost(self, error: Exception | None) -> None:  # type: ignore[explicit-override]
        """See `asyncio.Protocol`."""
        self._lose(RedisConnectionError(f"connection lost: {error or 'closed by Redis'}"))

    def cut_off(self) -> None:
        """End the connection, and drop what was not written."""
        self.is_lost = True
        self._transport.abort()

    def _lose(self, error: Exception) -> None:
        self.cut_off()
        if self._is_waited_for():
            assert self._waiter is not None
            self._waiter.set_exception(error)

    def _is_waited_for(self) -> bool:
        return self._waiter is not None and not self._waiter.done()


def _packed(command: Command) -> bytes:
    """Write a command as Redis reads it (RESP, an array of strings)."""
    words = [b"$%d\r\n%b\r\n" % (len(word), word) for word in command]
    return b"*%d\r\n%b" % (len(command), b"".join(words))
