"""Carries out a plan of faults.

Each fault is a task of its own, so that a pause of four seconds does not hold up the kill that
comes two seconds later. Whatever happens, `close` lets every process go on that was paused.

A full disk is made without a mount and without a word in the exchange's code: a limit on the size
of files (`RLIMIT_FSIZE`), set from outside on the running matcher, makes every write to a file fail
with EFBIG, wherever in the file it goes, while sockets and pipes work. Its successor inherits the
launcher's limits, so it gets the limit anew for as long as the fault lasts: a disk stays full when
somebody restarts.
"""

import asyncio
import os
import resource
import signal
from collections.abc import Callable, Sequence
from typing import Final, final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from scripts.faults.exchange import ExchangeError, OwnExchange
from scripts.faults.kinds import FILL, KILL, PAUSE, RESTART, Fault
from scripts.faults.processes import family, is_alive
from scripts.faults.schedule import Planned
from scripts.faults.silence import Struck

# A target that is being restarted is waited for: one that is struck again and again is started
# about every 30 s only (scripts/launcher/restart.py).
_TARGET_DEADLINE_S: Final = 60.0
_WIPE_DEADLINE_S: Final = 30.0
_FULL_DISK_DEADLINE_S: Final = 20.0
_POLL_S: Final = 0.01
_REDIS_TIMEOUT_S: Final = 2.0
_RETRY_S: Final = 0.2


@final
class Injector:
    """Strikes an exchange.

    Attributes:
        struck: Faults that were carried out, in order.
    """

    def __init__(self, exchange: OwnExchange, elapsed_s: Callable[[], float]) -> None:
        """Strike an exchange.

        Args:
            exchange: The exchange.
            elapsed_s: Time since the start of the load.
        """
        self.struck: Final[list[Struck]] = []
        self._exchange: Final = exchange
        self._elapsed_s: Final = elapsed_s
        self._paused: Final[list[int]] = []
        self._under_way: Final[set[asyncio.Task[None]]] = set()

    def state(self) -> str:
        """Say in a few words how far it is."""
        last = f", last {self.struck[-1].fault.name}" if self.struck else ""
        return f"{len(self.struck)} faults{last}"

    async def run(self, planned: Sequence[Planned]) -> None:
        """Carry out a plan, and return when the last fault is over.

        Raises:
            ExchangeError: If a target does not come back, or a fault shows no effect.
        """
        for fault in planned:
            await asyncio.sleep(max(0.0, fault.at_s - self._elapsed_s()))
            self._check()
            self._under_way.add(asyncio.create_task(self._strike(fault), name=fault.fault.name))
        await asyncio.gather(*self._under_way)

    async def close(self) -> None:
        """End what is under way, and let everybody go on."""
        for task in self._under_way:
            task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_TARGET_DEADLINE_S)
        _signal_all(self._paused, signal.SIGCONT)

    def _check(self) -> None:
        """Raise what a fault that is over has failed with; forget the others."""
        for task in [task for task in self._under_way if task.done()]:
            self._under_way.discard(task)
            task.result()

    async def _strike(self, planned: Planned) -> None:
        fault = planned.fault
        if fault.action == KILL:
            pid = await self._target(planned)
            self._note(fault)
            _signal_all([pid], signal.SIGKILL)
        elif fault.action == PAUSE:
            await self._pause(planned)
        elif fault.action == FILL:
            await self._fill_disk(planned)
        elif fault.action == RESTART:
            struck = self._note(fault)
            await self._exchange.restart()
            struck.until_s = self._elapsed_s()
        else:
            await self._wipe(fault)

    def _note(self, fault: Fault) -> Struck:
        now_s = self._elapsed_s()
        self.struck.append(Struck(fault, now_s, now_s))
        return self.struck[-1]

    async def _target(self, planned: Planned) -> int:
        """Return the process to strike; wait for one that is being restarted."""
        end_s = self._elapsed_s() + _TARGET_DEADLINE_S
        while True:
            pids = self._exchange.pids().get(planned.fault.target, [])
            if pids:
                return pids[int(planned.choice * len(pids))]
            if self._elapsed_s() > end_s:
                raise ExchangeError(f"{planned.fault.target} does not come back")
            await asyncio.sleep(_POLL_S)

    async def _pause(self, planned: Planned) -> None:
        # PostgreSQL is a family: its children would go on without the first process.
        pids = family(await self._target(planned))
        self._paused.extend(pids)
        struck = self._note(planned.fault)
        try:
            _signal_all(pids, signal.SIGSTOP)
            await asyncio.sleep(planned.lasting_s)
        finally:
            _signal_all(pids, signal.SIGCONT)
            struck.until_s = self._elapsed_s()
            for pid in pids:
                self._paused.remove(pid)

    async def _fill_disk(self, planned: Planned) -> None:
        first = await self._target(planned)
        struck = self._note(planned.fault)
        end_s = self._elapsed_s() + planned.lasting_s
        give_up_s = self._elapsed_s() + _FULL_DISK_DEADLINE_S
        pid = first
        while self._elapsed_s() < end_s or is_alive(first):
            _take_no_more(pid)
            if self._elapsed_s() > give_up_s:
                raise ExchangeError("the matcher goes on with a disk that takes nothing")
            await asyncio.sleep(_POLL_S)
            pid = (self._exchange.pids().get(planned.fault.target) or [first])[0]
        # The last successor may have got the limit and not yet noticed.
        _take_again(pid)
        struck.until_s = self._elapsed_s()

    async def _wipe(self, fault: Fault) -> None:
        end_s = self._elapsed_s() + _WIPE_DEADLINE_S
        while True:
            # Anew each time: after a restart it has another password.
            redis = Redis.from_url(
                self._exchange.redis_url,
                socket_timeout=_REDIS_TIMEOUT_S,
                socket_connect_timeout=_REDIS_TIMEOUT_S,
            )
            try:
                await redis.flushall()
                self._note(fault)
                return
            except (RedisError, OSError) as error:
                # It was killed, paused or restarted just now.
                if self._elapsed_s() > end_s:
                    raise ExchangeError(f"Redis cannot be wiped: {error}") from error
            finally:
                await redis.aclose()
            await asyncio.sleep(_RETRY_S)


def _signal_all(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            # It has ended meanwhile: another fault was faster.
            continue


def _take_no_more(pid: int) -> None:
    _limit_files(pid, 0)


def _take_again(pid: int) -> None:
    _limit_files(pid, resource.RLIM_INFINITY)


def _limit_files(pid: int, limit_bytes: int) -> None:
    try:
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        soft = hard if limit_bytes == resource.RLIM_INFINITY else limit_bytes
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))
    except ProcessLookupError:
        return
