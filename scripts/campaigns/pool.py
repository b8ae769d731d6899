"""Blocks of work in several processes.

A block goes to whichever process is free; few blocks wait, so that the time that was asked for is
kept, and so that an interrupt finds little to wait for. Blocks share nothing, so it does not matter
which process runs them, or in which order.
"""

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from typing import Final, TypeVar

OutcomeT = TypeVar("OutcomeT")

_LOOK_S: Final = 1.0


def run_blocks(
    work: Callable[[int, int], OutcomeT],
    blocks: Iterator[tuple[int, int]],
    jobs: int,
    take: Callable[[list[OutcomeT]], bool],
) -> bool:
    """Run blocks until there are none, or nobody wants more.

    Args:
        work: Runs a block, in another process.
        blocks: Arguments of each block.
        jobs: Processes.
        take: Called with the outcomes that have come, at least once a second, mostly with none;
            says whether to go on.

    Returns:
        Whether it ran to its end: otherwise Ctrl-C stopped it, and what was taken is what there is.
    """
    # Fresh processes: a fork would share what this one has opened.
    with ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=_ignore_interrupts
    ) as pool:
        running: set[Future[OutcomeT]] = set()
        try:
            goes_on = True
            while goes_on:
                while len(running) <= jobs and (block := next(blocks, None)) is not None:
                    running.add(pool.submit(work, *block))
                if not running:
                    break
                done, running = wait(running, _LOOK_S, FIRST_COMPLETED)
                goes_on = take([future.result() for future in done])
        except KeyboardInterrupt:
            return False
        finally:
            pool.shutdown(cancel_futures=True)
    return True


def _ignore_interrupts() -> None:
    """Leave Ctrl-C, which a terminal sends to all, to the one who knows what was found."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
