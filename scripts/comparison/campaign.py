"""Runs blocks in several processes until there are enough, or one finds a difference.

Blocks share nothing, so it does not matter which process runs them, or in which order. Of what a
block found only seed and number come back: whoever wants to see more runs it again.
"""

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import nullcontext
from itertools import count
from multiprocessing import get_context
from typing import Final

from scripts.comparison.options import Options
from scripts.comparison.tally import Failure, Tally
from tests.property.block import BlockError, Met, run_block
from tests.property.sabotage import sabotaged

# The reference looks at all of a block's past again and again: longer blocks are slower.
BLOCK_COMMANDS: Final = 5_000
_LOOK_S: Final = 1.0


def try_block(seed: int, commands: int, sabotage: str = "") -> Met | Failure:
    """Run a block in this process."""
    with sabotaged(sabotage) if sabotage else nullcontext():
        try:
            return run_block(seed, commands)
        except BlockError as error:
            return Failure(error.seed, error.number, error.what)


def run_campaign(options: Options, on_progress: Callable[[Tally], None]) -> Tally:
    """Run as many commands as were asked for.

    Args:
        options: How many, and from which seed on.
        on_progress: Called with the sums so far, now and then.
    """
    started_s = time.monotonic()
    tally = Tally()
    blocks = _blocks(options)
    # Fresh processes: a fork would share what this one has opened.
    with ProcessPoolExecutor(
        options.jobs, mp_context=get_context("spawn"), initializer=_ignore_interrupts
    ) as pool:
        running: set[Future[Met | Failure]] = set()
        try:
            while tally.failure is None:
                while len(running) <= options.jobs and (block := next(blocks, None)) is not None:
                    running.add(pool.submit(try_block, *block))
                if not running:
                    break
                done, running = wait(running, _LOOK_S, FIRST_COMPLETED)
                for future in done:
                    _take(tally, future.result())
                tally.elapsed_s = time.monotonic() - started_s
                on_progress(tally)
        except KeyboardInterrupt:
            # What was found so far is told.
            tally.stopped = True
        pool.shutdown(cancel_futures=True)
    return tally


def _take(tally: Tally, outcome: Met | Failure) -> None:
    if isinstance(outcome, Met):
        tally.add(outcome)
    # Of several that end at once, the one that one would have found alone.
    elif tally.failure is None or outcome.seed < tally.failure.seed:
        tally.failure = outcome


def _ignore_interrupts() -> None:
    """Leave Ctrl-C, which a terminal sends to all, to the one who knows what was found."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _blocks(options: Options) -> Iterator[tuple[int, int]]:
    """Yield seed and number of commands of each block."""
    for number in count():
        left = options.commands - number * BLOCK_COMMANDS
        if left <= 0:
            return
        yield options.seed + number, min(left, BLOCK_COMMANDS)
