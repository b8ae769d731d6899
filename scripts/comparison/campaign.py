"""Runs blocks in several processes until there are enough, or one finds a difference.

Of what a block found only seed and number come back: whoever wants to see more runs it again.
See `scripts/campaigns/pool.py`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from itertools import count
from typing import Final

from scripts.campaigns.pool import run_blocks
from scripts.comparison.options import Options
from scripts.comparison.tally import Failure, Tally
from tests.property.block import BlockError, Met, run_block
from tests.property.sabotage import sabotaged

# The reference looks at all of a block's past again and again: longer blocks are slower.
BLOCK_COMMANDS: Final = 5_000


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

    def take(outcomes: list[Met | Failure]) -> bool:
        for outcome in outcomes:
            _take(tally, outcome)
        tally.elapsed_s = time.monotonic() - started_s
        on_progress(tally)
        return tally.failure is None

    # What was found before an interrupt is told.
    tally.stopped = not run_blocks(try_block, _blocks(options), options.jobs, take)
    return tally


def _take(tally: Tally, outcome: Met | Failure) -> None:
    if isinstance(outcome, Met):
        tally.add(outcome)
    # Of several that end at once, the one that one would have found alone.
    elif tally.failure is None or outcome.seed < tally.failure.seed:
        tally.failure = outcome


def _blocks(options: Options) -> Iterator[tuple[int, int]]:
    """Yield seed and number of commands of each block."""
    for number in count():
        left = options.commands - number * BLOCK_COMMANDS
        if left <= 0:
            return
        yield options.seed + number, min(left, BLOCK_COMMANDS)
