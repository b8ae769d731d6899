"""Runs one embedded server without an event loop: for the tests, and for tools.

How it works: the server writes its output to a log file; `start` returns once the line that says
"ready" is there. `up` itself does not use this: its supervisor runs the same `Service`s.
"""

import socket
import subprocess
import time
from pathlib import Path
from random import Random
from typing import Final

from scripts.launcher.process import spawn
from scripts.launcher.service import Service

LOOPBACK: Final = "127.0.0.1"

# Below Linux's ephemeral range (32768 and up). A client that keeps connecting to a loopback port
# in that range while the server is away can be given that very port for its own end, connect to
# itself, and keep the server from ever coming back.
_PORT_LOW: Final = 20_000
_PORT_HIGH: Final = 32_767
_PORT_ATTEMPTS: Final = 200
_POLL_S: Final = 0.005


class EmbeddedServerError(Exception):
    """An embedded server that could not be set up, or that did not start."""


def port_is_free(host: str, port: int) -> bool:
    """Return whether a server could listen on the port now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do: a connection that lingers in TIME_WAIT does not occupy the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def choose_port() -> int:
    """Return a loopback port that is free now.

    Raises:
        EmbeddedServerError: If none of many tries is free.
    """
    source = Random()  # From the system's entropy: two launchers must not choose alike.
    for _ in range(_PORT_ATTEMPTS):
        port = source.randint(_PORT_LOW, _PORT_HIGH)
        if port_is_free(LOOPBACK, port):
            return port
    raise EmbeddedServerError(
        f"No free port on {LOOPBACK} between {_PORT_LOW} and {_PORT_HIGH} after "
        f"{_PORT_ATTEMPTS} tries."
    )


class EmbeddedServer:
    """The process of one embedded server.

    Args:
        service: What to run.
        log_path: Where its output goes; begun anew at each start.
    """

    def __init__(self, service: Service, log_path: Path) -> None:
        self._service: Final = service
        self._log_path: Final = log_path
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The process, where it was started."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start it, and return when it serves. In the main thread only (see `lifeline`).

        Raises:
            EmbeddedServerError: If it ends, or is not ready in time; with the end of its log.
        """
        assert not self.alive
        with self._log_path.open("wb") as log:
            self._process = spawn(self._service, log.fileno())
        self._await_ready(self._process)

    def stop(self) -> None:
        """Stop it in good order; kill it if that takes too long. Does nothing if it is not up."""
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(self._service.stop_signal)
        try:
            process.wait(self._service.stop_timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self) -> None:
        """Kill it with SIGKILL, as a fault would, and wait for its end."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _await_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + self._service.ready_timeout_s
        while True:
            ended = process.poll() is not None
            log = self._log_path.read_text(errors="replace")
            if any(self._service.ready_pattern.search(line) for line in log.splitlines()):
                return
            if ended or time.monotonic() > deadline:
                self.stop()
                problem = f"ended with status {process.returncode}" if ended else "is not ready"
                tail = "\n".join(log.splitlines()[-20:])
                raise EmbeddedServerError(f"{self._service.name} {problem}:\n{tail}")
            time.sleep(_POLL_S)
