"""Installs the package limit-order-book: the engine is measured beside it, nothing else needs it.

It comes as C++ source and is compiled here, for this processor and with -O3, as its own set-up says
(`requirements-bench.lock`). Where it cannot be had, the bench says so and measures the rest.
"""

import importlib
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final

from scripts.benches.findings import BenchError
from scripts.benches.workload import ROOT

NAME: Final = "limit-order-book"
_MODULE: Final = "limit_order_book"
_LOCK: Final = ROOT / "requirements-bench.lock"
INSTALL_TIMEOUT_S: Final = 300.0
_LINES_SHOWN: Final = 5


def provide(environment: Mapping[str, str]) -> None:
    """See to it that the package is there, and say so where that takes a while.

    Args:
        environment: Variables of the process; PATH is read.

    Raises:
        BenchError: If it is not, and cannot be installed; the message says what is missing.
    """
    if find_spec(_MODULE) is not None:
        return
    if shutil.which("g++", path=environment.get("PATH")) is None:
        raise BenchError(
            f"{NAME} is not installed, and there is no C++ compiler to make it with; on Debian or "
            "Ubuntu type: sudo apt-get install g++"
        )
    print(f"Installing {NAME} from {_LOCK.name}: it is compiled here ...", file=sys.stderr)
    # Made with the setuptools that are here: nothing is fetched that has no hash.
    install(
        [
            *(sys.executable, "-m", "pip", "install", "--require-hashes", "--no-deps"),
            *("--no-build-isolation", "--no-input", "--disable-pip-version-check"),
            *("-r", str(_LOCK)),
        ],
        environment,
    )
    importlib.invalidate_caches()
    if find_spec(_MODULE) is None:
        raise BenchError(f"{NAME} was installed, but Python does not find it")


def install(command: list[str], environment: Mapping[str, str]) -> None:
    """Run a command that installs.

    Raises:
        BenchError: If it fails, or takes longer than INSTALL_TIMEOUT_S.
    """
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INSTALL_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BenchError(
            f"{NAME} was not installed within {INSTALL_TIMEOUT_S:.0f} s; to see why, run: "
            f"{shlex.join(command)}"
        ) from error
    if done.returncode != 0:
        last = (done.stdout + done.stderr).strip().splitlines()[-_LINES_SHOWN:]
        raise BenchError(f"{NAME} could not be installed:\n" + "\n".join(last))
