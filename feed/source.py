"""Reads the channels of Redis, and comes back when the connection is lost.

redis-py would reconnect by itself and say nothing; but whatever was published meanwhile is lost,
and the markets must know. So a connection here is never reused: the first error ends it, the
board hears of it, and after a rest a new one subscribes to everything anew.

A channel counts as subscribed when Redis has confirmed it, not when it was asked for.

A connection may die without a word. When nothing has come for PING_AFTER_S a ping is sent, and
when it is not answered the connection is given up.
"""

import asyncio
import logging
from typing import Final, final

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from feed.backoff import Backoff
from feed.board import Board

_LOG: Final = logging.getLogger("feed")
# How long the reader waits before it looks for new markets to subscribe to.
POLL_S: Final = 0.2
PING_AFTER_S: Final = 5.0
GIVE_UP_AFTER_S: Final = 10.0


@final
class RedisSource:
    """Takes messages from Redis to the board."""

    def __init__(self, redis: Redis, board: Board, backoff: Backoff) -> None:
        """Read through a client that does not retry by itself, and whose timeouts are set."""
        self._redis: Final = redis
        self._board: Final = board
        self._backoff: Final = backoff
        self._complained = False

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            pubsub = self._redis.pubsub()
            try:
                await self._read(pubsub)
            except (RedisError, OSError, TimeoutError) as error:
                if not self._complained:
                    self._complained = True
                    _LOG.warning("Redis is away, trying on: %s", error)
            finally:
                self._board.on_disconnected()
                await pubsub.aclose()  # type: ignore[no-untyped-call]
            await asyncio.sleep(self._backoff.next_s())

    async def _read(self, pubsub: PubSub) -> None:
        loop = asyncio.get_running_loop()
        heard_at = loop.time()
        pinged = False
        subscribed = 0
        while True:
            channels = self._board.channels()
            if len(channels) > subscribed:
                # The board only grows, at the end.
                await pubsub.subscribe(*channels[subscribed:])
                subscribed = len(channels)
            message: dict[str, object] | None = await pubsub.get_message(timeout=POLL_S)
            if message is not None:
                heard_at, pinged = loop.time(), False
                self._take(message)
            elif loop.time() - heard_at > GIVE_UP_AFTER_S:
                raise RedisConnectionError("no answer to a ping")
            elif not pinged and loop.time() - heard_at > PING_AFTER_S:
                pinged = True
                await pubsub.ping()

    def _take(self, message: dict[str, object]) -> None:
        kind, channel, data = message["type"], message["channel"], message["data"]
        if not isinstance(channel, bytes):
            return
        if kind == "message" and isinstance(data, bytes):
            self._board.receive(channel, data)
        elif kind == "subscribe":
            if self._complained:
                _LOG.info("Redis is back")
            self._complained = False
            self._backoff.reset()
            self._board.on_subscribed(channel)
