"""Takes journal records apart into commands, and applies them again.

One decoder and one engine for whoever replays: a start, the process that makes history again, the
tools, the simulation. So all of them see the same history.
"""

from collections.abc import Iterator
from typing import NamedTuple

from matcher.core.engine import Engine
from matcher.core.events import Events
from matcher.journal.format import JournalError, Record
from proto.codec import DecodeError, decode_command_frame
from proto.commands import Command


class JournaledCommand(NamedTuple):
    """A command with the place that a matcher gave it.

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


def replay(engine: Engine, record: Record) -> Events:
    """Apply one record.

    Returns:
        The events that it made when it was first applied.

    Raises:
        JournalError: If a frame in it is not one of commands, or their number is not the
            record's.
    """
    batch = Events(engine.shard, record.epoch, record.first_sequence)
    for timestamp_ns, commands in _frames_of(record):
        engine.apply_all(commands, timestamp_ns, batch)
    return batch


def commands_of(record: Record) -> Iterator[JournaledCommand]:
    """Yield the commands of a record in order.

    Raises:
        JournalError: As `replay`.
    """
    sequence = record.first_sequence - 1
    for timestamp_ns, commands in _frames_of(record):
        for command in commands:
            sequence += 1
            yield JournaledCommand(sequence, timestamp_ns, record.epoch, command)


def _frames_of(record: Record) -> Iterator[tuple[int, list[Command]]]:
    """Yield time and commands of each frame; at the end, hold their number against the record's."""
    held = 0
    for entry in record.entries:
        try:
            commands = decode_command_frame(entry.frame).commands
        except DecodeError as error:
            raise JournalError(
                f"a frame near sequence {record.first_sequence + held} does not decode: {error}. "
                "Was the journal written by a newer version?"
            ) from error
        held += len(commands)
        yield entry.timestamp_ns, commands
    if held != record.commands:
        raise JournalError(
            f"the record at sequence {record.first_sequence} claims {record.commands} commands "
            f"and holds {held}"
        )
