"""Finds the processes of a running exchange by what the kernel knows of its launcher's children.

Nothing that the exchange writes is believed: a pid file may name a process that was just killed.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scripts.faults.kinds import REDIS

_PROC: Final = Path("/proc")
# proc(5): the state of a process that has ended and waits for its parent's question.
_ZOMBIE: Final = "Z"


def service_pids(launcher_pid: int) -> dict[str, list[int]]:
    """Return the processes that the launcher runs now, by the name of their service.

    Several gateways or feeds stand under one name, in the order of their start.
    """
    services: dict[str, list[int]] = {}
    for pid in sorted(children(launcher_pid)):
        name = _service_of(pid)
        if name:
            services.setdefault(name, []).append(pid)
    return services


def children(pid: int) -> Iterator[int]:
    """Yield the children of a process that live; none where it has ended itself."""
    for path in sorted(_PROC.glob(f"{pid}/task/*/children")):
        for child in _read(path).split():
            if is_alive(int(child)):
                yield int(child)


def family(pid: int) -> list[int]:
    """Return a process and everybody below it, parents first."""
    members = [pid]
    for child in children(pid):
        members.extend(family(child))
    return members


def is_alive(pid: int) -> bool:
    """Whether a process runs, or is stopped."""
    state = _read(_PROC / str(pid) / "stat").rpartition(")")[2].split()
    return bool(state) and state[0] != _ZOMBIE


def _service_of(pid: int) -> str:
    words = _read(_PROC / str(pid) / "cmdline").split("\0")
    if "-m" in words[:-1]:
        return words[words.index("-m") + 1]
    program = Path(words[0]).name
    return REDIS if "valkey" in program else program


def _read(path: Path) -> str:
    """Read a file of /proc; "" where the process has ended."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
