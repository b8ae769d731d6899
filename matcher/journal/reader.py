"""Reads a journal at start, and decides what a crash may have left and what it may not.

One write is under way at a time, and a record is acknowledged only after its sync. So what a
crash can leave is one incomplete record at the end of the last segment, with nothing behind it:
that is cut off, with a warning. Damage anywhere else is not a crash's doing; the start is refused.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, final

from crc32c import crc32c

from matcher.journal.format import (
    CHECKSUM,
    ENTRY,
    HEADER,
    HEADER_LENGTH,
    HEADER_MAGIC,
    RECORD_HEADER_LENGTH,
    RECORD_MAGIC,
    RECORD_REST,
    RECORD_START,
    VERSION,
    Entry,
    JournalError,
    Record,
)


@final
class JournalReader:
    """Reads a journal from its first record, and finds where the next one goes.

    Attributes:
        next_sequence: Sequence of the next command.
        epoch: Highest epoch seen; 0 in an empty journal.
        checksum: Checksum of the last record; 0 in an empty journal.
        warnings: What was found and mended, for the log.
    """

    def __init__(self, folder: Path, shard: int) -> None:
        self.next_sequence = 1
        self.epoch = 0
        self.checksum = 0
        self.warnings: Final[list[str]] = []
        self._folder: Final = folder
        self._shard: Final = shard

    def records(self) -> Iterator[Record]:
        """Yield every record in order; cut an incomplete one off the end.

        Raises:
            JournalError: If anything else is wrong.
        """
        segments = sorted(self._folder.glob("*.journal"))
        for number, path in enumerate(segments):
            yield from self._segment(path, is_last=number == len(segments) - 1)

    def _segment(self, path: Path, *, is_last: bool) -> Iterator[Record]:
        data = path.read_bytes()
        self._check_header(path, data)
        offset = HEADER_LENGTH
        while offset < len(data):
            record_length = self._checked_length(data, offset)
            if record_length is None:
                self._cut(path, data, offset, is_last=is_last)
                return
            yield self._take_record(path, data, offset, record_length)
            offset += record_length

    def _check_header(self, path: Path, data: bytes) -> None:
        header = data[: HEADER.size]
        if (
            len(data) < HEADER_LENGTH
            or crc32c(header) != CHECKSUM.unpack_from(data, HEADER.size)[0]
        ):
            raise JournalError(_damaged(path, 0, "the segment's header is damaged"))
        magic, version, shard, epoch, first_sequence, previous = HEADER.unpack(header)
        if magic != HEADER_MAGIC or version != VERSION:
            raise JournalError(f"{path}: not a journal of version {VERSION}")
        if shard != self._shard:
            raise JournalError(f"{path}: belongs to shard {shard}, this is shard {self._shard}")
        if first_sequence != self.next_sequence or previous != self.checksum:
            raise JournalError(
                _damaged(path, 0, f"it does not continue at sequence {self.next_sequence}")
            )
        self.epoch = max(self.epoch, epoch)

    def _checked_length(self, data: bytes, offset: int) -> int | None:
        """Return the length of the record at an offset, or None where there is no whole one."""
        if offset + RECORD_HEADER_LENGTH > len(data):
            return None
        magic, length, checksum = RECORD_START.unpack_from(data, offset)
        end: int = offset + RECORD_START.size + length
        if magic != RECORD_MAGIC or end > len(data) or length < RECORD_REST.size:
            return None
        if crc32c(memoryview(data)[offset + RECORD_START.size : end]) != checksum:
            return None
        return end - offset

    def _take_record(self, path: Path, data: bytes, offset: int, record_length: int) -> Record:
        checksum: int = RECORD_START.unpack_from(data, offset)[2]
        previous, first_sequence, commands, epoch = RECORD_REST.unpack_from(
            data, offset + RECORD_START.size
        )
        if previous != self.checksum or first_sequence != self.next_sequence:
            raise JournalError(
                _damaged(path, offset, f"sequence {self.next_sequence} is missing here")
            )
        position, end = offset + RECORD_HEADER_LENGTH, offset + record_length
        entries: list[Entry] = []
        while position < end:
            timestamp_ns, length = ENTRY.unpack_from(data, position)
            position += ENTRY.size
            entries.append(Entry(timestamp_ns, data[position : position + length]))
            position += length
        self.checksum = checksum
        self.next_sequence += commands
        self.epoch = max(self.epoch, epoch)
        return Record(first_sequence, commands, epoch, entries)

    def _cut(self, path: Path, data: bytes, offset: int, *, is_last: bool) -> None:
        if not is_last or self._has_record_after(data, offset + 1):
            raise JournalError(_damaged(path, offset, "a record is damaged and others follow it"))
        self.warnings.append(
            f"{path}: cut {len(data) - offset} bytes of an incomplete record at byte {offset}; "
            "it was never acknowledged"
        )
        with path.open("r+b") as file:
            file.truncate(offset)
            os.fsync(file.fileno())

    def _has_record_after(self, data: bytes, offset: int) -> bool:
        candidate = data.find(RECORD_MAGIC, offset)
        while candidate >= 0:
            if self._checked_length(data, candidate) is not None:
                return True
            candidate = data.find(RECORD_MAGIC, candidate + 1)
        return False


def _damaged(path: Path, offset: int, what: str) -> str:
    return (
        f"{path}, byte {offset}: {what}. The matcher does not start on a damaged journal, because "
        "it would lose acknowledged orders. Restore the journal folder from a copy."
    )
