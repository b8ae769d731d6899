"""The process that makes events of the past again, beside a matcher that writes the journal."""

from typing import Final, final

from matcher.core.engine import Engine
from matcher.history.replay import Replay
from matcher.journal.archive import JournalWithArchive
from matcher.journal.format import BEGINNING, JournalError
from matcher.journal.reader import JournalReader
from matcher.snapshots.folder import SnapshotFolder
from proto.codec import encode
from tests.simulation.disk import SimulatedDisk
from tests.simulation.folders import ARCHIVE, JOURNAL, SNAPSHOTS
from tests.simulation.truth import SHARD


@final
class Past:
    """One such process; it goes on where it is when it is asked for what follows."""

    def __init__(self, disk: SimulatedDisk) -> None:
        mount = disk.mount()
        self._journal: Final = JournalWithArchive(mount.folder(JOURNAL), mount.folder(ARCHIVE))
        self._snapshots: Final = SnapshotFolder(mount.folder(SNAPSHOTS), SHARD)
        self._replay: Replay | None = None

    def events(self, first_sequence: int, last_sequence: int) -> bytes:
        """Make events again; nothing where that cannot be done now."""
        replay = self._replay
        if replay is None or replay.next_sequence > first_sequence:
            replay = self._replay = self._begin(first_sequence)
        try:
            replay.skip(first_sequence, first_sequence)
            return encode(replay.events(last_sequence))
        except JournalError:
            # The process ends and says why; whoever asks again gets another one.
            self._replay = None
            return b""

    def _begin(self, first_sequence: int) -> Replay:
        snapshot = self._snapshots.newest(first_sequence - 1)
        engine = Engine(SHARD) if snapshot is None else snapshot.engine
        position = BEGINNING if snapshot is None else snapshot.position
        return Replay(engine, JournalReader(self._journal, SHARD, position, live=True))
