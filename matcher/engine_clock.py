"""Engine time: the wall clock, except that it never goes back.

When the wall clock is set back, engine time goes on at half speed until the wall clock has caught
up. It does not stand still: candles would not close, and an order that lies in a queue would not
come to its deadline (docs/decisions/0004-deadlines.md). Gateways take their deadlines from engine
time where it is ahead of their own clock, so trading goes on meanwhile.
"""

from collections.abc import Callable
from typing import Final, final


@final
class EngineClock:
    """Tells engine time, for stamps on commands."""

    def __init__(
        self, wall_ns: Callable[[], int], monotonic_ns: Callable[[], int], timestamp_ns: int
    ) -> None:
        """Go on from a stamp.

        Args:
            wall_ns: Wall clock, nanoseconds since 1970.
            monotonic_ns: A clock that nobody sets, in nanoseconds.
            timestamp_ns: The last stamp in the journal.
        """
        self._wall_ns: Final = wall_ns
        self._monotonic_ns: Final = monotonic_ns
        self._time_ns = timestamp_ns
        self._told_at_ns = monotonic_ns()

    def now_ns(self) -> int:
        """Return the present engine time; no later call returns less."""
        told_at_ns = self._monotonic_ns()
        slow_ns = self._time_ns + (told_at_ns - self._told_at_ns) // 2
        self._told_at_ns = told_at_ns
        self._time_ns = max(self._wall_ns(), slow_ns)
        return self._time_ns
