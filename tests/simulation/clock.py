"""The wall clock of the machine, which somebody sets now and then."""

from typing import Final, final

from tests.simulation.schedule import Schedule

START_NS: Final = 1_700_000_000_000_000_000


@final
class Clock:
    """A wall clock.

    Attributes:
        went_back: Whether it was ever set back.
    """

    def __init__(self, schedule: Schedule) -> None:
        self.went_back = False
        self._schedule: Final = schedule
        self._offset_ns = START_NS

    def now_ns(self) -> int:
        """Return the time that it shows, nanoseconds since the epoch."""
        return self._schedule.now_ns + self._offset_ns

    def set_by(self, change_ns: int) -> None:
        """Set it forward, or back."""
        self._offset_ns += change_ns
        self.went_back = self.went_back or change_ns < 0
