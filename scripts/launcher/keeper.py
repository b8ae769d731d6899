"""Keeps one service running.

How it works: start it; wait for its ready line, no longer than it may take; wait for its end; ask
the policy when to start it again. Until the first ready line a failure is the start's own: after a
few deaths, or at once where the service says by status 2 that its configuration is wrong, the
start is given up. After it, nothing is given up: a service that dies again and again is named, and
tried now and then, while the rest goes on.
"""

import asyncio
import signal
from collections import deque
from random import Random
from typing import Final, Literal, cast, final

from scripts.launcher.console import Console
from scripts.launcher.process import RunningProcess
from scripts.launcher.restart import DEATHS_MANY, DELAY_SELDOM_S, RestartPolicy
from scripts.launcher.service import Service

# The exit status by which a service says that it cannot run with this configuration.
_REFUSED: Final = 2
_DEATHS_AT_START_MAX: Final = 3
_UNSHOWN_LINES_KEPT: Final = 20


class ServiceFailedError(Exception):
    """A service that did not start."""


@final
class Keeper:
    """Runs one service until it is stopped, or its start is given up.

    Attributes:
        service: What it runs.
        first_ready: Done at the first ready line, or failed with `ServiceFailedError`.
    """

    def __init__(self, service: Service, console: Console, random: Random) -> None:
        self.service: Final = service
        self._console: Final = console
        self._policy: Final = RestartPolicy(random)
        self._loop: Final = asyncio.get_running_loop()
        self.first_ready: Final[asyncio.Future[None]] = self._loop.create_future()
        self._stopping: Final = asyncio.Event()
        self._running: RunningProcess | None = None
        self._unshown: Final[deque[str]] = deque(maxlen=_UNSHOWN_LINES_KEPT)
        self._task: Final = asyncio.create_task(self._run())
        self._task.add_done_callback(self._note_end)

    @property
    def pid(self) -> int | None:
        """The process that runs now."""
        running = self._running
        return None if running is None or running.exited.done() else running.pid

    def poll(self) -> None:
        """See whether the process has ended; on SIGCHLD."""
        if self._running is not None:
            self._running.poll()

    async def stop(self, hurry: asyncio.Event) -> None:
        """Stop the service in good order.

        Args:
            hurry: Set it to have the service killed now; else it is at its deadline.
        """
        self._stopping.set()
        running = self._running
        if running is not None and not running.exited.done():
            running.ask_to_stop()
            hurried = asyncio.create_task(hurry.wait())
            await _first_of(running.exited, hurried, self.service.stop_timeout_s)
            hurried.cancel()
            if not running.exited.done():
                self._console.line(self.service.name, "does not stop: killed")
                running.kill()
        await self._task

    def _note_end(self, task: "asyncio.Task[None]") -> None:
        """Let nobody wait for a service whose keeper has failed: that is a bug of ours."""
        if task.cancelled() or task.exception() is None:
            return
        self._console.notice(
            f"ERROR: {self.service.name} is not looked after: {task.exception()!r}"
        )
        if not self.first_ready.done():
            self.first_ready.set_exception(ServiceFailedError(f"{self.service.name} was lost."))

    async def _run(self) -> None:
        while not self._stopping.is_set():
            started_s = self._loop.time()
            status = await self._run_once(started_s)
            if self._stopping.is_set():
                break
            delay_s = self._policy.delay_after_death_s(self._loop.time() - started_s)
            self._show_death(status)
            if self._start_is_hopeless(status):
                self._give_up(status)
                return
            if self._policy.deaths == DEATHS_MANY:
                self._complain()
            await self._pause(delay_s)
        if not self.first_ready.done():
            self.first_ready.cancel()

    async def _run_once(self, started_s: float) -> int:
        """Run the process from start to end, and return its exit status."""
        self._unshown.clear()
        try:
            running = RunningProcess(self.service, self._take_line)
        except OSError as error:
            self._console.line(self.service.name, f"cannot be started: {error}")
            return _REFUSED
        self._running = running
        await _first_of(running.ready, running.exited, self.service.ready_timeout_s)
        if running.ready.done():
            self._note_ready(self._loop.time() - started_s)
        elif not running.exited.done():
            self._console.line(
                self.service.name, f"not ready after {self.service.ready_timeout_s:g} s: killed"
            )
            running.kill()
        return await running.exited

    def _note_ready(self, elapsed_s: float) -> None:
        again = " again" if self.first_ready.done() else ""
        self._console.notice(f"{self.service.name} is ready{again} after {elapsed_s:.2f} s")
        if not self.first_ready.done():
            self.first_ready.set_result(None)

    def _take_line(self, line: str) -> None:
        chatter = self.service.chatter_pattern
        if chatter is not None and chatter.search(line):
            self._unshown.append(line)
        else:
            self._console.line(self.service.name, line)

    def _show_death(self, status: int) -> None:
        """Say that it died, after what it had said that was not worth showing until now."""
        # Who is killed from outside has not said why.
        if status != -signal.SIGKILL:
            for line in self._unshown:
                self._console.line(self.service.name, line)
        self._console.notice(f"{self.service.name} {describe_status(status)}")

    def _start_is_hopeless(self, status: int) -> bool:
        if self.first_ready.done():
            return False
        return status == _REFUSED or self._policy.deaths >= _DEATHS_AT_START_MAX

    def _give_up(self, status: int) -> None:
        self.first_ready.set_exception(
            ServiceFailedError(f"{self.service.name} did not start: it {describe_status(status)}.")
        )

    def _complain(self) -> None:
        self._console.notice(
            f"ERROR: {self.service.name} died {DEATHS_MANY} times in a row. Its last lines above "
            "say why; put that right. Everything else goes on, and it is started again about "
            f"every {DELAY_SELDOM_S:g} s."
        )

    async def _pause(self, delay_s: float) -> None:
        if delay_s > 0:
            self._console.notice(f"{self.service.name} is started again in {delay_s:.1f} s")
            try:
                await asyncio.wait_for(self._stopping.wait(), delay_s)
            except TimeoutError:
                return


async def _first_of(
    one: "asyncio.Future[None] | asyncio.Future[int]",
    other: "asyncio.Future[int] | asyncio.Future[Literal[True]]",
    timeout_s: float,
) -> None:
    """Wait until either is done, or the time is over."""
    both: set[asyncio.Future[object]] = {
        cast("asyncio.Future[object]", future) for future in (one, other)
    }
    await asyncio.wait(both, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)


def describe_status(status: int) -> str:
    """Say how a process ended, in words."""
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"was ended by signal {-status}"
