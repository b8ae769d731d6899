"""Reads the environment, picks the clocks, and runs one feed until it is told to stop.

It is ready when the matcher has answered, or after a moment without it: neither the matcher nor
Redis has to be there, and each is found when it comes.
"""

import asyncio
import logging
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Coroutine
from typing import Final, cast

import uvloop
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from feed.config import FeedConfig
from feed.server import CONNECTIONS_MAX
from feed.service import Feed
from feed.stored_pages import SESSION_SETTINGS
from proto.database import Database
from proto.garbage import settle_garbage_collector
from proto.mesh.client import MeshClient, MeshClientConfig
from proto.settings import SettingError, Settings

_LOG: Final = logging.getLogger("feed")
_REDIS_TIMEOUT_S: Final = 2.0
_MATCHER_TIMEOUT_S: Final = 2.0
_MATCHER_WAIT_S: Final = 2.0
_DATABASE_CONNECTIONS: Final = 2
# Files open besides the clients' connections, generously.
_OTHER_FILES: Final = 256
# Exit statuses: told to stop; stopped by a bug; cannot start like this.
_STOPPED: Final = 0
_FAILED: Final = 1
_REFUSED: Final = 2


def main() -> None:
    """Run `python -m feed`."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        config = FeedConfig(Settings(os.environ))
        _allow_open_files(CONNECTIONS_MAX + _OTHER_FILES)
        status = uvloop.run(_run(config))
    except (SettingError, OSError) as error:
        _LOG.critical("%s", error)
        status = _REFUSED
    sys.exit(status)


async def _run(config: FeedConfig) -> int:
    redis = Redis.from_url(
        config.redis_url,
        socket_timeout=_REDIS_TIMEOUT_S,
        socket_connect_timeout=_REDIS_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
        # The older protocol is read with less work; pub/sub is the same in both.
        protocol=2,
    )
    source = config.matcher.source(redis)
    exchange = MeshClient(source, time.time_ns, MeshClientConfig(timeout_s=_MATCHER_TIMEOUT_S))
    # Orders have a way of their own: a flood of them must not keep the books from their answers.
    orders = MeshClient(source, time.time_ns)
    database = Database(
        config.database_url, time.time_ns, "feed", _DATABASE_CONNECTIONS, SESSION_SETTINGS
    )
    try:
        await exchange.start()
        await orders.start()
        await database.start()
        return await _serve(config, redis, exchange, orders, database)
    finally:
        await database.close()
        await orders.close()
        await exchange.close()
        await redis.aclose()


async def _serve(
    config: FeedConfig, redis: Redis, exchange: MeshClient, orders: MeshClient, database: Database
) -> int:
    feed = Feed(redis, exchange, orders, database, time.monotonic_ns, time.time_ns, random.Random())
    told: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    _end_when_told(told)
    try:
        # All start at once, and the matcher is not away for that.
        await _unless(told, _wait_connected(exchange, orders))
        if not told.done():
            port = await feed.start(config.host, config.port)
            settle_garbage_collector()
            host = f"[{config.host}]" if ":" in config.host else config.host
            _LOG.info("ready ws://%s:%d", host, port)
            await _unless(told, feed.failed())
        return told.result() if told.done() else _FAILED
    finally:
        await feed.stop()


async def _wait_connected(*clients: MeshClient) -> None:
    """Wait a moment for the matcher, so that being ready means that it answers."""
    await asyncio.gather(*(client.wait_connected(_MATCHER_WAIT_S) for client in clients))


async def _unless(told: "asyncio.Future[int]", work: Coroutine[None, None, object]) -> None:
    """Wait until work is done, and raise what it has; or give it up when told to stop."""
    task = asyncio.create_task(work)
    either = [cast("asyncio.Future[object]", wait) for wait in (task, told)]
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    task.cancel()


def _end_when_told(told: "asyncio.Future[int]") -> None:
    """Stop for a signal; and for an exception that nobody caught: it is a bug, start anew."""
    loop = asyncio.get_running_loop()

    def tell(status: int) -> None:
        if not told.done():
            told.set_result(status)

    def on_exception(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        loop.default_exception_handler(context)
        error = context.get("exception")
        # What sockets do is no bug: a client could cause it.
        if error is not None and not isinstance(error, OSError):
            tell(_FAILED)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, tell, _STOPPED)
    loop.set_exception_handler(on_exception)


def _allow_open_files(wanted: int) -> None:
    """Raise the limit of open files as far as is needed and allowed: a client takes one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
