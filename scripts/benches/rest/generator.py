"""The process of the load generator, seen from the bench."""

import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, final

import msgspec

from scripts.benches.findings import BenchError
from scripts.benches.rest.rounds import Answered, Round
from scripts.benches.workload import ROOT

# Requests are prepared in the first round of each number of connections.
_DEADLINE_S: Final = 120.0
_STOP_TIMEOUT_S: Final = 5.0
_ANSWERED: Final = msgspec.json.Decoder(Answered)
# Of what a client of a healthy exchange gets: done, and refused by a rule.
_USUAL: Final = frozenset(("200", "404", "409", "422"))


@final
class Generator:
    """Sends rounds to the process, and counts them."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process: Final = process
        self._rounds = 0

    def run(self, port: int, connections: int, milliseconds: int, rate: int = 0) -> Answered:
        """Run a round; see `Round`.

        Raises:
            BenchError: If the process fails, or requests were answered as they should not be.
        """
        self._rounds += 1
        asked = Round(port, connections, milliseconds, self._rounds, rate)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(asked) + b"\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], _DEADLINE_S)
        line = self._process.stdout.readline() if ready else b""
        if not line:
            raise BenchError("the load generator does not answer")
        answered = _ANSWERED.decode(line)
        unusual = answered.statuses.keys() - _USUAL
        if unusual or answered.unanswered or not answered.latencies_us:
            raise BenchError(f"answers {answered.statuses}, missing {answered.unanswered}")
        return answered


@contextmanager
def load_generator() -> Iterator[Generator]:
    """Run a load generator for a while."""
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.benches.rest.load"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        yield Generator(process)
    finally:
        process.terminate()
        process.communicate(timeout=_STOP_TIMEOUT_S)
