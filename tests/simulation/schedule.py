"""Virtual time: what is to happen, in the order in which it happens.

Nothing waits. An action says what follows it and when, and the time jumps to the next one. Actions
of the same moment run in the order in which they were planned, so a run is a function of its seed.

Whatever belongs to a process is planned with the life of that process, and is left out when it has
ended: a dead process does nothing more.
"""

import heapq
from collections.abc import Callable
from typing import Final, final

Action = Callable[[], None]

MICROSECOND_NS: Final = 1_000
MILLISECOND_NS: Final = 1_000_000
SECOND_NS: Final = 1_000_000_000


@final
class Life:
    """Whether a process is still there."""

    __slots__ = ("over",)

    def __init__(self) -> None:
        self.over = False


@final
class Schedule:
    """All that is to come.

    Attributes:
        now_ns: True time since the beginning; no clock of the simulation shows it.
    """

    def __init__(self) -> None:
        self.now_ns = 0
        self._number = 0
        self._plan: Final[list[tuple[int, int, Life | None, Action]]] = []

    def after(self, delay_ns: int, action: Action, life: Life | None = None) -> None:
        """Plan an action; it is left out if the life is over by then."""
        assert delay_ns >= 0
        self._number += 1
        heapq.heappush(self._plan, (self.now_ns + delay_ns, self._number, life, action))

    def run(self, is_done: Callable[[], bool], deadline_ns: int) -> bool:
        """Let happen what was planned, until it is done or the deadline is reached.

        Returns:
            Whether it was done.
        """
        plan = self._plan
        while not is_done():
            if not plan or plan[0][0] > deadline_ns:
                return False
            self.now_ns, _, life, action = heapq.heappop(plan)
            if life is None or not life.over:
                action()
        return True
