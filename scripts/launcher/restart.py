"""When to start a service again that has died.

How it works: the first death is answered at once, since a matcher must be back within a second;
each further death that follows soon waits twice as long, with jitter so that services which fall
together do not rise together. A run that lasted clears the count. Too many in a row mean that
starting again will not help soon. It is still tried, but seldom: what is wrong may be put right
from outside, as when a full disk has room again, and nobody should have to be there then.
"""

from random import Random
from typing import Final, final

DEATHS_MANY: Final = 20
# Longer than a service takes to start, and a few seconds of work.
_LASTING_S: Final = 4.0
_DELAY_FIRST_S: Final = 0.2
_DELAY_MAX_S: Final = 2.0
DELAY_SELDOM_S: Final = 30.0


@final
class RestartPolicy:
    """Counts the deaths of one service.

    Args:
        random: Source of the jitter.
    """

    def __init__(self, random: Random) -> None:
        self._random: Final = random
        self._deaths = 0

    @property
    def deaths(self) -> int:
        """Deaths in a row."""
        return self._deaths

    def delay_after_death_s(self, lived_s: float) -> float:
        """Count a death, and return how long to wait before the next start.

        Args:
            lived_s: How long the run has lasted.
        """
        if lived_s >= _LASTING_S:
            self._deaths = 0
        self._deaths += 1
        if self._deaths == 1:
            return 0.0
        if self._deaths >= DEATHS_MANY:
            delay_s = DELAY_SELDOM_S
        else:
            delay_s = min(_DELAY_FIRST_S * 2 ** (self._deaths - 2), _DELAY_MAX_S)
        return delay_s * self._random.uniform(0.5, 1.0)
