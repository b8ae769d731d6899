"""A segment of the present version, read from front to back, a piece at a time.

A piece is kept until something outside of it is asked for, so many records cost one read.
"""

from collections.abc import Iterator
from typing import Final, final

from matcher.journal.disk import ReadableDisk
from matcher.journal.format import (
    RECORD_BYTES_MAX,
    SECTOR,
    Entry,
    JournalError,
    Tear,
    damaged,
)
from matcher.journal.record import (
    HEADING_LENGTH,
    Heading,
    blank_sectors,
    body_is_whole,
    read_entries,
    read_heading,
)
from matcher.journal.segment_header import SegmentHeader

_PIECE_BYTES: Final = 1 << 20
_ZEROS: Final = bytes(_PIECE_BYTES)


@final
class Segment:
    """One segment, for reading.

    Attributes:
        name: Name of its file.
        header: What it says of itself.
        file_length: Bytes in its file.
    """

    def __init__(self, disk: ReadableDisk, name: str, header: SegmentHeader) -> None:
        """Read a segment whose header has been read."""
        self.name: Final = name
        self.header: Final = header
        self.file_length: Final = disk.length(name)
        self._disk: Final = disk
        self._piece = b""
        self._piece_start = 0

    def heading(self, offset: int) -> Heading | None:
        """Read the heading of the record at an offset.

        Returns:
            None where there is no whole one.

        Raises:
            JournalError: If it claims more than the segment holds, or can hold.
        """
        start = self._locate(offset, HEADING_LENGTH)
        heading = read_heading(self._piece, start)
        if heading is not None and offset + heading.extent > self.file_length:
            raise self._damaged(offset, "a record reaches beyond the end of the segment")
        return heading

    def entries(self, heading: Heading, offset: int) -> list[Entry] | None:
        """Read the entries of the record at an offset.

        Returns:
            None if its body is not whole.

        Raises:
            JournalError: If the body is whole, and no entries.
        """
        start = self._locate(offset, heading.extent)
        if not body_is_whole(heading, self._piece, start):
            return None
        try:
            return read_entries(self._piece, start + HEADING_LENGTH, heading.length)
        except ValueError as error:
            raise self._damaged(offset, str(error)) from error

    def is_blank(self, offset: int) -> bool:
        """Tell whether the sector at an offset is as it was made, or absent."""
        start = self._locate(offset, SECTOR)
        return not self._piece[start : start + SECTOR].strip(b"\0")

    def find_tear(self, offset: int) -> Tear | None:
        """Judge what stands behind the last whole record, in the last segment of a journal.

        Args:
            offset: Where a record would begin.

        Returns:
            None for nothing, or what a crash has left of one record.

        Raises:
            JournalError: For what a crash cannot have left.
        """
        if self.file_length != self.header.file_length:
            raise self._damaged(
                min(self.file_length, self.header.file_length),
                f"the last segment was made {self.header.file_length} bytes long and has "
                f"{self.file_length}; it was changed, or a segment behind it is missing",
            )
        end = self._written_end(offset)
        if end == offset:
            return None
        heading = self.heading(offset)
        if heading is not None:
            self._check_torn_body(heading, offset, end)
        elif self.is_blank(offset):
            self._check_headless(offset, end)
        else:
            raise self._damaged(offset, "the heading of a record is damaged")
        return Tear(self.name, offset)

    def _check_torn_body(self, heading: Heading, offset: int, end: int) -> None:
        if end > offset + heading.extent:
            raise self._damaged(offset, "a record is damaged and others follow it")
        start = self._locate(offset, heading.extent)
        if blank_sectors(self._piece, start, heading.extent) <= heading.blank_sectors:
            raise self._damaged(offset, "the last record is damaged, and it was written whole once")

    def _check_headless(self, offset: int, end: int) -> None:
        if end > offset + RECORD_BYTES_MAX:
            raise self._damaged(offset, "a record is missing and something follows it")
        for sector in range(offset + SECTOR, end, SECTOR):
            # A record's own bytes may look like a heading, if its sender wanted them to: then
            # this refuses what might have been cut.
            start = self._locate(sector, HEADING_LENGTH)
            if read_heading(self._piece, start) is not None:
                raise self._damaged(offset, "a record is missing and others follow it")

    def _written_end(self, offset: int) -> int:
        """Return the byte behind the last one that is not zero, or the offset if there is none."""
        end = offset
        for start, piece in self._pieces(offset):
            if piece != _ZEROS[: len(piece)]:
                end = start + len(piece.rstrip(b"\0"))
        return end

    def _pieces(self, offset: int) -> Iterator[tuple[int, bytes]]:
        for start in range(offset, self.file_length, _PIECE_BYTES):
            yield start, self._disk.read(self.name, start, _PIECE_BYTES)

    def _locate(self, offset: int, length: int) -> int:
        """Have a range in the piece, as far as the file has it; return where it begins there."""
        start = offset - self._piece_start
        if start < 0 or start + length > len(self._piece):
            self._piece = self._disk.read(self.name, offset, max(length, _PIECE_BYTES))
            self._piece_start = offset
            return 0
        return start

    def _damaged(self, offset: int, what: str) -> JournalError:
        return damaged(f"{self._disk}/{self.name}", offset, what)
