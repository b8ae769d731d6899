"""When the next operation is due: the two kinds of load.

Closed loop: a connection's next operation is due as soon as its last one is settled, so the
offered load adapts to what the exchange takes. Open loop: operation i is due at start + i/rate,
whatever the exchange does; one that finds every connection busy waits, and its latency counts
from when it was due. Nothing is queued: which operations are due follows from the clock. What could
not begin by the end of the load never does, and is counted as not begun.
"""

from collections.abc import Callable
from typing import Final, Protocol, final

# The last operations of an open loop are due just before the end.
GRACE_NS: Final = 50_000_000


class Pace(Protocol):
    """Says when a connection may begin its next operation."""

    def take(self) -> int | None:
        """Return when the operation to begin now was due, in ns; None where none is due."""

    def finished(self) -> bool:
        """Whether no operation will be due any more."""

    def not_begun(self) -> int:
        """How many operations that were due found no free connection before the end."""


@final
class ClosedLoop:
    """An operation is due whenever a connection is free, until the end."""

    def __init__(self, clock_ns: Callable[[], int], start_ns: int, length_ns: int) -> None:
        self._clock_ns: Final = clock_ns
        self._end_ns: Final = start_ns + length_ns

    def take(self) -> int | None:
        now_ns = self._clock_ns()
        return now_ns if now_ns < self._end_ns else None

    def finished(self) -> bool:
        return self._clock_ns() >= self._end_ns

    def not_begun(self) -> int:
        return 0


@final
class OpenLoop:
    """Operation i is due at start + i/rate, until the end."""

    def __init__(
        self, clock_ns: Callable[[], int], start_ns: int, length_ns: int, rate: int
    ) -> None:
        self._clock_ns: Final = clock_ns
        self._start_ns: Final = start_ns
        self._rate: Final = rate
        self._end_ns: Final = start_ns + length_ns + GRACE_NS
        self._operations: Final = rate * length_ns // 1_000_000_000
        self._taken = 0

    def take(self) -> int | None:
        if self.finished():
            return None
        due_ns = self._start_ns + self._taken * 1_000_000_000 // self._rate
        if due_ns > self._clock_ns():
            return None
        self._taken += 1
        return due_ns

    def finished(self) -> bool:
        return self._taken >= self._operations or self._clock_ns() >= self._end_ns

    def not_begun(self) -> int:
        return self._operations - self._taken
