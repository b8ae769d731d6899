"""The recent events of one subject, a market or a user, and how far back they are known. Pure.

Theory of operation
-------------------
Each event has a mark, and marks rise from event to event. Everything above `floor` and up to `end`
is here; what is older has dropped out, and only the database has it.

    UNKNOWN --load: floor = end = what it is told--> KNOWN --break--> UNKNOWN
                                                   append: end rises; past a bound so does floor

Where something may have been lost, what comes next cannot be known to join what is here: the
timeline breaks, and forgets its events. Its end stays, since that is where those stand who have
been told everything; from there they have to get what was lost. `load` tells where it goes on.
"""

from collections import deque
from typing import Final, Generic, TypeVar, final

from feed.source import NOTHING

EventT = TypeVar("EventT")


@final
class Timeline(Generic[EventT]):
    """Events in order, the latest of them.

    Attributes:
        floor: Everything above it is here; None while that is not known.
        end: Mark of the last event, or where the timeline begins; NOTHING before it first does.
    """

    __slots__ = ("_events", "_most", "end", "floor")

    def __init__(self, most: int) -> None:
        """Begin unknown.

        Args:
            most: How many events to remember.
        """
        self.floor: int | None = None
        self.end: int = NOTHING
        self._most: Final = most
        self._events: Final[deque[tuple[int, EventT]]] = deque()

    def __len__(self) -> int:
        return len(self._events)

    def load(self, floor: int) -> None:
        """Begin behind a mark: everything above it will be appended, and nothing is here yet."""
        self._events.clear()
        self.floor = self.end = floor

    def break_(self) -> None:
        """Forget the events: some may have been lost."""
        self._events.clear()
        self.floor = None

    def append(self, mark: int, event: EventT) -> bool:
        """Add the event that comes next to a timeline that is known.

        Returns:
            Whether it was new; one that is not above the end was told before.
        """
        assert self.floor is not None
        if mark <= self.end:
            return False
        self._events.append((mark, event))
        self.end = mark
        if len(self._events) > self._most:
            self.forget_oldest()
        return True

    def forget_oldest(self) -> None:
        """Drop the oldest event; there must be one."""
        self.floor, _ = self._events.popleft()

    def since(self, mark: int) -> list[tuple[int, EventT]] | None:
        """Return the events above a mark, oldest first; None where they are not all here.

        Complexity: O(events above the mark).
        """
        if mark >= self.end:
            return []
        if self.floor is None or mark < self.floor:
            return None
        newer = []
        for event in reversed(self._events):
            if event[0] <= mark:
                break
            newer.append(event)
        newer.reverse()
        return newer
