"""The process that makes events of the past again, beside a matcher that writes the journal."""

from typing import Final, final

from matcher.history.origins import Origins
from matcher.history.replay import Replay
from matcher.history_entry import history_entry
from matcher.journal.format import JournalError
from matcher.snapshots.folder import SnapshotFolder
from tests.simulation.disk import SimulatedDisk
from tests.simulation.folders import ARCHIVE, JOURNAL, SNAPSHOTS
from tests.simulation.truth import SHARD


@final
class Past:
    """One such process; it goes on where it is when it is asked for what follows."""

    def __init__(self, disk: SimulatedDisk) -> None:
        mount = disk.mount()
        snapshots = SnapshotFolder(mount.folder(SNAPSHOTS), SHARD)
        self._origins: Final = Origins(
            SHARD, mount.folder(JOURNAL), mount.folder(ARCHIVE), snapshots
        )
        self._replay: Replay | None = None

    def events(self, first_sequence: int, last_sequence: int) -> bytes:
        """Make events again; nothing where that cannot be done now."""
        replay = self._replay
        if (
            replay is None
            or replay.next_sequence > first_sequence
            or self._origins.any_between(replay.next_sequence, first_sequence)
        ):
            replay = self._replay = self._origins.begin(first_sequence)
        try:
            replay.skip(first_sequence, first_sequence)
            return history_entry([replay.events(last_sequence)])
        except JournalError:
            # The process ends and says why; whoever asks again gets another one.
            self._replay = None
            return b""
