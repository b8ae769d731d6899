"""Runs the checks, then the tests: `scripts/test` is this in the right environment.

How it works: a check that fails does not keep the tests from running, so one run shows all there
is to mend. The tests come last and print their own summary; the status tells of the checks too.
"""

import subprocess
import sys
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
_BIN: Final = Path(sys.executable).parent

CHECKS: Final = (
    ("ruff check", (str(_BIN / "ruff"), "check", ".")),
    ("ruff format", (str(_BIN / "ruff"), "format", "--check", "--diff", "-q", ".")),
    ("mypy", (sys.executable, "-m", "mypy")),
    ("lint-imports", (str(_BIN / "lint-imports"),)),
)


def main() -> None:
    """Run `python -m scripts.checks [arguments of pytest]`."""
    failed = [name for name, command in CHECKS if not _passes(name, command)]
    if failed:
        print(f"failed: {', '.join(failed)}. The tests run all the same.", flush=True)
    print("pytest", flush=True)
    tests = subprocess.run([sys.executable, "-m", "pytest", *sys.argv[1:]], cwd=ROOT, check=False)
    sys.exit(tests.returncode or int(bool(failed)))


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
