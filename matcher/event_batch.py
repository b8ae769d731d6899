"""The events of commands as messages, for who reads them rather than sends them on.

The engine packs its events (`matcher/core/events.py`), and on their way nobody looks into them.
Tools and tests do.
"""

from matcher.core.events import LEVEL_NUMBERS, Events
from matcher.history_entry import history_entry
from proto.codec import decode_event_batch
from proto.events import EventBatch, LevelChange


def event_batch(events: Events) -> EventBatch:
    """Return the events, changes of books included. Complexity: O(events)."""
    batch = decode_event_batch(history_entry([events]))
    numbers = list(events.level_changes)
    batch.level_changes = [
        LevelChange(*numbers[start : start + LEVEL_NUMBERS])
        for start in range(0, len(numbers), LEVEL_NUMBERS)
    ]
    return batch
