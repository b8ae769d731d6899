"""The engine of a checkout in a process of its own, that runs rounds when it is told to."""

import os
import select
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Final, final

from scripts.benches.engine_round import Timed
from scripts.benches.workload import ROOT

ROUND_TIMEOUT_S: Final = 120.0
STOP_TIMEOUT_S: Final = 10.0
_PROGRAM: Final = ROOT / "scripts" / "benches" / "engine_round.py"


class EngineProcessError(Exception):
    """An engine that does not answer."""


@final
class EngineProcess:
    """A process with the modules of one checkout and the packages of this one."""

    def __init__(self, checkout: Path, flows: Path) -> None:
        """Name what is run, without running it.

        Args:
            checkout: Root of the checkout.
            flows: File of encoded flows.
        """
        self._checkout: Final = checkout.resolve()
        self._flows: Final = flows
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "EngineProcess":
        # -P: the folder of the program stays off the module path; all comes from the checkout.
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(_PROGRAM), str(self._flows)],
            cwd=self._checkout,
            env={**os.environ, "PYTHONPATH": str(self._checkout)},
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

    def run(self, flow: str) -> Timed:
        """Run a round.

        Args:
            flow: Name of one of the flows.

        Raises:
            EngineProcessError: If the process has ended, or takes longer than ROUND_TIMEOUT_S.
        """
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(flow + "\n")
            process.stdin.flush()
        except BrokenPipeError as error:
            raise EngineProcessError(f"the engine of {self._checkout} has ended") from error
        readable, _, _ = select.select([process.stdout], [], [], ROUND_TIMEOUT_S)
        line = process.stdout.readline() if readable else ""
        if not line:
            raise EngineProcessError(f"the engine of {self._checkout} gave no answer")
        command_us, trades = line.split()
        return Timed(float(command_us), int(trades))
