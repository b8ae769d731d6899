"""Segments of version 1, which are read and never written.

They grew by appending, with records one behind the other wherever they came to lie:

    header   as today, up to the checksum of the record before; then the header's checksum
    record   magic "TMRC" | length u32 of what follows the checksum | checksum u32, of that
             | checksum of the record before u32 | first sequence u64 | commands u32 | epoch u32
             | entries, as today

There is no heading with a checksum of its own, so a record is known to be whole only as a whole,
and the length of an incomplete one can be a lie. The way up needs nothing done: a new segment is
begun at each start of a matcher, and it is of the present version.
"""

import struct
from typing import Final, final

from crc32c import crc32c

from matcher.journal.disk import ReadableDisk
from matcher.journal.format import SECTOR, Entry, JournalError, Tear, damaged
from matcher.journal.record import Heading, read_entries
from matcher.journal.segment_header import SegmentHeader

_MAGIC: Final = b"TMRC"
_START: Final = struct.Struct("<4sII")
_REST: Final = struct.Struct("<IQII")
_HEADING_LENGTH: Final = _START.size + _REST.size


@final
class Version1Segment:
    """One segment of version 1; as `Segment`.

    Attributes:
        name: Name of its file.
        header: What it says of itself.
        file_length: Bytes in its file.
    """

    def __init__(self, disk: ReadableDisk, name: str, header: SegmentHeader) -> None:
        """Read a segment whose header has been read; all of it at once."""
        self.name: Final = name
        self.header: Final = header
        self._place: Final = f"{disk}/{name}"
        self._data: Final = disk.read(name)
        self.file_length: Final = len(self._data)

    def heading(self, offset: int) -> Heading | None:
        """See `Segment`; None also if the body is not whole."""
        data = self._data
        if offset + _HEADING_LENGTH > len(data):
            return None
        magic, length, checksum = _START.unpack_from(data, offset)
        end = offset + _START.size + length
        if magic != _MAGIC or length < _REST.size or end > len(data):
            return None
        if crc32c(memoryview(data)[offset + _START.size : end]) != checksum:
            return None
        previous, first_sequence, commands, epoch = _REST.unpack_from(data, offset + _START.size)
        return Heading(
            previous,
            checksum,
            length - _REST.size,
            commands,
            epoch,
            0,
            first_sequence,
            checksum,
            end - offset,
        )

    def entries(self, heading: Heading, offset: int) -> list[Entry] | None:
        """See `Segment`."""
        try:
            return read_entries(self._data, offset + _HEADING_LENGTH, heading.length)
        except ValueError as error:
            raise self._damaged(offset, str(error)) from error

    def is_blank(self, offset: int) -> bool:
        """See `Segment`."""
        return not self._data[offset : offset + SECTOR].strip(b"\0")

    def find_tear(self, offset: int) -> Tear | None:
        """See `Segment`: a record that the file ends in, or of which a sector was not written."""
        rest = self._data[offset:]
        if not rest:
            return None
        if self._has_record_behind(offset):
            raise self._damaged(offset, "a record is damaged and others follow it")
        if not self._is_cut_off(rest) and not self._lacks_a_sector(offset):
            raise self._damaged(offset, "the last record is damaged, and it was written whole once")
        return Tear(self.name, offset)

    def _is_cut_off(self, rest: bytes) -> bool:
        """Tell whether the file ends before the record does, and its length is no lie."""
        if len(rest) < _HEADING_LENGTH:
            return rest[: len(_MAGIC)] == _MAGIC[: len(rest)]
        magic, length, checksum = _START.unpack_from(rest)
        whole = crc32c(memoryview(rest)[_START.size :]) == checksum
        return magic == _MAGIC and _START.size + length > len(rest) and not whole

    def _lacks_a_sector(self, offset: int) -> bool:
        """Tell whether all that lies in one sector of the disk is zeros."""
        starts = [offset, *range(offset - offset % SECTOR + SECTOR, self.file_length, SECTOR)]
        ends = [*starts[1:], self.file_length]
        return any(
            not self._data[start:end].strip(b"\0") for start, end in zip(starts, ends, strict=True)
        )

    def _has_record_behind(self, offset: int) -> bool:
        candidate = self._data.find(_MAGIC, offset + 1)
        while candidate >= 0:
            if self.heading(candidate) is not None:
                return True
            candidate = self._data.find(_MAGIC, candidate + 1)
        return False

    def _damaged(self, offset: int, what: str) -> JournalError:
        return damaged(self._place, offset, what)
