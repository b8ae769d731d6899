"""An engine that follows a journal, command by command, as far as it is asked to.

It may be asked again later, while a matcher writes: it goes on behind the last record that it has
read, and stops in the middle of a record where the sequence that it is to reach is there.
"""

from collections.abc import Iterator
from typing import Final, final

from matcher.core.engine import Engine
from matcher.journal.disk import ReadableDisk
from matcher.journal.format import JournalError, Position
from matcher.journal.reader import JournalReader
from matcher.replaying import JournaledCommand, commands_of
from matcher.tools.catalog import Catalog
from matcher.tools.steps import Step, apply_command
from proto.codec import decode_reply
from proto.queries import MarketsQuery
from proto.replies import MarketsReply


@final
class Replay:
    """A replay.

    Attributes:
        engine: The engine, as it is after the last step.
        catalog: Assets and markets that the engine has.
        epoch: Epoch of the last command applied; 0 before the first.
    """

    def __init__(
        self, disk: ReadableDisk, shard: int, engine: Engine, position: Position, epoch: int
    ) -> None:
        """Begin behind a position.

        Args:
            disk: Folder of the journal.
            shard: Whose journal it is.
            engine: In the state that it had at the position.
            position: Where a record ends.
            epoch: Epoch of that record; 0 at the beginning.
        """
        self.engine: Final = engine
        self.catalog: Final = Catalog()
        self.epoch = epoch
        self._disk: Final = disk
        self._reader: Final = JournalReader(disk, shard, position, live=True)
        self._commands: Iterator[JournaledCommand] = iter(())
        answer = decode_reply(engine.answer(MarketsQuery(0), engine.timestamp_ns))
        assert isinstance(answer, MarketsReply)
        self.catalog.learn_all(answer)

    def steps(self, last_sequence: int) -> Iterator[Step]:
        """Apply commands up to a sequence, or to the present end of the journal.

        Raises:
            JournalError: If the journal is damaged, or a record holds what is no command.
        """
        while self.engine.sequence < last_sequence:
            journaled = next(self._commands, None)
            if journaled is None:
                self._commands = self._read()
                journaled = next(self._commands, None)
                if journaled is None:
                    return
            self.catalog.learn(journaled.command)
            self.epoch = journaled.epoch
            yield apply_command(self.engine, journaled)

    def reach(self, last_sequence: int) -> None:
        """Apply commands up to a sequence that is known to be in the journal.

        Raises:
            JournalError: As `steps`; also if the journal ends before.
        """
        for _ in self.steps(last_sequence):
            continue
        if self.engine.sequence < last_sequence:
            raise JournalError(
                f"{self._disk}: the journal ends at sequence {self.engine.sequence}, and the "
                f"matcher has shown {last_sequence}: acknowledged commands are missing"
            )

    def _read(self) -> Iterator[JournaledCommand]:
        for record in self._reader.records():
            yield from commands_of(record)
