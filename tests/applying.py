"""Applies commands to an engine, and reads what it packs.

The engine's output is bytes. Whoever looks at it in a test gets messages; on the way all of it is
held against the codec: value by value, the bytes say what the codec would make of the message.
"""

import msgspec
from msgspec import Struct

from matcher.core.engine import Engine
from matcher.core.events import Events
from matcher.event_batch import event_batch
from matcher.history_entry import history_entry
from proto.codec import decode_event_batch, decode_reply, encode
from proto.commands import Command
from proto.events import EventBatch
from proto.queries import StateQuery
from proto.replies import Reply


def apply_to(
    engine: Engine, timestamp_ns: int, command: Command, epoch: int = 1
) -> tuple[Reply, EventBatch]:
    """Apply a command in a batch of its own; return the reply and what happened."""
    events = Events(engine.shard, epoch, engine.sequence + 1)
    reply = apply_behind(engine, timestamp_ns, command, events)
    return reply, batch_of(events)


def apply_behind(engine: Engine, timestamp_ns: int, command: Command, events: Events) -> Reply:
    """Apply a command in a batch that may have had others; return the reply."""
    events.last_sequence = engine.sequence + 1
    events.timestamp_ns = timestamp_ns
    return reply_of(engine.apply(command, events.last_sequence, timestamp_ns, events))


def answer_of(engine: Engine, query: StateQuery, timestamp_ns: int) -> Reply:
    """Ask an engine."""
    return reply_of(engine.answer(query, timestamp_ns))


def reply_of(data: bytes) -> Reply:
    """Read a packed reply."""
    reply = decode_reply(data)
    assert_packed(data, reply)
    return reply


def batch_of(events: Events) -> EventBatch:
    """Read packed events, changes of books included."""
    entry = history_entry([events])
    assert_packed(entry, decode_event_batch(entry))
    return event_batch(events)


def assert_packed(data: bytes, message: Struct) -> None:
    """Assert that bytes say all that a message says, and nothing besides.

    A decoder does not see to that: it passes over what a newer program might have added.
    """
    values: object = msgspec.msgpack.decode(data)
    assert values == msgspec.msgpack.decode(encode(message))
