"""The events of commands as messages, for who reads them rather than sends them on.

The engine packs its events (`matcher/core/events.py`), and on their way nobody looks into them.
Tools and tests do.
"""

import struct
from typing import Final

from matcher.core.events import LEVEL_CHANGE, Events
from matcher.history_entry import history_entry
from proto.codec import decode_event_batch
from proto.events import EventBatch, LevelChange

_CHANGE: Final = struct.Struct("<qqqqq")
assert _CHANGE.size == LEVEL_CHANGE


def event_batch(events: Events) -> EventBatch:
    """Return the events, changes of books included. Complexity: O(events)."""
    batch = decode_event_batch(history_entry([events]))
    changes = events.level_changes.getvalue()
    batch.level_changes = [LevelChange(*numbers) for numbers in _CHANGE.iter_unpack(changes)]
    return batch
