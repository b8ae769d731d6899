"""Appends records to the journal. A record that `write` returned from is on disk.

`encode` belongs to the event loop and fixes the order; `write` belongs to one helper thread, and
takes the records in that order. After an error nothing may be written any more: what the file
holds is unknown until a reader has looked at it.
"""

import os
from pathlib import Path
from typing import Final, final

from crc32c import crc32c

from matcher.journal.format import (
    CHECKSUM,
    ENTRY,
    HEADER,
    HEADER_MAGIC,
    RECORD_MAGIC,
    RECORD_REST,
    RECORD_START,
    VERSION,
    Entry,
)

SEGMENT_BYTES: Final = 64 * 1024 * 1024


@final
class JournalWriter:
    """Appends to the last segment, and begins a new one when that is full."""

    def __init__(
        self,
        folder: Path,
        shard: int,
        epoch: int,
        next_sequence: int,
        checksum: int,
        segment_bytes: int = SEGMENT_BYTES,
    ) -> None:
        """Begin a segment; it is on disk when this returns.

        Args:
            folder: The journal's folder.
            shard: Shard of the matcher.
            epoch: Epoch of the matcher, higher than any before.
            next_sequence: Sequence of the first command to come.
            checksum: Checksum of the last record.
            segment_bytes: Size from which on a new segment is begun.

        Raises:
            OSError: If the segment cannot be made.
        """
        self._folder: Final = folder
        self._shard: Final = shard
        self._epoch: Final = epoch
        self._segment_bytes: Final = segment_bytes
        self._checksum = checksum
        self._file = -1
        self._length = 0
        self._begin_segment(next_sequence, checksum)

    def encode(self, first_sequence: int, commands: int, entries: list[Entry]) -> bytes:
        """Make the record that follows all records encoded so far."""
        parts = [RECORD_REST.pack(self._checksum, first_sequence, commands, self._epoch)]
        for entry in entries:
            parts.append(ENTRY.pack(entry.timestamp_ns, len(entry.frame)))
            parts.append(entry.frame)
        body = b"".join(parts)
        self._checksum = crc32c(body)
        return RECORD_START.pack(RECORD_MAGIC, len(body), self._checksum) + body

    def write(self, record: bytes) -> None:
        """Append a record and wait until the disk has it.

        Raises:
            OSError: If that is not certain. Nothing more may be written then: what the file
                holds is unknown until a reader has looked.
        """
        if self._length >= self._segment_bytes:
            previous, first_sequence = RECORD_REST.unpack_from(record, RECORD_START.size)[:2]
            os.close(self._file)
            self._begin_segment(first_sequence, previous)
        _write_all(self._file, record)
        os.fdatasync(self._file)
        self._length += len(record)

    def close(self) -> None:
        """Close the segment; everything written is on disk already."""
        os.close(self._file)

    def _begin_segment(self, first_sequence: int, previous_checksum: int) -> None:
        header = HEADER.pack(
            HEADER_MAGIC,
            VERSION,
            self._shard,
            self._epoch,
            first_sequence,
            previous_checksum,
        )
        header += CHECKSUM.pack(crc32c(header))
        path = self._folder / f"{first_sequence:020d}.journal"
        # The segment gets its name only when its header is on disk, so that a crash leaves a
        # whole header or none. One that has the name already holds no record.
        made = path.with_suffix(".new")
        self._file = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        _write_all(self._file, header)
        os.fsync(self._file)
        made.replace(path)
        _sync_folder(self._folder)
        self._length = len(header)


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
