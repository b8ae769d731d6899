"""What happened to one user and is not written yet, in order. Pure.

Messages are kept as they came. The events of one are put in order as they are taken, so a message
of tens of thousands costs next to nothing until somebody reads it.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from operator import attrgetter
from typing import Final, final

from proto.events import BalanceChange, ExecutionReport
from proto.market_data import UserMessage

Event = ExecutionReport | BalanceChange


@final
class UserQueue:
    """The events that wait.

    Attributes:
        length: How many wait, with those that will be left out since they were told before.
        last_sequence: The last command that was taken in; 0 lets any follow.
    """

    __slots__ = ("_messages", "last_sequence", "length")

    def __init__(self) -> None:
        self.length = 0
        self.last_sequence = 0
        # The events of each message that are left, and the last command that came before it.
        self._messages: Final[deque[tuple[Iterator[Event], int]]] = deque()

    def add(self, message: UserMessage) -> None:
        """Take a message in; what is at or below the last sequence will be left out. O(1)."""
        self._messages.append((_in_order(message), self.last_sequence))
        self.length += count(message)
        for events in (message.reports, message.balance_changes):
            if events:
                self.last_sequence = max(self.last_sequence, events[-1].sequence)

    def take(self, events_max: int) -> list[Event]:
        """Take the next events out, at most so many. O(events_max)."""
        taken: list[Event] = []
        looked_at = 0
        while self._messages and looked_at < events_max:
            events, told = self._messages[0]
            portion = list(islice(events, events_max - looked_at))
            if not portion:
                self._messages.popleft()
                continue
            looked_at += len(portion)
            taken.extend(event for event in portion if event.sequence > told)
        self.length -= looked_at
        return taken

    def clear(self) -> None:
        """Drop what waits."""
        self._messages.clear()
        self.length = 0


def count(message: UserMessage) -> int:
    """Count the events of a message."""
    return len(message.reports) + len(message.balance_changes)


def _in_order(message: UserMessage) -> Iterator[Event]:
    """Yield command by command what happened: to orders first, then to balances."""
    sources: tuple[Iterable[Event], Iterable[Event]] = (message.reports, message.balance_changes)
    return merge(*sources, key=attrgetter("sequence"))
