"""Which of its command's events an event is.

A command makes several events of one kind. The first has ordinal 1, and the count goes over all
users and orders. So sequence and ordinal name an event, and they are the same in a message, in the
database and after a replay.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar


class _Event(Protocol):
    @property
    def sequence(self) -> int: ...


EventT = TypeVar("EventT", bound=_Event)


def numbered(events: Iterable[EventT]) -> Iterator[tuple[int, EventT]]:
    """Count the events of each command from 1.

    Args:
        events: Whole commands, in order.
    """
    sequence = ordinal = 0
    for event in events:
        if event.sequence != sequence:
            sequence, ordinal = event.sequence, 0
        ordinal += 1
        yield ordinal, event
