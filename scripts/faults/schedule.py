"""What happens when: a function of the seed alone. Pure.

The kinds come as from a deck of cards: each once in a random order, then the deck is shuffled
anew. So every kind comes about equally often, and a run that is long enough has them all. The time
between two faults varies around its mean, so faults meet: a matcher is killed while Redis is
paused.
"""

import random
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from scripts.faults.kinds import Fault

# The load should run before the first fault, and see the end of the last.
QUIET_START_S: Final = 2.0
QUIET_END_S: Final = 2.0
# How long a process is paused, or a disk is full.
LASTING_MIN_S: Final = 0.3
LASTING_MAX_S: Final = 4.0


class Planned(Struct, frozen=True):
    """A fault to come.

    Attributes:
        at_s: When, from the start of the load.
        fault: Which.
        choice: Chooses among several processes of one service; 0 or more, below 1.
        lasting_s: How long it lasts, where it lasts.
    """

    at_s: float
    fault: Fault
    choice: float
    lasting_s: float


def plan(faults: Sequence[Fault], seconds: float, every_s: float, seed: int) -> list[Planned]:
    """Plan a run.

    Args:
        faults: The kinds; at least one.
        seconds: Length of the load.
        every_s: Mean time between two faults.
        seed: Same seed, same plan.
    """
    source = random.Random(seed)
    planned: list[Planned] = []
    at_s = QUIET_START_S
    for fault in _deck(faults, source):
        lasting_s = source.uniform(LASTING_MIN_S, LASTING_MAX_S)
        choice = source.random()
        if at_s > seconds - QUIET_END_S:
            return planned
        planned.append(Planned(at_s, fault, choice, lasting_s))
        at_s += every_s * source.uniform(0.5, 1.5)
    return planned


def _deck(faults: Sequence[Fault], source: random.Random) -> Iterator[Fault]:
    while True:
        yield from source.sample(faults, len(faults))
