"""What the figures were measured on."""

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from msgspec import Struct

from proto.build import build_kind

_PACKAGES: Final = (
    "msgspec",
    "msgpack",
    "pyzmq",
    "uvloop",
    "sortedcontainers",
    "falcon",
    "uvicorn",
    "redis",
    "asyncpg",
    "websockets",
    "limit-order-book",
)


class Machine(Struct, frozen=True):
    """A machine and what runs on it.

    Attributes:
        processor: Model of the processor.
        cores: Cores that this process may use.
        kernel: Operating system.
        python: Python.
        build: "compiled" or "interpreted": how the core of this tree runs here.
        packages: Versions of the packages that matter, of those that are there.
    """

    processor: str
    cores: int
    kernel: str
    python: str
    build: str
    packages: dict[str, str]


def this_machine() -> Machine:
    """Describe this machine."""
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        kernel=f"{platform.system()} {platform.release()}",
        python=f"{platform.python_implementation()} {sys.version.split()[0]}",
        build=build_kind(),
        packages={name: found for name in _PACKAGES if (found := _version(name))},
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
