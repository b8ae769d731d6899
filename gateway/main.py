"""Starts one gateway process: reads the environment, opens the sockets, picks the clock.

It is ready when the matcher has answered, or after a moment without it. Neither the matcher nor
the database nor Redis has to be there: each is found when it comes, and until then clients are
told what is away.
"""

import contextlib
import logging
import os
import sys
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Final

import uvloop
from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.app import create_app
from gateway.build import this_build
from gateway.config import GatewayConfig, read_config
from gateway.history import History
from gateway.resources.health import Probe
from gateway.server import listen, make_server
from proto.database import Database
from proto.garbage import settle_garbage_collector
from proto.mesh.client import MeshClient
from proto.settings import SettingError, Settings

_LOG: Final = logging.getLogger("gateway")
_REDIS_TIMEOUT_S: Final = 1.0
_MATCHER_WAIT_S: Final = 2.0
_DATABASE_CONNECTIONS: Final = 4


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.INFO)
    # Below this, uvicorn logs what clients do, as often as they do it.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    try:
        config = read_config(Settings(os.environ))
        uvloop.run(_serve(config))
    except SettingError as error:
        _LOG.error("%s", error)
        sys.exit(2)


async def _serve(config: GatewayConfig) -> None:
    try:
        listener = listen(config.host, config.port)
    except OSError as error:
        raise SettingError(
            f"cannot listen at {config.host} port {config.port}: {error.strerror}"
        ) from error
    database = Database(config.database_url, time.time_ns, "gateway", _DATABASE_CONNECTIONS)
    probes: dict[str, Probe] = {"database": database.alive}
    with contextlib.closing(listener):
        async with contextlib.AsyncExitStack() as stack:
            redis: Redis | None = None
            if config.redis_url and not config.matcher.is_fixed:
                redis = await stack.enter_async_context(_redis(config.redis_url))
                probes["redis"] = partial(_answers, redis)
            exchange = MeshClient(config.matcher.source(redis), time.time_ns)
            await exchange.start()
            stack.push_async_callback(exchange.close)
            await database.start()
            stack.push_async_callback(database.close)
            app = create_app(
                exchange,
                History(database),
                time.time_ns,
                this_build(),
                probes,
                websocket_address=config.websocket_address,
            )
            # With a matcher there, being ready means that orders are taken.
            server = make_server(app, lambda: exchange.wait_connected(_MATCHER_WAIT_S))
            settle_garbage_collector()
            await server.serve([listener])


@contextlib.asynccontextmanager
async def _redis(url: str) -> AsyncIterator[Redis]:
    redis = Redis.from_url(
        url, socket_timeout=_REDIS_TIMEOUT_S, socket_connect_timeout=_REDIS_TIMEOUT_S
    )
    try:
        yield redis
    finally:
        await redis.aclose()


async def _answers(redis: Redis) -> bool:
    try:
        await redis.ping()
    except (RedisError, OSError, TimeoutError):
        return False
    return True
