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
from collections.abc import Callable
from functools import partial
from typing import Final

import uvloop
import zmq
from redis.asyncio import Redis
from redis.exceptions import RedisError

from matcher.alarm import Alarm
from matcher.announcer import Announcer
from matcher.committer import Committer
from matcher.config import MatcherConfig
from matcher.core.engine import Engine
from matcher.engine_clock import EngineClock
from matcher.fail_stop import FailStop
from matcher.genesis import GenesisError, found_exchange
from matcher.history.historian import Historian
from matcher.journal.archive import retire_segments
from matcher.journal.disk import FolderDisk
from matcher.journal.format import JournalError
from matcher.journal.lock import lock_folder
from matcher.journal.mending import mend
from matcher.journal.writer import JournalWriter
from matcher.publisher import ForeignStreamError, Publisher
from matcher.pulse import Pulse
from matcher.recovery import Recovered, recover
from matcher.sequencer import Sequencer
from matcher.snapshots.folder import SnapshotFolder
from matcher.snapshots.schedule import SnapshotSchedule
from proto.garbage import paused_garbage_collector, settle_garbage_collector
from proto.markets import MarketsFileError, read_markets
from proto.mesh.registry import Registry
from proto.mesh.server import MeshServer
from proto.mesh.sockets import bind_router, make_private_folder
from proto.settings import SettingError, Settings

_LOG: Final = logging.getLogger("matcher")
_REDIS_TIMEOUT_S: Final = 2.0
_REDIS_WAIT_S: Final = 1.0
_REDIS_POLL_S: Final = 0.2
_CLOSE_TIMEOUT_S: Final = 2.0
# How long a loop that is busy keeps the interpreter's lock from the journal's thread, which needs
# it twice for a record, before and after the disk. Shorter makes more and smaller records at the
# limit, longer (5 ms is usual) makes whoever waits for one wait that much more.
_SWITCH_INTERVAL_S: Final = 0.0005
# Exit statuses: told to stop; stopped because it must not go on; cannot start like this.
_STOPPED: Final = 0
_FAILED: Final = 1
_REFUSED: Final = 2


class StartPreventedError(Exception):
    """A start that the disk does not allow now, and may allow later."""


def main() -> None:
    """Run `python -m matcher`."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    try:
        config = MatcherConfig(Settings(os.environ))
        status = uvloop.run(_run(config))
    except StartPreventedError as error:
        _LOG.critical("%s", error)
        status = _FAILED
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
    for folder in (config.archive_folder, config.snapshots_folder):
        folder.mkdir(mode=0o700, exist_ok=True)
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
    publisher = Publisher(redis, random.Random(os.getpid()), time.time_ns())
    publisher.start()
    snapshots = SnapshotFolder(FolderDisk(config.snapshots_folder), config.shard)
    try:
        recovered, journal, epoch = await _open_state(config, snapshots, publisher)
    except OSError as error:
        raise StartPreventedError(
            f"the matcher cannot start on the disk of {config.data_dir}: {error}. Nothing is lost; "
            "it starts when the disk has room and lets itself be written to."
        ) from error
    engine = recovered.engine
    clock = EngineClock(time.time_ns, time.monotonic_ns, engine.timestamp_ns)
    sequencer = Sequencer(engine, journal, epoch, clock.now_ns, publisher.publish)
    fail_stop = FailStop(sequencer)
    asyncio.get_running_loop().set_exception_handler(fail_stop.on_loop_error)
    committer = Committer(
        journal, sequencer.on_durable, fail_stop.on_journal_error, time.monotonic_ns
    )
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    socket = bind_router(context, config.endpoint)
    server = MeshServer(socket, config.shard, epoch, sequencer, time.monotonic_ns)
    historian = Historian(_history_command(config))
    schedule = SnapshotSchedule(
        snapshots, _retire(config), config.snapshot_commands, recovered.snapshot_sequence
    )
    alarm = Alarm(asyncio.get_running_loop().call_later, clock.now_ns, sequencer.on_alarm)
    sequencer.attach(committer, server, alarm, historian, schedule)
    committer.start()
    historian.start()
    server.start()
    config.pid_file.write_text(f"{os.getpid()}\n", encoding="ascii")
    _LOG.info("ready %s  epoch %d  sequence %d", config.endpoint, epoch, engine.sequence)
    try:
        return await _run_beside(config, engine, sequencer, publisher, redis, fail_stop)
    finally:
        server.close()
        await historian.close()
        await asyncio.to_thread(committer.close)
        await schedule.close()
        await publisher.close(_CLOSE_TIMEOUT_S)
        journal.close()
        context.term()
        config.pid_file.unlink(missing_ok=True)


def _history_command(config: MatcherConfig) -> list[str]:
    """Return how the process that makes events of the past again is started."""
    folders = (config.journal_folder, config.archive_folder, config.snapshots_folder)
    return [sys.executable, "-m", "matcher.history", str(config.shard), *map(str, folders)]


def _retire(config: MatcherConfig) -> Callable[[int], list[str]]:
    """Return what takes segments that no start needs any more out of the journal."""
    archive = FolderDisk(config.archive_folder) if config.keeps_archive else None
    return partial(retire_segments, FolderDisk(config.journal_folder), archive)


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


async def _published_sequence(publisher: Publisher) -> int | None:
    """Ask Redis how far the history is; wait a little for a Redis that is just starting.

    Returns:
        None if it does not answer. Trading does not wait for it: persist asks for what it misses.
    """
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + _REDIS_WAIT_S
    while True:
        try:
            return await publisher.last_sequence()
        except (RedisError, OSError) as error:
            if loop.time() > give_up_at:
                _LOG.warning("Redis did not answer for %g s: %s", _REDIS_WAIT_S, error)
                return None
        await asyncio.sleep(_REDIS_POLL_S)


async def _open_state(
    config: MatcherConfig, snapshots: SnapshotFolder, publisher: Publisher
) -> tuple[Recovered, JournalWriter, int]:
    """Recover the engine, and position the journal behind its last command.

    Returns:
        What was recovered, the journal, and the epoch of this matcher.
    """
    journal_disk = FolderDisk(config.journal_folder)
    started_ns = time.monotonic_ns()
    published_sequence = await _published_sequence(publisher)
    with paused_garbage_collector():
        recovered = await recover(
            config.shard,
            journal_disk,
            FolderDisk(config.archive_folder),
            snapshots,
            publisher,
            published_sequence,
        )
    engine = recovered.engine
    if engine.sequence:
        _LOG.info(
            "recovered in %.2f s: a snapshot of sequence %d, and %d commands after it",
            (time.monotonic_ns() - started_ns) / 1e9,
            recovered.snapshot_sequence,
            recovered.replayed,
        )
    if published_sequence is not None and published_sequence > engine.sequence:
        raise ForeignStreamError(
            f"Redis has history up to sequence {published_sequence}, the journal in "
            f"{config.journal_folder} ends at {engine.sequence}: they are of two exchanges, or a "
            "part of the journal is missing. Restore the journal; or, to begin anew, use an empty "
            "Redis and an empty database too."
        )
    epoch = recovered.epoch + 1
    journal = JournalWriter(journal_disk, config.shard, epoch, recovered.reader.position)
    for warning in mend(journal_disk, recovered.reader):
        _LOG.warning("%s", warning)
    if engine.sequence == 0:
        assets, markets = read_markets(config.markets_file)
        publisher.publish(found_exchange(engine, journal, epoch, time.time_ns(), assets, markets))
    settle_garbage_collector()
    return recovered, journal, epoch
