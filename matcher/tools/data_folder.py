"""The data folder of a matcher, opened for reading: its journal, its snapshots, who writes."""

import os
from pathlib import Path
from typing import Final, final

from matcher.core.engine import Engine
from matcher.journal.archive import JournalWithArchive
from matcher.journal.disk import FolderDisk, ReadableDisk
from matcher.journal.format import BEGINNING, JournalError, Position, segment_names
from matcher.journal.reader import JournalReader
from matcher.journal.segments import open_segment
from matcher.snapshots.folder import Snapshot, SnapshotFolder
from matcher.tools.replay import Replay

# proc_locks(5): number, kind, mode, access, process, device:inode, range.
_LOCKS: Final = Path("/proc/locks")
_LOCK_KIND: Final = 1
_LOCK_FILE: Final = 5


@final
class DataFolder:
    """A data folder.

    Attributes:
        path: Where it is.
        journal: The journal, archive included.
        shard: Whose journal it is.
    """

    def __init__(self, path: Path, shard: int) -> None:
        """Open it.

        Raises:
            JournalError: If there is no journal in it.
        """
        self.path: Final = path
        self.shard: Final = shard
        folder = path / "journal"
        if not folder.is_dir():
            raise JournalError(
                f"there is no journal in {path}. Name the data folder with --data-dir, or with "
                "TICKMESH_DATA_DIR."
            )
        self.journal: Final = _with_archive(folder)
        self._lock: Final = folder / "lock"
        self._snapshots: Final = path / "snapshots"

    def is_written(self) -> bool:
        """Tell whether a matcher has the journal locked, without touching the lock.

        To try the lock would keep a matcher away that starts at this moment.
        """
        try:
            inode = os.stat(self._lock).st_ino
            locks = _LOCKS.read_text(encoding="ascii")
        except OSError:
            return False
        held = (line.split() for line in locks.splitlines())
        return any(
            words[_LOCK_KIND] == "FLOCK" and words[_LOCK_FILE].endswith(f":{inode}")
            for words in held
            if len(words) > _LOCK_FILE
        )

    def segments(self) -> list[str]:
        """List the segments of the journal, in order."""
        return segment_names(self.journal.names())

    def first_position(self) -> Position:
        """Return the place where what is there of the journal begins.

        Raises:
            JournalError: If its first segment is damaged.
        """
        names = self.segments()
        if not names:
            return BEGINNING
        return open_segment(self.journal, self.shard, names[0]).header.position

    def reader(self, after: Position, *, follows: bool = False) -> JournalReader:
        """Read the journal from a place on.

        Args:
            after: The place.
            follows: Whether to go on with what a matcher will write, even if none runs now.
        """
        return JournalReader(self.journal, self.shard, after, live=follows or self.is_written())

    def snapshot_sequences(self) -> list[int]:
        """List the sequences that there are snapshots of, good or bad, in order."""
        folder = self._snapshot_folder()
        return [] if folder is None else folder.sequences()

    def newest_snapshot(
        self, at_most: int | None = None, *, verify: bool = False
    ) -> Snapshot | None:
        """Read the newest good snapshot; see `SnapshotFolder.newest`."""
        folder = self._snapshot_folder()
        return None if folder is None else folder.newest(at_most, verify=verify)

    def earliest_replay(self) -> Replay:
        """Begin a replay as far back as what is there allows.

        Raises:
            JournalError: If the journal's beginning is gone, and no snapshot stands for it.
        """
        first = self.first_position()
        if first == BEGINNING:
            return Replay(self.journal, self.shard, Engine(self.shard), BEGINNING, 0)
        for sequence in self.snapshot_sequences():
            if sequence < first.sequence:
                continue
            snapshot = self.newest_snapshot(at_most=sequence)
            if snapshot is not None and snapshot.position.sequence == sequence:
                return replay_from(self, snapshot)
        raise JournalError(
            f"the journal in {self.journal} begins behind sequence {first.sequence}, and there is "
            "no good snapshot from there on. Bring the segments before it back."
        )

    def _snapshot_folder(self) -> SnapshotFolder | None:
        if not self._snapshots.is_dir():
            return None
        return SnapshotFolder(FolderDisk(self._snapshots), self.shard)


def _with_archive(folder: Path) -> ReadableDisk:
    journal = FolderDisk(folder)
    archive = folder / "archive"
    return JournalWithArchive(journal, FolderDisk(archive)) if archive.is_dir() else journal


def replay_from(folder: DataFolder, snapshot: Snapshot) -> Replay:
    """Begin a replay where a snapshot was taken; the snapshot's engine is the replay's then."""
    return Replay(folder.journal, folder.shard, snapshot.engine, snapshot.position, snapshot.epoch)
