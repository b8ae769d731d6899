"""Reads the environment, picks the clocks, and runs one feed until it is told to stop."""

import asyncio
import logging
import os
import random
import resource
import signal
import sys
import time
from typing import Final

import uvloop
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from feed.config import SHARD, FeedConfig
from feed.server import CONNECTIONS_MAX
from feed.service import Feed
from proto.mesh.client import MeshClient, MeshClientConfig
from proto.mesh.registry import EndpointSource, RegisteredEndpoint, Registry, StaticEndpoint
from proto.settings import SettingError, Settings

_LOG: Final = logging.getLogger("feed")
_REDIS_TIMEOUT_S: Final = 2.0
_MATCHER_TIMEOUT_S: Final = 2.0
# Files open besides the clients' connections, generously.
_OTHER_FILES: Final = 256
_REFUSED: Final = 2


def main() -> None:
    """Run `python -m feed`."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        config = FeedConfig(Settings(os.environ))
        _allow_open_files(CONNECTIONS_MAX + _OTHER_FILES)
        uvloop.run(_run(config))
    except (SettingError, OSError) as error:
        _LOG.critical("%s", error)
        sys.exit(_REFUSED)


async def _run(config: FeedConfig) -> None:
    redis = Redis.from_url(
        config.redis_url,
        socket_timeout=_REDIS_TIMEOUT_S,
        socket_connect_timeout=_REDIS_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )
    exchange = MeshClient(
        _endpoints(config, redis), time.time_ns, MeshClientConfig(timeout_s=_MATCHER_TIMEOUT_S)
    )
    try:
        await exchange.start()
        await _serve(config, redis, exchange)
    finally:
        await exchange.close()
        await redis.aclose()


async def _serve(config: FeedConfig, redis: Redis, exchange: MeshClient) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    feed = Feed(redis, exchange, time.monotonic_ns, random.Random())
    try:
        port = await feed.start(config.host, config.port)
        host = f"[{config.host}]" if ":" in config.host else config.host
        _LOG.info("ready ws://%s:%d", host, port)
        waits = [asyncio.create_task(told.wait()), asyncio.create_task(feed.failed())]
        done, rest = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        for task in done:
            task.result()
    finally:
        await feed.stop()


def _endpoints(config: FeedConfig, redis: Redis) -> EndpointSource:
    if config.endpoint:
        return StaticEndpoint(config.endpoint)
    return RegisteredEndpoint(Registry(redis), SHARD, config.fallback_endpoint)


def _allow_open_files(wanted: int) -> None:
    """Raise the limit of open files as far as is needed and allowed: a client takes one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
