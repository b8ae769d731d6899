"""Records to bytes and back: pure.

A record is checked in two steps: its heading, by the heading's checksum, and its body, by the
heading. A heading that is whole can be believed, its length included.
"""

import struct
from typing import Final, NamedTuple

from crc32c import crc32c

from matcher.journal.format import BLANK, SECTOR, Entry, Position

_MAGIC: Final = b"TMR2"
_START: Final = struct.Struct("<4sI")
_REST: Final = struct.Struct("<IIIIIIQ")
_ENTRY: Final = struct.Struct("<qI")
HEADING_LENGTH: Final = _START.size + _REST.size


class Heading(NamedTuple):
    """What a record says of itself.

    Attributes:
        previous: Checksum of the record before.
        body_checksum: Checksum of the body, padding included.
        length: Bytes of the entries.
        commands: Commands in the entries.
        epoch: Epoch of the matcher that wrote it.
        blank_sectors: How many of its sectors are all zeros when it is whole.
        first_sequence: Sequence of the first command.
        checksum: The record's checksum.
        extent: Bytes that the record takes up, padding included.
    """

    previous: int
    body_checksum: int
    length: int
    commands: int
    epoch: int
    blank_sectors: int
    first_sequence: int
    checksum: int
    extent: int

    @property
    def last_sequence(self) -> int:
        """Sequence of the last command."""
        return self.first_sequence + self.commands - 1


def encode_record(
    previous: int, epoch: int, first_sequence: int, commands: int, entries: list[Entry]
) -> tuple[bytes, Position]:
    """Make a record.

    Args:
        previous: Checksum of the record before.
        epoch: Epoch of the matcher.
        first_sequence: Sequence of the first command.
        commands: Commands in all entries; 1..
        entries: Frames in the order of their commands.

    Returns:
        Its bytes, a whole number of sectors, and the place behind it.

    Complexity: O(bytes).
    """
    assert commands > 0
    parts: list[bytes] = []
    length = 0
    for entry in entries:
        frame = entry.frame
        parts.append(_ENTRY.pack(entry.timestamp_ns, len(frame)))
        parts.append(frame)
        length += _ENTRY.size + len(frame)
    parts.append(bytes(-(HEADING_LENGTH + length) % SECTOR))
    body = b"".join(parts)
    rest = _REST.pack(
        previous,
        crc32c(body),
        length,
        commands,
        epoch,
        _blank_sectors(body),
        first_sequence,
    )
    checksum = crc32c(rest)
    record = b"".join((_START.pack(_MAGIC, checksum), rest, body))
    return record, Position(first_sequence + commands - 1, checksum)


def read_heading(data: bytes, offset: int) -> Heading | None:
    """Read the heading at an offset, or return None where there is no whole one."""
    rest_offset = offset + _START.size
    rest = data[rest_offset : rest_offset + _REST.size]
    if len(rest) < _REST.size:
        return None
    magic, checksum = _START.unpack_from(data, offset)
    if magic != _MAGIC or crc32c(rest) != checksum:
        return None
    previous, body_checksum, length, commands, epoch, blank, first_sequence = _REST.unpack(rest)
    extent = -(-(HEADING_LENGTH + length) // SECTOR) * SECTOR
    return Heading(
        previous, body_checksum, length, commands, epoch, blank, first_sequence, checksum, extent
    )


def body_is_whole(heading: Heading, data: bytes, offset: int) -> bool:
    """Tell whether the body of the record at an offset is as it was written."""
    # To copy a small body costs less than to make a view of it.
    body = data[offset + HEADING_LENGTH : offset + heading.extent]
    return crc32c(body) == heading.body_checksum


def read_entries(data: bytes, offset: int, length: int) -> list[Entry]:
    """Read the entries that fill a range of bytes.

    Raises:
        ValueError: If they do not: the writer was wrong, for checksums were right.
    """
    entries: list[Entry] = []
    end = offset + length
    while offset < end:
        if offset + _ENTRY.size > end:
            raise ValueError("an entry ends in the middle")
        timestamp_ns, frame_length = _ENTRY.unpack_from(data, offset)
        offset += _ENTRY.size
        if frame_length > end - offset:
            raise ValueError(f"an entry claims a frame of {frame_length} bytes")
        entries.append(Entry(timestamp_ns, data[offset : offset + frame_length]))
        offset += frame_length
    return entries


def blank_sectors(data: bytes, offset: int, extent: int) -> int:
    """Count the sectors that are all zeros; O(extent)."""
    starts = range(offset, offset + extent, SECTOR)
    return sum(data[start : start + SECTOR] == BLANK for start in starts)


def _blank_sectors(body: bytes) -> int:
    # Looking for a row of zeros anywhere is quick, and mostly there is none.
    if BLANK not in body:
        return 0
    # The first sector holds the heading, so it is not blank.
    return blank_sectors(body, SECTOR - HEADING_LENGTH, len(body) + HEADING_LENGTH - SECTOR)
