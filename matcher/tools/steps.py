"""A command of the journal and what it does to an engine, for tools that look at each.

Recovery applies whole records; tools stop at any sequence, and need the reply too.
"""

from typing import NamedTuple

from matcher.core.engine import Engine
from matcher.core.events import Events
from matcher.event_batch import event_batch
from matcher.replaying import JournaledCommand
from proto.codec import decode_reply
from proto.events import EventBatch
from proto.replies import Reply


class Step(NamedTuple):
    """A command that was applied.

    Attributes:
        journaled: The command.
        reply: What its sender was told.
        events: What it did.
    """

    journaled: JournaledCommand
    reply: Reply
    events: EventBatch


def apply_command(engine: Engine, journaled: JournaledCommand) -> Step:
    """Apply the next command; see `Engine.apply` for what it costs."""
    events = Events(engine.shard, journaled.epoch, journaled.sequence)
    events.last_sequence = journaled.sequence
    events.timestamp_ns = journaled.timestamp_ns
    reply = engine.apply(journaled.command, journaled.sequence, journaled.timestamp_ns, events)
    return Step(journaled, decode_reply(reply), event_batch(events))
