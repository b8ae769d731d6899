"""Measures two things in turns, so that whatever else the machine does falls on both alike.

Figures of one machine at one moment mean little; the ratio of two neighbours means more. Each
pair is one round of ours and one of the yardstick's, and every other pair begins with the other;
reported are the median of each, and the median and the range of the pairs' ratios.
"""

import statistics
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from scripts.benches.comparison import Comparison
from scripts.benches.watching import watcher

__all__ = [
    "PAIRS",
    "PAIRS_MIN",
    "Comparison",
    "compare",
    "compare_awaited",
    "compare_once",
    "summed_up",
]

PAIRS: Final = 7
PAIRS_MIN: Final = 5


def compare(
    name: str,
    ours: Callable[[], float],
    yardstick: Callable[[], float],
    unit: str,
    beside: str,
    pairs: int,
    *,
    more_is_better: bool = False,
    aim: float | None = None,
) -> Comparison:
    """Measure two things in turns.

    Args:
        name: What is measured.
        ours: Runs one round of ours, and returns what was measured, in `unit`.
        yardstick: Runs one round of the yardstick, and returns the same.
        unit: Of what.
        beside: What the yardstick is.
        pairs: At least PAIRS_MIN.
        more_is_better: True for rates, False for times and costs.
        aim: Bound of the ratio ours / yardstick: the least where more is better, else the most.
    """
    assert pairs >= PAIRS_MIN
    watch = watcher()
    # One round of each is thrown away: caches and branch predictors settle in it.
    watch.on_round(name, 0, pairs)
    ours()
    yardstick()
    rounds = []
    for number in range(pairs):
        watch.on_round(name, number + 1, pairs)
        if number % 2:
            theirs, found = yardstick(), ours()
        else:
            found, theirs = ours(), yardstick()
        rounds.append((found, theirs))
    return summed_up(name, rounds, unit, beside, more_is_better=more_is_better, aim=aim)


async def compare_awaited(
    name: str,
    ours: Callable[[], Awaitable[float]],
    yardstick: Callable[[], Awaitable[float]],
    unit: str,
    beside: str,
    pairs: int,
    *,
    more_is_better: bool = False,
    aim: float | None = None,
) -> Comparison:
    """Measure two things in turns, as `compare` does, where a round has to wait for something."""
    assert pairs >= PAIRS_MIN
    watch = watcher()
    watch.on_round(name, 0, pairs)
    await ours()
    await yardstick()
    rounds = []
    for number in range(pairs):
        watch.on_round(name, number + 1, pairs)
        if number % 2:
            theirs, found = await yardstick(), await ours()
        else:
            found, theirs = await ours(), await yardstick()
        rounds.append((found, theirs))
    return summed_up(name, rounds, unit, beside, more_is_better=more_is_better, aim=aim)


async def compare_once(
    name: str,
    ours: Callable[[], Awaitable[float]],
    yardstick: Callable[[], Awaitable[float]],
    unit: str,
    beside: str,
    *,
    more_is_better: bool = False,
    aim: float | None = None,
) -> Comparison:
    """Measure two things once, where rounds hardly differ, as with memory."""
    watcher().on_round(name, 1, 1)
    rounds = [(await ours(), await yardstick())]
    return summed_up(name, rounds, unit, beside, more_is_better=more_is_better, aim=aim)


def summed_up(
    name: str,
    rounds: Sequence[tuple[float, float]],
    unit: str,
    beside: str,
    *,
    more_is_better: bool = False,
    aim: float | None = None,
) -> Comparison:
    """Sum up pairs that took turns; for benches that find several things in one round.

    Args:
        name: What was measured.
        rounds: At least one; each holds ours and the yardstick's, above zero.
        unit: Of what.
        beside: What the yardstick is.
        more_is_better: True for rates, False for times and costs.
        aim: Bound of the ratio ours / yardstick.
    """
    ratios = [ours / theirs for ours, theirs in rounds]
    found = Comparison(
        name=name,
        ours=statistics.median(ours for ours, _ in rounds),
        yardstick=statistics.median(theirs for _, theirs in rounds),
        unit=unit,
        ratio=statistics.median(ratios),
        ratio_min=min(ratios),
        ratio_max=max(ratios),
        pairs=len(rounds),
        beside=beside,
        more_is_better=more_is_better,
        aim=aim,
        rounds=[*rounds],
    )
    watcher().on_comparison(found)
    return found
