"""Runs the checks, then the tests: `scripts/test` is this in the right environment.

How it works: a check that fails does not keep the tests from running, so one run shows all there
is to mend. The tests come last and print their own summary; the status tells of the checks too.

They run on the build there is. Where that is the compiled one, what exercises the compiled modules
runs again interpreted, unless the arguments choose tests: both builds must do the same, and some
tests replace parts of the modules, which only the interpreted build lets them.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from proto.build import SETTING, Kind, build_kind

ROOT: Final = Path(__file__).resolve().parent.parent
_BIN: Final = Path(sys.executable).parent

CHECKS: Final = (
    ("ruff check", (str(_BIN / "ruff"), "check", ".")),
    ("ruff format", (str(_BIN / "ruff"), "format", "--check", "--diff", "-q", ".")),
    ("mypy", (sys.executable, "-m", "mypy")),
    ("lint-imports", (str(_BIN / "lint-imports"),)),
)

# What exercises the modules that are compiled; of the simulation what only this build can run, for
# its seeds take minutes, and what they are about is not what is compiled.
TESTS_OF_BOTH_BUILDS: Final = (
    "tests/unit/core",
    "tests/unit/matcher",
    "tests/unit/proto",
    "tests/reference",
    "tests/property",
    "tests/scenarios",
    "tests/simulation/test_sabotage.py",
)


def main() -> None:
    """Run `python -m scripts.checks [arguments of pytest]`."""
    failed = [name for name, command in CHECKS if not _passes(name, command)]
    if failed:
        print(f"failed: {', '.join(failed)}. The tests run all the same.", flush=True)
    arguments = sys.argv[1:]
    status = _test(build_kind(), arguments)
    if build_kind() == "compiled" and not arguments:
        status = _test("interpreted", TESTS_OF_BOTH_BUILDS) or status
    sys.exit(status or int(bool(failed)))


def _test(build: Kind, arguments: Sequence[str]) -> int:
    """Run pytest on a build and return its exit status."""
    print(f"pytest, {build}", flush=True)
    command = [sys.executable, "-m", "pytest", *arguments]
    environment = {**os.environ, SETTING: build}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _passes(name: str, command: tuple[str, ...]) -> bool:
    """Run a check, and show what it says only where it fails."""
    started_s = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    passed = done.returncode == 0
    verdict = "passed" if passed else "FAILED"
    print(f"{name:<14} {verdict} in {time.monotonic() - started_s:.1f} s", flush=True)
    if not passed:
        print(done.stdout, flush=True)
    return passed


if __name__ == "__main__":
    main()
