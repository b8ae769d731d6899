"""Opens segments, of whichever version they are."""

from matcher.journal.disk import ReadableDisk
from matcher.journal.format import SECTOR, JournalError, damaged, first_sequence_of
from matcher.journal.segment import Segment
from matcher.journal.segment_header import read_header
from matcher.journal.version_1 import Version1Segment

AnySegment = Segment | Version1Segment


def open_segment(disk: ReadableDisk, shard: int, name: str) -> AnySegment:
    """Read a segment's header.

    Raises:
        JournalError: If it is damaged, under another's name, or of another shard.
        OSError: If it cannot be read.
    """
    place = f"{disk}/{name}"
    header = read_header(place, disk.read(name, 0, SECTOR))
    if header.shard != shard:
        raise JournalError(f"{place}: belongs to shard {header.shard}, this is shard {shard}")
    first_sequence = header.position.sequence + 1
    if first_sequence != first_sequence_of(name):
        raise damaged(place, 0, f"it is the segment of sequence {first_sequence}, renamed")
    if header.version == 1:
        return Version1Segment(disk, name, header)
    return Segment(disk, name, header)
