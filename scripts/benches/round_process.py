"""A process that runs rounds of a bench when it is told to.

What is measured beside each other must not share a process: of two builds of the same modules, or
two checkouts, a process can load one; and a library in C++ that aborts takes its process with it.

The program reads names on its standard input, and answers each with a line: microseconds for each
command, and a number that must be the same for all who did the same (`engine_round`, `book_round`).
"""

import os
import select
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, final

from proto.build import SETTING, Kind
from scripts.benches.engine_round import Timed
from scripts.benches.findings import BenchError
from scripts.benches.workload import ROOT

ROUND_TIMEOUT_S: Final = 120.0
STOP_TIMEOUT_S: Final = 10.0
_FOLDER: Final = ROOT / "scripts" / "benches"
_ENGINE_PROGRAM: Final = _FOLDER / "engine_round.py"
_BOOK_PROGRAM: Final = _FOLDER / "book_round.py"


@final
class RoundProcess:
    """A process that runs rounds; it begins and ends with a `with` block.

    Args:
        name: What it is, for messages.
        command: Program and arguments.
        folder: Where it runs.
        environment: Variables that differ from ours.
    """

    def __init__(
        self, name: str, command: Sequence[str], folder: Path, environment: Mapping[str, str]
    ) -> None:
        self._name: Final = name
        self._command: Final = [*command]
        self._folder: Final = folder
        self._environment: Final = {**os.environ, **environment}
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "RoundProcess":
        self._process = subprocess.Popen(
            self._command,
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        process = self._process
        assert process is not None
        process.kill()
        # Closes its pipes too; what it has not said yet is of no interest.
        process.communicate(timeout=STOP_TIMEOUT_S)

    def run(self, round_name: str) -> Timed:
        """Run a round.

        Raises:
            BenchError: If the process has ended, or takes longer than ROUND_TIMEOUT_S.
        """
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(round_name + "\n")
            process.stdin.flush()
        except BrokenPipeError as error:
            raise BenchError(f"{self._name} has ended") from error
        readable, _, _ = select.select([process.stdout], [], [], ROUND_TIMEOUT_S)
        line = process.stdout.readline() if readable else ""
        if not line:
            raise BenchError(f"{self._name} gave no answer")
        command_us, outcome = line.split()
        return Timed(float(command_us), int(outcome))


def engine_process(flows: Path, checkout: Path = ROOT, build: Kind | None = None) -> RoundProcess:
    """Return a process with the engine of a checkout and the packages of this one.

    Args:
        flows: File of encoded flows (`engine_round.Flow`).
        checkout: Root of the checkout.
        build: Which build of it; None for the one that is there.
    """
    checkout = checkout.resolve()
    name = f"the {build or ''} engine of {checkout}".replace("  ", " ")
    # -P: the folder of the program stays off the module path; all comes from the checkout.
    command = [sys.executable, "-P", str(_ENGINE_PROGRAM), str(flows)]
    environment = {"PYTHONPATH": str(checkout)}
    if build is not None:
        environment[SETTING] = build
    return RoundProcess(name, command, checkout, environment)


def peer_process(flows: Path, packages: Path | None = None) -> RoundProcess:
    """Return a process with the book of the package limit-order-book.

    Args:
        flows: File of encoded operations (`peer_operations.PeerFlow`).
        packages: Folder that the package is in; None for where packages are installed.
    """
    path = os.pathsep.join(map(str, [ROOT] if packages is None else [packages, ROOT]))
    command = [
        *(sys.executable, "-P", str(_BOOK_PROGRAM), str(flows)),
        *("limit_order_book", "LimitOrderBook"),
    ]
    return RoundProcess("limit-order-book", command, ROOT, {"PYTHONPATH": path})


def book_process(flows: Path, build: Kind) -> RoundProcess:
    """Return a process with our book by itself (`book_alone`).

    Args:
        flows: File of encoded operations (`peer_operations.PeerFlow`).
        build: Which build of it.
    """
    command = [
        *(sys.executable, "-P", str(_BOOK_PROGRAM), str(flows)),
        *("scripts.benches.book_alone", "BookAlone"),
    ]
    environment = {"PYTHONPATH": str(ROOT), SETTING: build}
    return RoundProcess(f"the {build} book", command, ROOT, environment)
