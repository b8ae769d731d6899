"""Reads the channels of Redis, and comes back when the connection is lost.

redis-py would reconnect by itself and say nothing; but whatever was published meanwhile is lost,
and the markets must know. So a connection here is never reused: the first error ends it, the
board hears of it, and after a rest a new one subscribes to everything anew.

A channel counts as subscribed when Redis has confirmed it, not when it was asked for.

One task reads, straight from the connection and without a deadline: a deadline for each message
costs as much as the message (measured: 70 us with, 40 us without, of which most is the wake-up).
The other task looks after the connection. It subscribes to what is new, at once when it is told of
it, and unsubscribes from users whom nobody reads any more; and since a connection may
die without a word, it pings when nothing has come for PING_AFTER_S, and gives up when that is not
answered.
"""

import asyncio
import logging
import math
from typing import Final, cast, final

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from feed.board import Board
from proto.backoff import Backoff

_LOG: Final = logging.getLogger("feed")
# How often the second task looks.
POLL_S: Final = 0.1
PING_AFTER_S: Final = 5.0
GIVE_UP_AFTER_S: Final = 10.0


@final
class RedisSource:
    """Takes messages from Redis to the board."""

    def __init__(
        self, redis: Redis, board: Board, backoff: Backoff, changed: asyncio.Event
    ) -> None:
        """Read through a client that does not retry by itself, and whose timeouts are set.

        Args:
            redis: The client.
            board: Says which channels, and takes the messages.
            backoff: Spreads attempts to connect.
            changed: Set when there is a channel more.
        """
        self._redis: Final = redis
        self._board: Final = board
        self._backoff: Final = backoff
        self._changed: Final = changed
        self._complained = False
        self._heard_at = 0.0

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            pubsub = self._redis.pubsub()
            try:
                await self._follow(pubsub)
            except* (RedisError, OSError, TimeoutError) as errors:
                self._complain(errors)
            finally:
                self._board.on_disconnected()
                await pubsub.aclose()  # type: ignore[no-untyped-call]
            # Nobody looks after users now; those whom nobody waits for keep no place.
            self._board.forget_unread_users()
            await asyncio.sleep(self._backoff.next_s())

    async def _follow(self, pubsub: PubSub) -> None:
        self._changed.clear()
        channels = self._board.channels()
        await _send(pubsub, "SUBSCRIBE", channels)
        self._heard_at = asyncio.get_running_loop().time()
        # The library's annotation says that there never is one.
        connection = cast("AbstractConnection | None", pubsub.connection)
        assert connection is not None
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._read(connection), name="redis reader")
            tasks.create_task(self._look_after(pubsub, set(channels)), name="redis keeper")

    async def _read(self, connection: AbstractConnection) -> None:
        loop = asyncio.get_running_loop()
        while True:
            message: object = await connection.read_response(
                timeout=math.inf, disconnect_on_error=False, push_request=True
            )
            self._heard_at = loop.time()
            if isinstance(message, list) and len(message) == 3:
                self._take(*message)

    async def _look_after(self, pubsub: PubSub, subscribed: set[bytes]) -> None:
        loop = asyncio.get_running_loop()
        pinged = False
        while True:
            changed = await self._wait_for_change()
            if self._board.forget_unread_users() or changed:
                await self._catch_up(pubsub, subscribed)
            silence_s = loop.time() - self._heard_at
            if silence_s > GIVE_UP_AFTER_S:
                raise RedisConnectionError("no answer to a ping")
            if silence_s > PING_AFTER_S and not pinged:
                await pubsub.ping()
            pinged = silence_s > PING_AFTER_S

    async def _wait_for_change(self) -> bool:
        """Wait for a channel more, or a while; return whether there is one."""
        try:
            async with asyncio.timeout(POLL_S):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True

    async def _catch_up(self, pubsub: PubSub, subscribed: set[bytes]) -> None:
        """Bring the subscriptions in line with the board. O(channels)."""
        channels = self._board.channels()
        new = [channel for channel in channels if channel not in subscribed]
        gone = subscribed.difference(channels)
        subscribed.update(new)
        subscribed.difference_update(gone)
        if gone:
            await _send(pubsub, "UNSUBSCRIBE", list(gone))
        if new:
            # In the order of the board, which is that in which Redis confirms them.
            await _send(pubsub, "SUBSCRIBE", new)

    def _take(self, kind: object, channel: object, data: object) -> None:
        if not isinstance(channel, bytes):
            return
        if kind == b"message" and isinstance(data, bytes):
            self._board.receive(channel, data)
        elif kind == b"subscribe":
            if self._complained:
                _LOG.info("Redis is back")
            self._complained = False
            self._backoff.reset()
            self._board.on_subscribed(channel)

    def _complain(self, errors: ExceptionGroup[Exception]) -> None:
        if not self._complained:
            self._complained = True
            _LOG.warning("Redis is away, trying on: %s", errors.exceptions[0])


async def _send(pubsub: PubSub, command: str, channels: list[bytes]) -> None:
    """Send a command as it is: the library would keep every channel there ever was."""
    await pubsub.execute_command(command, *channels)
