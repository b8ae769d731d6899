"""The process that makes events of the past again, beside a matcher that writes the journal."""

from typing import Final, final

from matcher.core.engine import Engine
from matcher.history.replay import Replay
from matcher.journal.format import JournalError
from matcher.journal.reader import JournalReader
from proto.codec import encode
from tests.simulation.disk import SimulatedDisk
from tests.simulation.truth import SHARD


@final
class Past:
    """One such process; it goes on where it is when it is asked for what follows."""

    def __init__(self, disk: SimulatedDisk) -> None:
        self._folder: Final = disk.mount().folder("journal")
        self._replay: Replay | None = None

    def events(self, first_sequence: int, last_sequence: int) -> bytes:
        """Make events again; nothing where that cannot be done now."""
        replay = self._replay
        if replay is None or replay.next_sequence > first_sequence:
            reader = JournalReader(self._folder, SHARD, live=True)
            replay = self._replay = Replay(Engine(SHARD), reader)
        try:
            replay.skip(first_sequence, first_sequence)
            return encode(replay.events(last_sequence))
        except JournalError:
            # The process ends and says why; whoever asks again gets another one.
            self._replay = None
            return b""
