"""Measures two things in turns, so that whatever else the machine does falls on both alike.

Figures of one machine at one moment mean little; the ratio of two neighbours means more. Each
pair is one round of ours and one of the yardstick's, and every other pair begins with the other;
reported are the median of each, and the median and the range of the pairs' ratios.
"""

import statistics
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from msgspec import Struct

PAIRS: Final = 7
PAIRS_MIN: Final = 5


class Comparison(Struct, frozen=True):
    """What a bench found.

    Attributes:
        name: What was measured.
        ours: Median of our rounds, in `unit`.
        yardstick: Median of the yardstick's rounds, in `unit`.
        unit: Of what; less is better.
        ratio: Median of ours / yardstick over the pairs.
        ratio_min: Least of them.
        ratio_max: Greatest of them.
        pairs: Number of pairs.
        beside: What the yardstick is, and what it does not do.
    """

    name: str
    ours: float
    yardstick: float
    unit: str
    ratio: float
    ratio_min: float
    ratio_max: float
    pairs: int
    beside: str


def compare(
    name: str,
    ours: Callable[[], float],
    yardstick: Callable[[], float],
    unit: str,
    beside: str,
    pairs: int,
) -> Comparison:
    """Measure two things in turns.

    Args:
        name: What is measured.
        ours: Runs one round of ours, and returns what was measured, in `unit`.
        yardstick: Runs one round of the yardstick, and returns the same.
        unit: Of what.
        beside: What the yardstick is.
        pairs: At least PAIRS_MIN.
    """
    assert pairs >= PAIRS_MIN
    # One round of each is thrown away: caches and branch predictors settle in it.
    ours()
    yardstick()
    rounds = []
    for number in range(pairs):
        if number % 2:
            theirs_us, ours_us = yardstick(), ours()
        else:
            ours_us, theirs_us = ours(), yardstick()
        rounds.append((ours_us, theirs_us))
    return _comparison(name, rounds, unit, beside)


async def compare_awaited(
    name: str,
    ours: Callable[[], Awaitable[float]],
    yardstick: Callable[[], Awaitable[float]],
    unit: str,
    beside: str,
    pairs: int,
) -> Comparison:
    """Measure two things in turns, as `compare` does, where a round has to wait for something."""
    assert pairs >= PAIRS_MIN
    await ours()
    await yardstick()
    rounds = []
    for number in range(pairs):
        if number % 2:
            theirs, found = await yardstick(), await ours()
        else:
            found, theirs = await ours(), await yardstick()
        rounds.append((found, theirs))
    return _comparison(name, rounds, unit, beside)


async def compare_once(
    name: str,
    ours: Callable[[], Awaitable[float]],
    yardstick: Callable[[], Awaitable[float]],
    unit: str,
    beside: str,
) -> Comparison:
    """Measure two things once, where rounds hardly differ, as with memory."""
    return _comparison(name, [(await ours(), await yardstick())], unit, beside)


def _comparison(
    name: str, rounds: Sequence[tuple[float, float]], unit: str, beside: str
) -> Comparison:
    """Sum up rounds of ours and of the yardstick."""
    ratios = [ours / theirs for ours, theirs in rounds]
    return Comparison(
        name=name,
        ours=statistics.median(ours for ours, _ in rounds),
        yardstick=statistics.median(theirs for _, theirs in rounds),
        unit=unit,
        ratio=statistics.median(ratios),
        ratio_min=min(ratios),
        ratio_max=max(ratios),
        pairs=len(rounds),
        beside=beside,
    )
