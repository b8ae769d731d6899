"""When to start a service again that has died.

How it works: the first death is answered at once, since a matcher must be back within a second;
each further death that follows soon waits twice as long, with jitter so that services which fall
together do not rise together. A run that lasted clears the count. Too many in a row mean that
starting again does not help.
"""

from random import Random
from typing import Final, final

DEATHS_MAX: Final = 12
_LASTING_S: Final = 10.0
_DELAY_FIRST_S: Final = 0.2
_DELAY_MAX_S: Final = 5.0


@final
class RestartPolicy:
    """Counts the deaths of one service.

    Args:
        random: Source of the jitter.
        deaths_max: How many in a row are the last.
    """

    def __init__(self, random: Random, deaths_max: int = DEATHS_MAX) -> None:
        self._random: Final = random
        self._deaths_max: Final = deaths_max
        self._deaths = 0

    @property
    def deaths(self) -> int:
        """Deaths in a row."""
        return self._deaths

    def delay_after_death_s(self, lived_s: float) -> float | None:
        """Count a death, and return how long to wait before the next start; None for never.

        Args:
            lived_s: How long the run has lasted.
        """
        if lived_s >= _LASTING_S:
            self._deaths = 0
        self._deaths += 1
        if self._deaths >= self._deaths_max:
            return None
        if self._deaths == 1:
            return 0.0
        delay_s: float = min(_DELAY_FIRST_S * 2 ** (self._deaths - 2), _DELAY_MAX_S)
        return delay_s * self._random.uniform(0.5, 1.0)
