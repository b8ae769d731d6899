"""Servers in processes of their own, and what the kernel tells of them."""

import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, final

from msgspec import Struct

from scripts.benches.workload import ROOT
from scripts.launcher.embedded import EmbeddedServer
from scripts.launcher.service import Service

_PROC: Final = Path("/proc")
_PORT: Final = re.compile(r"ready ws://\S+:(\d+)")
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
PAGE_BYTES: Final = os.sysconf("SC_PAGESIZE")
_SYNCS: Final = 300
# About what one order takes in the journal.
_SYNCED: Final = bytes(300)


class Served(Struct, frozen=True):
    """A WebSocket server that runs.

    Attributes:
        pid: Its process.
        port: Where it listens, on this machine.
    """

    pid: int
    port: int

    def memory_bytes(self) -> int:
        """Return what it has in memory (its resident set)."""
        pages = (_PROC / str(self.pid) / "statm").read_text(encoding="ascii").split()[1]
        return int(pages) * PAGE_BYTES

    def cpu_s(self) -> float:
        """Return the processor time that it has used."""
        # proc(5): fields 14 and 15; the name in field 2 may hold spaces.
        fields = (_PROC / str(self.pid) / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def socket_memory_bytes() -> int:
    """Return what the kernel keeps in the buffers of all TCP sockets of this machine."""
    for line in (_PROC / "net" / "sockstat").read_text(encoding="ascii").splitlines():
        if line.startswith("TCP:"):
            return int(line.split()[-1]) * PAGE_BYTES
    raise AssertionError("the kernel tells nothing of TCP")


@final
class Busyness:
    """How busy all processors of the machine are, from the moment of its making."""

    def __init__(self) -> None:
        self._start: Final = _processor_ticks()

    def share(self) -> float:
        """Return the part of their time for which they had something to do; 0..1."""
        idle, total = (
            now - then for now, then in zip(_processor_ticks(), self._start, strict=True)
        )
        return 1 - idle / total if total else 0.0


def _processor_ticks() -> tuple[int, int]:
    """Return how long all processors have been idle, and how long they are there."""
    # proc(5): user, nice, system, idle, iowait, irq, softirq, steal; guests are within user.
    with (_PROC / "stat").open(encoding="ascii") as file:
        ticks = [int(field) for field in file.readline().split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


def syncs_us(folder: Path) -> list[int]:
    """Write some bytes into a folder and sync them, many times; return what each took."""
    path = folder / "syncs"
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    took_us = []
    try:
        # As journals do: the file has its length before it has its content.
        os.posix_fallocate(file, 0, _SYNCS * len(_SYNCED))
        for number in range(_SYNCS):
            start_ns = time.perf_counter_ns()
            os.pwrite(file, _SYNCED, number * len(_SYNCED))
            os.fdatasync(file)
            took_us.append((time.perf_counter_ns() - start_ns) // 1_000)
    finally:
        os.close(file)
        path.unlink()
    return took_us


@contextmanager
def served(module: str, environment: Mapping[str, str], folder: Path) -> Iterator[Served]:
    """Run a server for a while: a Python module that logs "ready ws://...".

    Args:
        module: The module.
        environment: Its whole environment.
        folder: Where its log goes.

    Raises:
        EmbeddedServerError: If it does not start.
    """
    name = module.rpartition(".")[2]
    log = folder / f"{name}.log"
    command = (sys.executable, "-m", module)
    server = EmbeddedServer(Service(name, command, ROOT, environment), log)
    server.start()
    try:
        found = _PORT.search(log.read_text(errors="replace"))
        assert found is not None
        assert server.pid is not None
        yield Served(server.pid, int(found[1]))
    finally:
        server.stop()
