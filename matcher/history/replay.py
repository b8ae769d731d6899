"""An engine on its way through a journal that may still be written.

It stands between two commands, and goes on from there when it is asked for what follows. Where
the journal ends for now, it looks again when more is wanted: what is asked for is on disk by then.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple, final

from matcher.core.engine import Engine
from matcher.journal.format import JournalError, Record
from matcher.journal.reader import JournalReader
from matcher.sequencer import new_batch
from proto.codec import DecodeError, decode_command_frame
from proto.commands import Command
from proto.events import EventBatch
from proto.limits import HISTORY_COMMANDS_MAX, HISTORY_EVENTS_MAX


class _Step(NamedTuple):
    """A command as it was applied first."""

    epoch: int
    timestamp_ns: int
    command: Command


@final
class Replay:
    """Makes the events of consecutive commands again."""

    def __init__(self, engine: Engine, reader: JournalReader) -> None:
        """Begin.

        Args:
            engine: Has applied everything before the reader's position.
            reader: Of a live journal.
        """
        self._engine: Final = engine
        self._reader: Final = reader
        self._steps: Iterator[_Step] = iter(())
        self._ahead: _Step | None = None

    @property
    def next_sequence(self) -> int:
        """Sequence of the command whose events come next."""
        return self._engine.sequence + 1

    def skip(self, first_sequence: int, commands: int) -> bool:
        """Go on to a sequence, by as many commands as given at most.

        Returns:
            Whether it is reached.

        Raises:
            JournalError: If the journal is damaged, or does not reach there.
        """
        forgotten = new_batch(self._engine.shard, 0, self.next_sequence)
        for _ in range(min(commands, first_sequence - self.next_sequence)):
            self._apply(forgotten)
        return self.next_sequence == first_sequence

    def events(self, last_sequence: int) -> EventBatch:
        """Make the events of the next command and of as many that follow as an answer holds.

        Args:
            last_sequence: The last command to apply; not before the next one.

        Raises:
            JournalError: If the journal is damaged, or does not reach there.
        """
        assert last_sequence >= self.next_sequence
        batch = new_batch(self._engine.shard, self._next().epoch, self.next_sequence)
        while True:
            self._apply(batch)
            if (
                batch.last_sequence == last_sequence
                or _is_full(batch)
                or self._next().epoch != batch.epoch
            ):
                # A book is not history.
                batch.level_changes = []
                return batch

    def _apply(self, batch: EventBatch) -> None:
        step, self._ahead = self._next(), None
        batch.last_sequence += 1
        batch.timestamp_ns = step.timestamp_ns
        self._engine.apply(step.command, batch.last_sequence, step.timestamp_ns, batch)

    def _next(self) -> _Step:
        """Look at the next command, and leave it where it is."""
        if self._ahead is None:
            self._ahead = next(self._steps, None)
        if self._ahead is None:
            self._steps = self._read()
            self._ahead = next(self._steps, None)
        if self._ahead is None:
            raise JournalError(
                f"the journal ends at sequence {self._engine.sequence}, and what follows is wanted"
            )
        return self._ahead

    def _read(self) -> Iterator[_Step]:
        """Yield what follows, up to where the journal ends for now."""
        for record in self._reader.records():
            yield from _steps_of(record)


def _steps_of(record: Record) -> Iterator[_Step]:
    commands = 0
    for entry in record.entries:
        try:
            frame = decode_command_frame(entry.frame)
        except DecodeError as error:
            raise JournalError(
                f"a frame of the record at sequence {record.first_sequence} does not decode: "
                f"{error}. Was the journal written by a newer version?"
            ) from error
        commands += len(frame.commands)
        for command in frame.commands:
            yield _Step(record.epoch, entry.timestamp_ns, command)
    if commands != record.commands:
        raise JournalError(
            f"the record at sequence {record.first_sequence} claims {record.commands} commands "
            f"and holds {commands}"
        )


def _is_full(batch: EventBatch) -> bool:
    commands = batch.last_sequence - batch.first_sequence + 1
    events = len(batch.reports) + len(batch.trades) + len(batch.balance_changes)
    return commands >= HISTORY_COMMANDS_MAX or events >= HISTORY_EVENTS_MAX
