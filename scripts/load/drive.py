"""Runs the load: starts the workers, keeps them going, lets them settle, measures the cost."""

import asyncio
import gc
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, final

from msgspec import Struct

from scripts.load.flow import Flow
from scripts.load.operations import Lane
from scripts.load.pace import ClosedLoop, OpenLoop
from scripts.load.record import Record
from scripts.load.samples import Samples
from scripts.load.surroundings import matcher_pid
from scripts.load.worker import SETTLE_DEADLINE_NS, Crew, Worker

MakeLane = Callable[[Worker], Lane]

# How often idle connections look for something due in an open loop.
TICK_S: Final = 0.001
# How often a closed loop is looked at; its connections go on by themselves.
CHECK_S: Final = 0.01
EXPIRY_POLL_S: Final = 1.0
PROGRESS_POLL_S: Final = 0.25


class Load(Struct, frozen=True):
    """What a load is.

    Attributes:
        seconds: How long it lasts.
        rate: Operations a second offered, open loop; None for a closed loop.
        connections: Connections, each with one operation in flight.
        seed: Seed of the jitter.
        settle_deadline_ns: An operation older than this is given up.
        kill_matcher_s: When to kill the matcher, from the start; None for never.
    """

    seconds: int
    rate: int | None
    connections: int
    seed: int
    settle_deadline_ns: int = SETTLE_DEADLINE_NS
    kill_matcher_s: float | None = None


class Driven(Struct):
    """What the load did.

    Attributes:
        record: What clients saw.
        places: Latencies of orders.
        cancels: Latencies of cancels, late ones too.
        elapsed_s: From the start to the last operation due, or settled.
        not_begun: Operations that were due and found no free connection before the end.
        cpu_s: Processor time that the load generator used.
        killed_s: When the matcher was killed; None if it was not.
    """

    record: Record
    places: Samples
    cancels: Samples
    elapsed_s: float
    not_begun: int
    cpu_s: float
    killed_s: float | None


class Progress(Struct, frozen=True):
    """How far the load is.

    Attributes:
        elapsed_s: Since its start.
        orders: Orders acknowledged.
        operations: Orders and cancels answered.
        troubles: Failed requests.
        settling: Whether only operations in flight are left.
    """

    elapsed_s: float
    orders: int
    operations: int
    troubles: int
    settling: bool


@final
class Drive:
    """One load."""

    def __init__(
        self,
        load: Load,
        flow: Flow,
        make_lane: MakeLane,
        data_dir: Path,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._load: Final = load
        self._data_dir: Final = data_dir
        self._on_progress: Final = on_progress
        self._killed_s: float | None = None
        self._failure: BaseException | None = None
        clock_ns = time.perf_counter_ns
        length_ns = load.seconds * 1_000_000_000
        start_ns = clock_ns()
        self._crew: Final = Crew(
            loop=asyncio.get_running_loop(),
            clock_ns=clock_ns,
            start_ns=start_ns,
            flow=flow,
            pace=ClosedLoop(clock_ns, start_ns, length_ns)
            if load.rate is None
            else OpenLoop(clock_ns, start_ns, length_ns, load.rate),
            record=Record(),
            places=Samples(),
            cancels=Samples(),
            jitter=random.Random(load.seed),
            settle_deadline_ns=load.settle_deadline_ns,
        )
        self._workers: Final = [
            Worker(number, self._crew, make_lane) for number in range(load.connections)
        ]

    def elapsed_s(self) -> float:
        """Return the time since the start of the load."""
        return (self._crew.clock_ns() - self._crew.start_ns) / 1e9

    async def run(self) -> Driven:
        """Run until everything due was begun and settled."""
        # What lives through the load is no garbage, and nothing in it makes cycles.
        gc.collect()
        gc.freeze()
        gc.disable()
        self._stop_on_broken_callback()
        cpu_start = time.process_time()
        watchers = [asyncio.create_task(self._watch()), asyncio.create_task(self._expire())]
        if self._load.kill_matcher_s is not None:
            watchers.append(asyncio.create_task(self._kill(self._load.kill_matcher_s)))
        try:
            elapsed_s = await self._keep_going()
        finally:
            for watcher in watchers:
                watcher.cancel()
            await asyncio.wait(watchers)
            for worker in self._workers:
                worker.lane.close()
            gc.enable()
            self._crew.loop.set_exception_handler(None)
        _raise_failure(watchers)
        crew = self._crew
        return Driven(
            record=crew.record,
            places=crew.places,
            cancels=crew.cancels,
            elapsed_s=elapsed_s,
            not_begun=crew.pace.not_begun(),
            cpu_s=time.process_time() - cpu_start,
            killed_s=self._killed_s,
        )

    def _stop_on_broken_callback(self) -> None:
        """Make an exception that no callback caught end the load: it is a bug in the soak."""

        def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
            if self._failure is None:
                self._failure = context.get("exception") or RuntimeError(context["message"])

        self._crew.loop.set_exception_handler(handle)

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    async def _keep_going(self) -> float:
        """Begin what is due on idle connections; return how long the load itself took."""
        crew, workers = self._crew, self._workers
        if self._load.rate is None:
            # A connection goes on by itself until the end.
            for worker in workers:
                worker.begin()
            while not crew.pace.finished():
                await asyncio.sleep(CHECK_S)
                self._check()
        else:
            while not crew.pace.finished():
                for worker in workers:
                    if not worker.busy and not worker.begin():
                        break
                await asyncio.sleep(TICK_S)
                self._check()
        elapsed_s = self.elapsed_s()
        give_up_ns = crew.clock_ns() + 2 * crew.settle_deadline_ns
        while any(worker.busy for worker in workers):
            if crew.clock_ns() > give_up_ns:
                break
            await asyncio.sleep(TICK_S)
            self._check()
        for worker in workers:
            worker.give_up()
        return elapsed_s

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(PROGRESS_POLL_S)
            crew = self._crew
            orders = len(crew.places.latencies_us)
            self._on_progress(
                Progress(
                    elapsed_s=self.elapsed_s(),
                    orders=orders,
                    operations=orders + len(crew.cancels.latencies_us),
                    troubles=crew.record.troubles.total(),
                    settling=crew.pace.finished(),
                )
            )

    async def _expire(self) -> None:
        while True:
            await asyncio.sleep(EXPIRY_POLL_S)
            now_ns = self._crew.clock_ns()
            for worker in self._workers:
                worker.lane.expire(now_ns)

    async def _kill(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        os.kill(matcher_pid(self._data_dir), signal.SIGKILL)
        self._killed_s = self.elapsed_s()


def _raise_failure(tasks: "list[asyncio.Task[None]]") -> None:
    for task in tasks:
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error
