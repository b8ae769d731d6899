"""A record taken apart: its commands one by one, and what each does to an engine.

Recovery applies whole records (`matcher.recovery`); tools look at each command, stop at any
sequence, and need the reply too. Both run the same decoder and the same engine, so both see the
same history.
"""

from collections.abc import Iterator
from typing import NamedTuple

from matcher.core.engine import Engine
from matcher.journal.format import JournalError, Record
from matcher.sequencer import new_batch
from proto.codec import DecodeError, decode_command_frame
from proto.commands import Command
from proto.events import EventBatch
from proto.replies import Reply


class JournaledCommand(NamedTuple):
    """A command with the place that the matcher gave it.

    Attributes:
        sequence: Its sequence.
        timestamp_ns: Engine time that it was stamped with.
        epoch: Epoch of the matcher that stamped it.
        command: The command.
    """

    sequence: int
    timestamp_ns: int
    epoch: int
    command: Command


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


def commands_of(record: Record) -> Iterator[JournaledCommand]:
    """Yield the commands of a record in order.

    Raises:
        JournalError: If a frame in it is not one of commands, or their number is not the
            record's.
    """
    sequence = record.first_sequence - 1
    for entry in record.entries:
        try:
            frame = decode_command_frame(entry.frame)
        except DecodeError as error:
            raise JournalError(
                f"a frame near sequence {sequence + 1} does not decode: {error}. Was the journal "
                "written by a newer version?"
            ) from error
        for command in frame.commands:
            sequence += 1
            yield JournaledCommand(sequence, entry.timestamp_ns, record.epoch, command)
    held = sequence - record.first_sequence + 1
    if held != record.commands:
        raise JournalError(
            f"the record at sequence {record.first_sequence} claims {record.commands} commands "
            f"and holds {held}"
        )


def apply_command(engine: Engine, journaled: JournaledCommand) -> Step:
    """Apply the next command; see `Engine.apply` for what it costs."""
    events = new_batch(engine.shard, journaled.epoch, journaled.sequence)
    events.last_sequence = journaled.sequence
    events.timestamp_ns = journaled.timestamp_ns
    reply = engine.apply(journaled.command, journaled.sequence, journaled.timestamp_ns, events)
    return Step(journaled, reply, events)
