"""Where a replay can begin: at the newest snapshot that lies early enough, or at the beginning."""

from typing import Final, final

from matcher.core.engine import Engine
from matcher.history.replay import Replay
from matcher.journal.archive import JournalWithArchive
from matcher.journal.disk import ReadableDisk
from matcher.journal.format import BEGINNING
from matcher.journal.reader import JournalReader
from matcher.snapshots.folder import SnapshotFolder


@final
class Origins:
    """The journal and the snapshots of a matcher that runs."""

    def __init__(
        self, shard: int, journal: ReadableDisk, archive: ReadableDisk, snapshots: SnapshotFolder
    ) -> None:
        """Read from folders, and never write to them."""
        self._journal: Final = JournalWithArchive(journal, archive)
        self._snapshots: Final = snapshots
        self._shard: Final = shard

    def any_between(self, next_sequence: int, first_sequence: int) -> bool:
        """Tell whether a snapshot is nearer to a sequence than a replay that stands before it.

        Args:
            next_sequence: Where the replay stands.
            first_sequence: Where it is to go.
        """
        return any(
            next_sequence <= sequence < first_sequence for sequence in self._snapshots.sequences()
        )

    def begin(self, first_sequence: int) -> Replay:
        """Begin a replay, at a sequence or before it."""
        snapshot = None
        if self.any_between(1, first_sequence):
            snapshot = self._snapshots.newest(first_sequence - 1)
        if snapshot is None:
            return Replay(
                Engine(self._shard), JournalReader(self._journal, self._shard, BEGINNING, live=True)
            )
        return Replay(
            snapshot.engine,
            JournalReader(self._journal, self._shard, snapshot.position, live=True),
        )
