"""A matcher of a bench's own, with a Valkey of its own, in a folder of its own."""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from msgspec import Struct

from scripts.benches.workload import ROOT
from scripts.launcher.embedded import LOOPBACK, EmbeddedServer, choose_port
from scripts.launcher.service import READY_LINE, Service
from scripts.launcher.valkey import EmbeddedValkey


class OwnMatcher(Struct, frozen=True):
    """A matcher that runs.

    Attributes:
        endpoint: Where it listens.
        pid: Its process.
        redis_url: Where it publishes; "" where nobody listens there.
        valkey_pid: The process of the server there; 0 for none.
    """

    endpoint: str
    pid: int
    redis_url: str
    valkey_pid: int


@contextmanager
def own_matcher(folder: Path, *, with_redis: bool = True) -> Iterator[OwnMatcher]:
    """Run a matcher for a while.

    Args:
        folder: Gets its journal and everything else; it must be there.
        with_redis: Whether its Redis is there, or away as after a failure of it.

    Raises:
        EmbeddedServerError: If it does not start.
    """
    with ExitStack() as stack:
        redis_url, valkey_pid = "", 0
        if with_redis:
            redis_url, valkey_pid = stack.enter_context(_valkey(folder / "valkey"))
        endpoint = f"ipc://{folder}/run/matcher-0.ipc"
        environment = {
            **os.environ,
            "REDIS_URL": redis_url or f"redis://{LOOPBACK}:{choose_port()}/0",
            "TICKMESH_DATA_DIR": str(folder),
            "TICKMESH_MATCHER_ENDPOINT": endpoint,
        }
        command = (sys.executable, "-m", "matcher")
        pid = stack.enter_context(own_process(command, environment, folder / "matcher.log"))
        yield OwnMatcher(endpoint, pid, redis_url, valkey_pid)


@contextmanager
def own_process(
    command: tuple[str, ...],
    environment: Mapping[str, str],
    log: Path,
    ready: re.Pattern[str] = READY_LINE,
) -> Iterator[int]:
    """Run a process that logs a line when it is ready; yields its id.

    Args:
        command: The program and its arguments.
        environment: Its whole environment.
        log: Where its output goes.
        ready: What the line begins with.

    Raises:
        EmbeddedServerError: If it does not start.
    """
    server = EmbeddedServer(Service(log.stem, command, ROOT, environment, ready), log)
    server.start()
    try:
        assert server.pid is not None
        yield server.pid
    finally:
        server.stop()


@contextmanager
def _valkey(folder: Path) -> Iterator[tuple[str, int]]:
    valkey = EmbeddedValkey(folder, durable=False)
    valkey.start()
    try:
        yield valkey.url, int((folder / "valkey.pid").read_text(encoding="ascii"))
    finally:
        valkey.stop()
