"""The header of a segment: one sector that ties the segment to what comes before it."""

import struct
from typing import Final, final

from crc32c import crc32c

from matcher.journal.format import (
    CHECKSUM,
    HEADER_MAGIC,
    SECTOR,
    VERSION,
    JournalError,
    Position,
    damaged,
)

_START: Final = struct.Struct("<8sHHIQI")
_LENGTH: Final = struct.Struct("<Q")
_CHECKED: Final = SECTOR - CHECKSUM.size
# Version 1 had no length, and its checksum followed at once.
_VERSION_1_LENGTH: Final = _START.size + CHECKSUM.size


@final
class SegmentHeader:
    """What a segment says of itself.

    Attributes:
        version: Version of the format.
        shard: Shard of the matcher that wrote it.
        epoch: Epoch of that matcher, and of every record in it.
        position: The place before its first record.
        file_length: Bytes that the file was made with; 0 in version 1, which grew.
    """

    __slots__ = ("epoch", "file_length", "position", "shard", "version")

    def __init__(
        self, version: int, shard: int, epoch: int, position: Position, file_length: int
    ) -> None:
        self.version: Final = version
        self.shard: Final = shard
        self.epoch: Final = epoch
        self.position: Final = position
        self.file_length: Final = file_length

    @property
    def length(self) -> int:
        """Bytes of the header: where the first record begins."""
        return _VERSION_1_LENGTH if self.version == 1 else SECTOR


def encode_header(shard: int, epoch: int, position: Position, file_length: int) -> bytes:
    """Make the header of a segment that begins at a position."""
    start = _START.pack(
        HEADER_MAGIC, VERSION, shard, epoch, position.sequence + 1, position.checksum
    )
    checked = (start + _LENGTH.pack(file_length)).ljust(_CHECKED, b"\0")
    return checked + CHECKSUM.pack(crc32c(checked))


def read_header(place: str, data: bytes) -> SegmentHeader:
    """Read the header at the beginning of a segment.

    Args:
        place: What to call the segment in errors.
        data: Its first sector, or all of it if it is shorter.

    Raises:
        JournalError: If it is damaged or of an unknown version. A crash cannot leave it like
            that: a segment gets its name only when its header is on disk.
    """
    if len(data) < _VERSION_1_LENGTH:
        raise damaged(place, 0, "the segment's header is not whole")
    magic, version, shard, epoch, first_sequence, previous = _START.unpack_from(data)
    if magic != HEADER_MAGIC:
        raise damaged(place, 0, "this is not a segment of a journal")
    if version not in (1, VERSION):
        raise JournalError(
            f"{place}: a journal of version {version}; this program reads up to {VERSION}. Was it "
            "written by a newer one? Then run that."
        )
    checked = _START.size if version == 1 else _CHECKED
    if (
        len(data) < checked + CHECKSUM.size
        or crc32c(data[:checked]) != CHECKSUM.unpack_from(data, checked)[0]
    ):
        raise damaged(place, 0, "the segment's header is damaged")
    file_length = 0 if version == 1 else _LENGTH.unpack_from(data, _START.size)[0]
    return SegmentHeader(version, shard, epoch, Position(first_sequence - 1, previous), file_length)
