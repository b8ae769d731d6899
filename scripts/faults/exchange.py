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
from scripts.launcher.embedded import choose_port
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
# What the launcher says when everything runs; once for each start.
_READY: Final = "\nready in "


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

    surroundings: Surroundings
    redis_url: str

    def __init__(self, data_dir: Path, environment: Mapping[str, str]) -> None:
        """Start it, without waiting until it is ready.

        Args:
            data_dir: Its folder.
            environment: Of its launcher.
        """
        self.log: Final = data_dir / "exchange.log"
        self.log.unlink(missing_ok=True)
        self._data_dir: Final = data_dir
        self._environment: Final = environment
        self._restarting: Final = asyncio.Lock()
        self._starts = 0
        self._launcher = self._launch()

    def is_ready(self, end_s: float) -> bool:
        """Tell whether it is there, and find where it is as soon as it is.

        Args:
            end_s: By the monotonic clock, when it should be.

        Raises:
            ExchangeError: If it has ended, or that time is over.
        """
        if self.log.read_text(errors="replace").count(_READY) < self._starts:
            if self._launcher.poll() is not None or time.monotonic() > end_s:
                raise ExchangeError(f"the exchange did not start:\n{tail(self.log)}")
            return False
        self.surroundings = find_exchange({"TICKMESH_DATA_DIR": str(self._data_dir)})
        written = read_environment(self._data_dir / "run" / "environment")
        self.redis_url = written["REDIS_URL"]
        return True

    def pids(self) -> dict[str, list[int]]:
        """Return its processes by service; none while it is restarted.

        Raises:
            ExchangeError: If the launcher itself has ended.
        """
        if self._restarting.locked():
            return {}
        if self._launcher.poll() is not None:
            raise ExchangeError(f"the launcher has ended by itself:\n{tail(self.log)}")
        return service_pids(self._launcher.pid)

    async def restart(self) -> None:
        """Stop everything in good order, and start it again; in the main thread only.

        Raises:
            ExchangeError: If it does not stop, or not start.
        """
        async with self._restarting:
            self._launcher.send_signal(signal.SIGTERM)
            end_s = time.monotonic() + _STOP_DEADLINE_S
            while self._launcher.poll() is None:
                if time.monotonic() > end_s:
                    raise ExchangeError(f"the exchange does not stop:\n{tail(self.log)}")
                await asyncio.sleep(_POLL_S)
            self._launcher = self._launch()
            end_s = time.monotonic() + _START_DEADLINE_S
            while not self.is_ready(end_s):  # noqa: ASYNC110 - another process makes it ready
                await asyncio.sleep(_POLL_S)

    def stop(self) -> None:
        """Stop it in good order; kill it if that takes too long."""
        launcher = self._launcher
        if launcher.poll() is None:
            launcher.send_signal(signal.SIGTERM)
        try:
            launcher.wait(_STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            # The kernel ends its services with it.
            launcher.kill()
            launcher.wait()

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

    def _launch(self) -> "subprocess.Popen[bytes]":
        self._starts += 1
        with self.log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "scripts.launcher"],
                cwd=_ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A Ctrl-C in the terminal is for us: we stop it in good order. Should we be
                # killed, it stops by itself.
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )


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
    exchange = OwnExchange(data_dir, _own(data_dir, environment, settings))
    try:
        end_s = time.monotonic() + _START_DEADLINE_S
        while not exchange.is_ready(end_s):
            time.sleep(_POLL_S)
        yield exchange
    finally:
        exchange.stop()


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
        # The same after a restart: clients come back to where it was.
        "TICKMESH_HTTP_PORT": str(choose_port()),
        "TICKMESH_WS_PORT": str(choose_port()),
        **settings,
    }
