"""One run of a service: its process, its lines, its end.

How it works: the process writes to a pipe of ours. We do not use asyncio's subprocesses, since
their `wait` returns only when the pipe is closed too, and PostgreSQL's children hold it open
longer than their parent lives. The owner calls `poll` on SIGCHLD; what the process wrote before
its end is read first, so a line that explains a death is seen before the death.
"""

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from typing import Final, final

from scripts.launcher.lifeline import die_with_parent
from scripts.launcher.service import Service

_READ_BYTES: Final = 65_536
# A longer line is cut in pieces: what waits in memory has a bound.
_LINE_BYTES_MAX: Final = 16_384


def spawn(service: Service, output: int) -> "subprocess.Popen[bytes]":
    """Start a service's process, tied to our life. In the main thread only (see `lifeline`).

    Args:
        service: What to start.
        output: File descriptor that its output and error output go to.

    Raises:
        OSError: If it cannot be started.
    """
    identity = service.identity
    return subprocess.Popen(
        service.command,
        cwd=service.directory,
        env=dict(service.environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        user=identity.user_id if identity else None,
        group=identity.group_id if identity else None,
        extra_groups=[] if identity else None,
        # A session of its own keeps a Ctrl-C in the terminal from reaching it: the launcher
        # alone decides the order in which things stop.
        start_new_session=True,
        preexec_fn=die_with_parent(service.orphan_signal, service.niceness),
    )


@final
class LineSplitter:
    """Turns chunks of bytes into lines of text."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[str]:
        """Return the lines that a chunk completes; an over-long line in pieces."""
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        lines = [_text(line) for line in whole]
        if len(self._rest) > _LINE_BYTES_MAX:
            lines.extend(self.finish())
        return lines

    def finish(self) -> list[str]:
        """Return what is left without an end of line."""
        rest, self._rest = self._rest, b""
        return [_text(rest)] if rest else []


@final
class RunningProcess:
    """A service's process that was started.

    Attributes:
        ready: Done when a line said that it serves.
        exited: Its exit status, when it has ended; negative for a signal.
    """

    def __init__(self, service: Service, on_line: Callable[[str], None]) -> None:
        """Start it.

        Raises:
            OSError: If it cannot be started.
        """
        self._service: Final = service
        self._on_line: Final = on_line
        self._loop: Final = asyncio.get_running_loop()
        self._splitter: Final = LineSplitter()
        self.ready: Final[asyncio.Future[None]] = self._loop.create_future()
        self.exited: Final[asyncio.Future[int]] = self._loop.create_future()
        self._output, output = os.pipe()
        try:
            self._process: Final = spawn(service, output)
        except OSError:
            os.close(self._output)
            raise
        finally:
            os.close(output)
        os.set_blocking(self._output, False)
        self._loop.add_reader(self._output, self._read)

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def poll(self) -> None:
        """See whether it has ended; then read what is left of its output, and say so."""
        if self.exited.done() or self._process.poll() is None:
            return
        while self._output >= 0 and self._read():
            pass
        self._close()
        self.exited.set_result(self._process.returncode)

    def ask_to_stop(self) -> None:
        """Send it its stop signal."""
        self._process.send_signal(self._service.stop_signal)

    def kill(self) -> None:
        """Kill it and whatever it started in its session."""
        if not self.exited.done():
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _read(self) -> bool:
        """Take one chunk of output; return whether there may be more now."""
        try:
            chunk = os.read(self._output, _READ_BYTES)
        except BlockingIOError:
            return False
        if not chunk:
            self._close()
            return False
        self._take(self._splitter.feed(chunk))
        return True

    def _take(self, lines: list[str]) -> None:
        for line in lines:
            self._on_line(line)
            if not self.ready.done() and self._service.ready_pattern.search(line):
                self.ready.set_result(None)

    def _close(self) -> None:
        if self._output >= 0:
            self._take(self._splitter.finish())
            self._loop.remove_reader(self._output)
            os.close(self._output)
            self._output = -1


def _text(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r")
