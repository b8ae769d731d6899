"""The servers that persist stands between, and what they cost."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from scripts.launcher.postgres import EmbeddedPostgres
from scripts.launcher.valkey import EmbeddedValkey

_PROC: Final = Path("/proc")
_TICK_NS: Final = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
# Fields of /proc/<pid>/stat behind the name (proc(5)): utime, stime, and those of children that
# have ended and were waited for.
_TIMES: Final = slice(11, 15)


class Servers(NamedTuple):
    """Servers as `scripts/up` runs them: what they say is on disk is on disk.

    Attributes:
        redis_url: Where the stream is.
        database_url: Where the history goes.
        postgres_pid: First process of the database.
    """

    redis_url: str
    database_url: str
    postgres_pid: int


@contextmanager
def own_servers(folder: Path) -> Iterator[Servers]:
    """Run both for a while.

    Raises:
        EmbeddedServerError: If one does not start.
    """
    valkey = EmbeddedValkey(folder / "valkey")
    postgres = EmbeddedPostgres(folder / "postgres")
    valkey.start()
    try:
        postgres.start()
        try:
            pid_file = folder / "postgres" / "cluster" / "postmaster.pid"
            pid = int(pid_file.read_text(encoding="ascii").split()[0])
            yield Servers(valkey.url, postgres.url, pid)
        finally:
            postgres.stop()
    finally:
        valkey.stop()


def family_time_ns(pid: int) -> int:
    """Return the processor time that a process and its children have used, to a clock tick."""
    children = (_PROC / str(pid) / "task" / str(pid) / "children").read_text(encoding="ascii")
    return _used_ns(pid) + sum(_used_ns(int(child)) for child in children.split())


def _used_ns(pid: int) -> int:
    try:
        stat = (_PROC / str(pid) / "stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        # It has ended meanwhile, and its parent has its times.
        return 0
    return _TICK_NS * sum(int(field) for field in stat.rpartition(")")[2].split()[_TIMES])
