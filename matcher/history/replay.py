"""An engine on its way through a journal that may still be written.

It stands between two commands, and goes on from there when it is asked for what follows. Where
the journal ends for now, it looks again when more is wanted: what is asked for is on disk by then.
"""

from collections.abc import Iterator
from typing import Final, final

from matcher.core.engine import Engine
from matcher.core.events import Events
from matcher.journal.format import JournalError
from matcher.journal.reader import JournalReader
from matcher.replaying import JournaledCommand, commands_of
from proto.limits import HISTORY_COMMANDS_MAX, HISTORY_EVENTS_MAX


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
        self._commands: Iterator[JournaledCommand] = iter(())
        self._ahead: JournaledCommand | None = None

    def close(self) -> None:
        """Let go of the engine."""
        self._engine.close()

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
        forgotten = Events(self._engine.shard, 0, self.next_sequence)
        for _ in range(min(commands, first_sequence - self.next_sequence)):
            self._apply(forgotten)
        return self.next_sequence == first_sequence

    def events(self, last_sequence: int) -> Events:
        """Make the events of the next command and of as many that follow as an answer holds.

        Args:
            last_sequence: The last command to apply; not before the next one.

        Raises:
            JournalError: If the journal is damaged, or does not reach there.
        """
        assert last_sequence >= self.next_sequence
        batch = Events(self._engine.shard, self._next().epoch, self.next_sequence)
        while True:
            self._apply(batch)
            if (
                batch.last_sequence == last_sequence
                or _is_full(batch)
                or self._next().epoch != batch.epoch
            ):
                return batch

    def _apply(self, batch: Events) -> None:
        journaled, self._ahead = self._next(), None
        batch.last_sequence += 1
        batch.timestamp_ns = journaled.timestamp_ns
        self._engine.apply(journaled.command, batch.last_sequence, journaled.timestamp_ns, batch)

    def _next(self) -> JournaledCommand:
        """Look at the next command, and leave it where it is."""
        if self._ahead is None:
            self._ahead = next(self._commands, None)
        if self._ahead is None:
            self._commands = self._read()
            self._ahead = next(self._commands, None)
        if self._ahead is None:
            raise JournalError(
                f"the journal ends at sequence {self._engine.sequence}, and what follows is wanted"
            )
        return self._ahead

    def _read(self) -> Iterator[JournaledCommand]:
        """Yield what follows, up to where the journal ends for now."""
        for record in self._reader.records():
            yield from commands_of(record)


def _is_full(batch: Events) -> bool:
    return batch.commands() >= HISTORY_COMMANDS_MAX or batch.count() >= HISTORY_EVENTS_MAX
