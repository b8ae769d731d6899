"""Samples the stacks of a process from outside, and reads what its threads used meanwhile.

The sampler is py-spy. It stops the process for each look, which costs it a part of its speed, but
not more in one function than in another.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from scripts.flames.stacks import Thread

# So often that little is missed, and so seldom that the process still does what it did.
LOOKS_PER_S: Final = 100
_PROC: Final = Path("/proc")
_PROGRAM: Final = "py-spy"
_MISSING: Final = (
    "py-spy is not there: `.venv/bin/python -m pip install --target FOLDER py-spy==0.4.3` brings "
    "it, and --sampler FOLDER/bin/py-spy names it"
)
_REFUSED: Final = (
    "py-spy may not look into the matcher; it needs to be root, or `sysctl kernel.yama.ptrace_scope"
    "=0`, or in a container the capability SYS_PTRACE"
)


class SamplerError(Exception):
    """Why there are no samples."""


class Sampled(NamedTuple):
    """What was seen of a process.

    Attributes:
        folded: A line for each stack, with a number; see `stacks.read_samples`.
        used: What each thread used, by the kernel's number of it.
    """

    folded: str
    used: dict[int, Thread]


def find_sampler(named: Path | None) -> Path:
    """Return the program of the sampler: the one named, that of this environment, or of the path.

    Raises:
        SamplerError: If there is none; the message says how to get it.
    """
    beside = Path(sys.executable).with_name(_PROGRAM)
    found = shutil.which(named or (beside if beside.exists() else _PROGRAM))
    if found is None:
        raise SamplerError(_MISSING if named is None else f"no program: {named}")
    return Path(found)


def sample(sampler: Path, pid: int, seconds: int, work: Callable[[], None]) -> Sampled:
    """Sample a process while something is done with it.

    Args:
        sampler: The program.
        pid: The process.
        seconds: For how long.
        work: Called again and again until the sampler has ended.

    Raises:
        SamplerError: If it fails.
    """
    with tempfile.TemporaryDirectory(prefix="flame-") as folder:
        path, log = Path(folder) / "folded", Path(folder) / "log"
        command = [
            *(str(sampler), "record", "--native", "--threads", "--function", "--format", "raw"),
            *("--rate", str(LOOKS_PER_S), "--duration", str(seconds)),
            *("--output", str(path), "--pid", str(pid)),
        ]
        before = used_by_threads(pid)
        with log.open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            while process.poll() is None:
                work()
        finally:
            process.kill()
            process.wait()
        if process.returncode or not path.exists():
            said = log.read_text(encoding="utf-8", errors="replace").strip()
            hint = f"{_REFUSED}: " if "ermission" in said or "ptrace" in said else ""
            raise SamplerError(f"{hint}{said or 'the sampler wrote nothing'}")
        used = {
            number: Thread(name, used_ns - before.get(number, Thread("", 0)).used_ns)
            for number, (name, used_ns) in used_by_threads(pid).items()
        }
        return Sampled(path.read_text(encoding="utf-8", errors="replace"), used)


def used_by_threads(pid: int) -> dict[int, Thread]:
    """Return the processor time of each thread that a process has now."""
    used = {}
    for task in (_PROC / str(pid) / "task").iterdir():
        name = (task / "comm").read_text(encoding="utf-8", errors="replace").strip()
        # The first field of schedstat: the time spent on a processor (proc(5)).
        used_ns = int((task / "schedstat").read_text(encoding="ascii").split()[0])
        used[int(task.name)] = Thread(name, used_ns)
    return used
