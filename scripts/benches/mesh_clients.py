"""The two clients of the mesh bench, seen from the bench: each in a process of its own."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import IO, Final, final

import msgspec

from scripts.benches.findings import BenchError
from scripts.benches.mesh_client import Round, RoundResult
from scripts.benches.mesh_flow import CLIENTS
from scripts.benches.workload import ROOT

_STOP_TIMEOUT_S: Final = 10.0
_RESULT: Final = msgspec.json.Decoder(RoundResult)


@final
class MeshClients:
    """Runs rounds on all clients at once."""

    def __init__(self, processes: Sequence["subprocess.Popen[bytes]"]) -> None:
        self._processes: Final = processes

    def run(self, order: Round) -> list[RoundResult]:
        """Run a round on each client, all beginning together.

        Raises:
            BenchError: If a client has failed; what it says of it is on standard error.
        """
        self._tell(msgspec.json.encode(order))
        for process in self._processes:
            assert _read(process) == b"ready\n"
        self._tell(b"go")
        return [_RESULT.decode(_read(process)) for process in self._processes]

    def clear(self) -> None:
        """Empty the books after a round.

        Raises:
            BenchError: See `run`.
        """
        self._tell(b"clear")
        for process in self._processes:
            assert _read(process) == b"clear\n"

    def _tell(self, line: bytes) -> None:
        for process in self._processes:
            try:
                pipe = _pipe(process.stdin)
                pipe.write(line + b"\n")
                pipe.flush()
            except BrokenPipeError as error:
                raise BenchError("a client of the mesh bench has ended") from error


@contextmanager
def mesh_clients(commands: int) -> Iterator[MeshClients]:
    """Run the clients for a while.

    Args:
        commands: How many each has for a round.
    """
    with ExitStack() as stack:
        yield MeshClients(
            [stack.enter_context(_client(number, commands)) for number in range(CLIENTS)]
        )


@contextmanager
def _client(number: int, commands: int) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.benches.mesh_client", str(number), str(commands)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        _pipe(process.stdin).close()
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _pipe(process.stdout).close()


def _read(process: "subprocess.Popen[bytes]") -> bytes:
    line = _pipe(process.stdout).readline()
    if not line:
        raise BenchError("a client of the mesh bench has ended")
    return line


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
