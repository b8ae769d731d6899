"""Runs many seeds in several processes; see `scripts/campaigns/pool.py`."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import count
from typing import Final

from scripts.campaigns.pool import run_blocks
from scripts.seeds.options import Options
from scripts.seeds.tally import Tally
from tests.simulation.sabotage import sabotaged
from tests.simulation.seed import run_seed

BLOCK_SEEDS: Final = 25
# Whoever has seen so many need not see more.
FAILURES_MAX: Final = 100


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

    def take(tallies: list[Tally]) -> bool:
        for tally in tallies:
            total.merge(tally)
        total.elapsed_s = time.monotonic() - started_s
        on_progress(total)
        return len(total.failures) < FAILURES_MAX

    # What was found before an interrupt is told.
    total.stopped = not run_blocks(run_block, _blocks(options, started_s), options.jobs, take)
    total.failures.sort(key=lambda failure: failure.seed)
    return total


def _blocks(options: Options, started_s: float) -> Iterator[tuple[int, int]]:
    """Yield first seed and number of each block, until seeds or time are used up."""
    end = None if options.seeds is None else options.first + options.seeds
    for first in count(options.first, BLOCK_SEEDS):
        if end is not None and first >= end:
            return
        if options.minutes is not None and time.monotonic() - started_s > options.minutes * 60:
            return
        yield first, BLOCK_SEEDS if end is None else min(BLOCK_SEEDS, end - first)
