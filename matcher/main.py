"""Wires a matcher together and runs it until it is told to stop.

Order of the start: the lock on the journal, the replay, then the socket. So whoever can connect
finds a matcher that has all its state.
"""

import asyncio
import logging
import os
import random
import signal
import sys
import time
from typing import Final

import uvloop
import zmq
from redis.asyncio import Redis
from redis.exceptions import RedisError

from matcher.announcer import Announcer
from matcher.committer import Committer
from matcher.config import MatcherConfig
from matcher.core.engine import Engine
from matcher.fail_stop import FailStop
from matcher.genesis import GenesisError, found_exchange
from matcher.journal.disk import FolderDisk
from matcher.journal.format import JournalError
from matcher.journal.lock import lock_folder
from matcher.journal.mending import mend, settle
from matcher.journal.reader import JournalReader
from matcher.journal.writer import JournalWriter
from matcher.publisher import ForeignStreamError, Publisher
from matcher.pulse import Pulse
from matcher.recovery import recover
from matcher.sequencer import Sequencer
from proto.garbage import settle_garbage_collector
from proto.markets import MarketsFileError, read_markets
from proto.mesh.registry import Registry
from proto.mesh.server import MeshServer
from proto.mesh.sockets import bind_router, make_private_folder
from proto.settings import SettingError, Settings

_LOG: Final = logging.getLogger("matcher")
_REDIS_TIMEOUT_S: Final = 2.0
_REDIS_WAIT_S: Final = 10.0
_REDIS_POLL_S: Final = 0.2
_CLOSE_TIMEOUT_S: Final = 2.0
# Exit statuses: told to stop; stopped because it must not go on; cannot start like this.
_STOPPED: Final = 0
_FAILED: Final = 1
_REFUSED: Final = 2


def main() -> None:
    """Run `python -m matcher`."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        config = MatcherConfig(Settings(os.environ))
        status = uvloop.run(_run(config))
    except (
        SettingError,
        JournalError,
        MarketsFileError,
        GenesisError,
        ForeignStreamError,
    ) as error:
        _LOG.critical("%s", error)
        status = _REFUSED
    sys.exit(status)


async def _run(config: MatcherConfig) -> int:
    make_private_folder(config.data_dir / "run")
    lock = lock_folder(config.journal_folder)
    redis = Redis.from_url(
        config.redis_url,
        socket_timeout=_REDIS_TIMEOUT_S,
        socket_connect_timeout=_REDIS_TIMEOUT_S,
    )
    try:
        return await _serve(config, redis)
    finally:
        await redis.aclose()
        os.close(lock)


async def _serve(config: MatcherConfig, redis: Redis) -> int:
    publisher = Publisher(redis, random.Random(os.getpid()))
    published_sequence = await _published_sequence(publisher)
    publisher.start()
    engine, journal, epoch = await _open_state(config, publisher, published_sequence)
    sequencer = Sequencer(engine, journal, epoch, time.time_ns, publisher.publish)
    fail_stop = FailStop(sequencer)
    asyncio.get_running_loop().set_exception_handler(fail_stop.on_loop_error)
    committer = Committer(journal, sequencer.on_durable, fail_stop.on_journal_error)
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    socket = bind_router(context, config.endpoint)
    server = MeshServer(socket, config.shard, epoch, sequencer, time.monotonic_ns)
    sequencer.attach(committer, server)
    committer.start()
    server.start()
    config.pid_file.write_text(f"{os.getpid()}\n", encoding="ascii")
    _LOG.info("ready %s  epoch %d  sequence %d", config.endpoint, epoch, engine.sequence)
    try:
        return await _run_beside(config, engine, sequencer, publisher, redis, fail_stop)
    finally:
        server.close()
        await asyncio.to_thread(committer.close)
        await publisher.close(_CLOSE_TIMEOUT_S)
        journal.close()
        context.term()
        config.pid_file.unlink(missing_ok=True)


async def _run_beside(
    config: MatcherConfig,
    engine: Engine,
    sequencer: Sequencer,
    publisher: Publisher,
    redis: Redis,
    fail_stop: FailStop,
) -> int:
    """Beat and announce beside the server, until told to stop or forced to."""
    pulse = Pulse(engine, sequencer, publisher)
    announcer = Announcer(
        Registry(redis),
        config.shard,
        config.endpoint,
        engine.markets,
        random.Random(os.getpid()),
    )
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    services = [asyncio.create_task(pulse.run()), asyncio.create_task(announcer.run())]
    waits = [
        asyncio.create_task(told.wait()),
        asyncio.create_task(fail_stop.failed.wait()),
    ]
    done, _ = await asyncio.wait([*services, *waits], return_when=asyncio.FIRST_COMPLETED)
    for task in [*services, *waits]:
        task.cancel()
    # A library can swallow a cancellation; the stop does not hang on it.
    await asyncio.wait([*services, *waits], timeout=_CLOSE_TIMEOUT_S)
    await announcer.withdraw()
    for ended in done.intersection(services):
        # They run until cancelled; one that ended by itself has failed, and raises how.
        ended.result()
    return _FAILED if fail_stop.failed.is_set() else _STOPPED


async def _published_sequence(publisher: Publisher) -> int:
    """Ask Redis how far the history is; wait a little for a Redis that is just starting."""
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + _REDIS_WAIT_S
    while True:
        try:
            return await publisher.last_sequence()
        except (RedisError, OSError) as error:
            if loop.time() > give_up_at:
                publisher.suspend_history(f"Redis did not answer for {_REDIS_WAIT_S:g} s: {error}")
                return 0
        await asyncio.sleep(_REDIS_POLL_S)


async def _open_state(
    config: MatcherConfig, publisher: Publisher, published_sequence: int
) -> tuple[Engine, JournalWriter, int]:
    """Recover the engine, and position the journal behind its last command."""
    engine = Engine(config.shard)
    disk = FolderDisk(config.journal_folder)
    settle(disk, config.shard)
    reader = JournalReader(disk, config.shard)
    started_ns = time.monotonic_ns()
    await recover(engine, reader, publisher, published_sequence)
    if engine.sequence:
        elapsed_s = (time.monotonic_ns() - started_ns) / 1e9
        _LOG.info("replayed %d commands in %.2f s", engine.sequence, elapsed_s)
    if published_sequence > engine.sequence:
        raise ForeignStreamError(
            f"Redis has history up to sequence {published_sequence}, the journal in "
            f"{config.journal_folder} ends at {engine.sequence}: they are of two exchanges, or a "
            "part of the journal is missing. Restore the journal; or, to begin anew, use an empty "
            "Redis and an empty database too."
        )
    epoch = reader.epoch + 1
    journal = JournalWriter(disk, config.shard, epoch, reader.position)
    for warning in mend(disk, reader):
        _LOG.warning("%s", warning)
    if engine.sequence == 0:
        assets, markets = read_markets(config.markets_file)
        publisher.publish(found_exchange(engine, journal, epoch, time.time_ns(), assets, markets))
    settle_garbage_collector()
    return engine, journal, epoch
