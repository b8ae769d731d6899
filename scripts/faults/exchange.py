"""An exchange of one's own: the launcher in a folder of its own, on free ports.

It is what `scripts/up` runs, with its embedded servers. What it shows goes to a log file in the
folder.
"""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, final

from scripts.faults.processes import service_pids
from scripts.launcher.lifeline import die_with_parent
from scripts.load.evidence import EvidenceError, http_get
from scripts.load.surroundings import Surroundings, find_exchange, read_environment

_ROOT: Final = Path(__file__).resolve().parents[2]
_EACH: Final = "2"
TWO_OF_EACH: Final = {
    "TICKMESH_GATEWAYS": _EACH,
    "TICKMESH_FEEDS": _EACH,
    # Every few seconds under the usual load, so that faults meet snapshots and archiving too.
    "TICKMESH_SNAPSHOT_COMMANDS": "2000",
}
_START_DEADLINE_S: Final = 120.0
_STOP_DEADLINE_S: Final = 60.0
_HEALTHY_DEADLINE_S: Final = 120.0
_POLL_S: Final = 0.02
_TAIL_LINES: Final = 20
_OK: Final = 200


class ExchangeError(Exception):
    """The exchange did not start, or not come back; the message shows its last lines."""


@final
class OwnExchange:
    """A running exchange.

    Attributes:
        log: What its launcher has shown.
        surroundings: Where it is.
        redis_url: Its Redis.
    """

    def __init__(self, launcher: "subprocess.Popen[bytes]", log: Path, data_dir: Path) -> None:
        self._launcher: Final = launcher
        self.log: Final = log
        self.surroundings: Final[Surroundings] = find_exchange({"TICKMESH_DATA_DIR": str(data_dir)})
        written = read_environment(data_dir / "run" / "environment")
        self.redis_url: Final = written["REDIS_URL"]

    def pids(self) -> dict[str, list[int]]:
        """Return its processes by service.

        Raises:
            ExchangeError: If the launcher itself has ended.
        """
        if self._launcher.poll() is not None:
            raise ExchangeError(f"the launcher has ended by itself:\n{tail(self.log)}")
        return service_pids(self._launcher.pid)

    async def wait_healthy(self) -> None:
        """Wait until orders are taken, through every gateway that a connection may meet.

        Raises:
            ExchangeError: If that takes too long.
        """
        loop = asyncio.get_running_loop()
        end_s = loop.time() + _HEALTHY_DEADLINE_S
        answers_in_a_row = 0
        while answers_in_a_row < 2 * int(_EACH):
            if loop.time() > end_s:
                raise ExchangeError(f"it is not healthy again:\n{tail(self.log)}")
            answers_in_a_row = answers_in_a_row + 1 if await self._is_healthy() else 0
            await asyncio.sleep(_POLL_S)

    async def _is_healthy(self) -> bool:
        try:
            status, _ = await http_get(self.surroundings.http_url, "/health")
        except (EvidenceError, TimeoutError):
            return False
        return status == _OK


@contextmanager
def own_exchange(
    data_dir: Path, environment: Mapping[str, str], settings: Mapping[str, str] = TWO_OF_EACH
) -> Iterator[OwnExchange]:
    """Run an exchange for a while.

    Args:
        data_dir: Its folder; made where it is missing.
        environment: Ours; what in it is about another exchange is left out.
        settings: Of the exchange, folder and ports apart; by default those for faults.

    Raises:
        ExchangeError: If it does not start.
    """
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = data_dir / "exchange.log"
    with log.open("wb") as output:
        launcher = subprocess.Popen(
            [sys.executable, "-m", "scripts.launcher"],
            cwd=_ROOT,
            env=_own(data_dir, environment, settings),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # A Ctrl-C in the terminal is for us: we stop it in good order. Should we be killed,
            # it stops by itself.
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
    try:
        _wait_ready(launcher, log)
        yield OwnExchange(launcher, log, data_dir)
    finally:
        _stop(launcher)


def tail(log: Path) -> str:
    """Return the last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-_TAIL_LINES:])


def _own(
    data_dir: Path, environment: Mapping[str, str], settings: Mapping[str, str]
) -> dict[str, str]:
    foreign = ("TICKMESH_", "REDIS_URL", "DATABASE_URL")
    return {
        **{name: value for name, value in environment.items() if not name.startswith(foreign)},
        "TICKMESH_DATA_DIR": str(data_dir),
        "TICKMESH_HTTP_PORT": "0",
        "TICKMESH_WS_PORT": "0",
        **settings,
    }


def _wait_ready(launcher: "subprocess.Popen[bytes]", log: Path) -> None:
    end_s = time.monotonic() + _START_DEADLINE_S
    while "\nready in " not in log.read_text(errors="replace"):
        if launcher.poll() is not None or time.monotonic() > end_s:
            raise ExchangeError(f"the exchange did not start:\n{tail(log)}")
        time.sleep(_POLL_S)


def _stop(launcher: "subprocess.Popen[bytes]") -> None:
    if launcher.poll() is None:
        launcher.send_signal(signal.SIGTERM)
    try:
        launcher.wait(_STOP_DEADLINE_S)
    except subprocess.TimeoutExpired:
        # The kernel ends its services with it.
        launcher.kill()
        launcher.wait()
