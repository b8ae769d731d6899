"""What happened, line by line, for whoever replays a seed; and one number for all of it.

The number is the same for two runs exactly when everything in them was the same.
"""

from collections.abc import Callable
from typing import Final, final

from crc32c import crc32c

from tests.simulation.schedule import MILLISECOND_NS, Schedule

Show = Callable[[str], None]


@final
class Trace:
    """Takes note of what happens.

    Attributes:
        checksum: Of all notes so far.
    """

    def __init__(self, schedule: Schedule, show: Show | None) -> None:
        self.checksum = 0
        self._schedule: Final = schedule
        self._show: Final = show

    def __call__(self, who: str, what: str) -> None:
        """Note that somebody has done something."""
        now_ms = self._schedule.now_ns / MILLISECOND_NS
        line = f"{now_ms:12.3f} ms  {who:<10}{what}"
        self.checksum = crc32c(line.encode(), self.checksum)
        if self._show is not None:
            self._show(line)
