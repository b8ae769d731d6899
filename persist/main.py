"""Wires a persist together and runs it until it is told to stop."""

import asyncio
import logging
import os
import random
import signal
import sys
import time
from typing import Final

import uvloop
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from persist.config import SHARD, PersistConfig
from persist.db_processor import DbProcessor
from persist.matcher import MatcherPast
from persist.migrations import MigrationError
from proto.garbage import settle_garbage_collector
from proto.mesh.client import MeshClient, MeshClientConfig
from proto.settings import SettingError, Settings

_LOG: Final = logging.getLogger("persist")
# Longer than the second for which a read waits in Redis.
_REDIS_TIMEOUT_S: Final = 5.0
_REGISTRY_TIMEOUT_S: Final = 1.0
# The matcher answers within five seconds, if only to say that it cannot yet.
_MATCHER_TIMEOUT_S: Final = 10.0
_MEETING_TIMEOUT_S: Final = 1.0
_REFUSED: Final = 2


def main() -> None:
    """Run `python -m persist`."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        config = PersistConfig(Settings(os.environ))
        uvloop.run(_run(config))
    except (SettingError, MigrationError) as error:
        _LOG.critical("%s", error)
        sys.exit(_REFUSED)


async def _run(config: PersistConfig) -> None:
    redis = Redis.from_url(
        config.redis_url,
        protocol=2,
        socket_timeout=_REDIS_TIMEOUT_S,
        socket_connect_timeout=_REDIS_TIMEOUT_S,
    )
    # A client of its own: the registry's answer is not waited for as long as the stream's.
    registry = Redis.from_url(
        config.redis_url,
        protocol=2,
        socket_timeout=_REGISTRY_TIMEOUT_S,
        socket_connect_timeout=_REGISTRY_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )
    matcher = MeshClient(
        config.matcher.source(registry),
        time.time_ns,
        MeshClientConfig(timeout_s=_MATCHER_TIMEOUT_S),
    )
    try:
        await matcher.start()
        past = MatcherPast(matcher, SHARD)
        processor = DbProcessor(redis, config.database_url, past, random.Random(os.getpid()))
        settle_garbage_collector()
        await _until_told_to_stop(asyncio.create_task(_work(matcher, processor)))
    finally:
        await matcher.close()
        await registry.aclose()
        await redis.aclose()


async def _work(matcher: MeshClient, processor: DbProcessor) -> None:
    # What is missing already is asked for at once then, and need not wait for the next look.
    await matcher.wait_connected(_MEETING_TIMEOUT_S)
    await processor.run()


async def _until_told_to_stop(work: asyncio.Task[None]) -> None:
    """Wait for the work, which a signal cancels: a transaction is there whole or not at all."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, work.cancel)
    await asyncio.wait([work])
    if not work.cancelled():
        work.result()
