"""Takes segments that recovery no longer needs out of the journal's folder, and finds them again.

A segment may go when the next one begins at or before what a recovery replays first. It is moved to
an archive, or removed. To move is to copy: under another name until the copy is on disk, and the
original is removed after that. A crash in between leaves a segment in both folders, or an
unfinished copy, and the next time all is done again. The oldest goes first, so that what is
left has no gap.

`JournalWithArchive` reads both folders as one.
"""

from itertools import pairwise
from typing import Final, final

from matcher.journal.disk import Disk, ReadableDisk
from matcher.journal.format import first_sequence_of, segment_names

# A commit that comes in between waits for the disk to take this much.
_PIECE_BYTES: Final = 1 << 20
_UNFINISHED: Final = ".new"


def retire_segments(disk: Disk, archive: Disk | None, sequence: int) -> list[str]:
    """Move or remove every segment that holds nothing behind a sequence.

    Args:
        disk: The journal's folder.
        archive: Where they go; None to remove them.
        sequence: What the oldest snapshot that is kept holds; a recovery replays from the next on.

    Returns:
        Names of the segments that went, oldest first.

    Raises:
        OSError: If a disk does not do it; nothing is lost then.

    Complexity: O(bytes moved).
    """
    names = segment_names(disk.names())
    # The last segment stays: the writer has it open.
    retired = [
        name for name, successor in pairwise(names) if first_sequence_of(successor) <= sequence + 1
    ]
    for name in retired:
        if archive is not None:
            _copy(disk, archive, name)
        disk.remove(name)
    if retired:
        disk.sync_folder()
    return retired


def _copy(disk: Disk, archive: Disk, name: str) -> None:
    unfinished = f"{name}{_UNFINISHED}"
    archive.create(unfinished, 0)
    file = archive.open(unfinished)
    try:
        for offset in range(0, disk.length(name), _PIECE_BYTES):
            file.write(offset, disk.read(name, offset, _PIECE_BYTES))
            file.sync()
    finally:
        file.close()
    archive.rename(unfinished, name)
    archive.sync_folder()


@final
class JournalWithArchive:
    """A journal's folder and its archive as one folder to read (`ReadableDisk`)."""

    def __init__(self, journal: ReadableDisk, archive: ReadableDisk) -> None:
        """Read from both; a segment that is in both, from the journal."""
        self._journal: Final = journal
        self._archive: Final = archive

    def __str__(self) -> str:  # type: ignore[explicit-override]
        return f"{self._journal} or {self._archive}"

    def names(self) -> list[str]:
        """See `ReadableDisk`."""
        # In this order a segment that is moved meanwhile is found in one of them.
        names = self._journal.names()
        return list({*names, *self._archive.names()})

    def length(self, name: str) -> int:
        """See `ReadableDisk`."""
        try:
            return self._journal.length(name)
        except FileNotFoundError:
            return self._archive.length(name)

    def read(self, name: str, offset: int = 0, length: int | None = None) -> bytes:
        """See `ReadableDisk`."""
        try:
            return self._journal.read(name, offset, length)
        except FileNotFoundError:
            return self._archive.read(name, offset, length)
