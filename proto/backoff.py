"""How long to wait before the next attempt: longer each time, up to a limit, never in step."""

import random
from typing import Final, final


@final
class Backoff:
    """Doubling delays with jitter."""

    __slots__ = ("_delay_s", "_first_s", "_jitter", "_most_s")

    def __init__(self, first_s: float, most_s: float, jitter: random.Random) -> None:
        self._first_s: Final = first_s
        self._most_s: Final = most_s
        self._jitter: Final = jitter
        self._delay_s = first_s

    def next_s(self) -> float:
        """Return the next delay in seconds: half of the nominal one to all of it."""
        delay_s = self._delay_s
        self._delay_s = min(2 * delay_s, self._most_s)
        return delay_s * self._jitter.uniform(0.5, 1.0)

    def reset(self) -> None:
        """Begin anew, after a success."""
        self._delay_s = self._first_s
