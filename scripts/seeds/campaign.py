"""Runs many seeds in several processes.

A block of seeds goes to whichever process is free; few blocks wait, so that the time that was asked
for is kept, and so that an interrupt finds little to wait for. Seeds share nothing, so it does not
matter which process runs them, or in which order.
"""

import logging
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager, nullcontext
from itertools import count
from multiprocessing import get_context
from typing import Final

from scripts.seeds.options import Options
from scripts.seeds.tally import Tally
from tests.simulation.sabotage import sabotaged
from tests.simulation.seed import run_seed

BLOCK_SEEDS: Final = 25
# Whoever has seen so many need not see more.
FAILURES_MAX: Final = 100
_LOOK_S: Final = 1.0


@contextmanager
def silenced() -> Iterator[None]:
    """Keep out of the log what the exchange has to say of all the faults."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def run_block(first: int, seeds: int, sabotage: str = "") -> Tally:
    """Run consecutive seeds in this process."""
    tally = Tally()
    with silenced(), sabotaged(sabotage) if sabotage else nullcontext():
        for seed in range(first, first + seeds):
            tally.add(run_seed(seed))
    return tally


def run_campaign(options: Options, on_progress: Callable[[Tally], None]) -> Tally:
    """Run the seeds that were asked for.

    Args:
        options: Which, and for how long.
        on_progress: Called with the sums so far, now and then.
    """
    started_s = time.monotonic()
    total = Tally()
    blocks = _blocks(options, started_s)
    # Fresh processes: a fork would share what this one has opened.
    with ProcessPoolExecutor(
        options.jobs, mp_context=get_context("spawn"), initializer=_ignore_interrupts
    ) as pool:
        running: set[Future[Tally]] = set()
        try:
            while True:
                while len(running) <= options.jobs and (block := next(blocks, None)) is not None:
                    running.add(pool.submit(run_block, *block))
                if not running:
                    break
                done, running = wait(running, _LOOK_S, FIRST_COMPLETED)
                for future in done:
                    total.merge(future.result())
                total.elapsed_s = time.monotonic() - started_s
                on_progress(total)
                if len(total.failures) >= FAILURES_MAX:
                    break
        except KeyboardInterrupt:
            # What was found so far is told.
            total.stopped = True
        pool.shutdown(cancel_futures=True)
    total.failures.sort(key=lambda failure: failure.seed)
    return total


def _ignore_interrupts() -> None:
    """Leave Ctrl-C, which a terminal sends to all, to the one who knows what was found."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _blocks(options: Options, started_s: float) -> Iterator[tuple[int, int]]:
    """Yield first seed and number of each block, until seeds or time are used up."""
    end = None if options.seeds is None else options.first + options.seeds
    for first in count(options.first, BLOCK_SEEDS):
        if end is not None and first >= end:
            return
        if options.minutes is not None and time.monotonic() - started_s > options.minutes * 60:
            return
        yield first, BLOCK_SEEDS if end is None else min(BLOCK_SEEDS, end - first)
