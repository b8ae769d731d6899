"""Writes records into segments that were made beforehand. What `write` returned from is on disk.

Theory of operation
-------------------
    loop      encode ──▶ record          fixes the order
    journal   write: one write, one sync; where the segment is full: rename the spare, go on
    spare     prepare: cut the segment that was full, make the next spare

A segment is all zeros before it is used: to write over something that is there already needs no
change of the file system's own records, which takes half the time of appending and spares it the
moments of ten times that. Making one takes longer than any commit may wait, so the next one is
made by another thread while there is room in this one. If it is not there in time, the journal's
thread makes its own. The first one after a start is small, for the same reason.

After an error nothing is written any more: what the disk holds is unknown until a starting
matcher has looked.
"""

import threading
from contextlib import suppress
from typing import Final, final

from matcher.journal.disk import Disk, DiskFile
from matcher.journal.format import (
    RECORD_BYTES_MAX,
    SECTOR,
    Entry,
    Position,
    segment_name,
)
from matcher.journal.record import encode_record, read_heading
from matcher.journal.segment_header import encode_header

SEGMENT_BYTES: Final = 64 * 1024 * 1024
FIRST_SEGMENT_BYTES: Final = 4 * 1024 * 1024
# The spare is made when so much of a segment is filled, and tried again after as much more.
_TRIES_IN_A_SEGMENT: Final = 8
_UNNAMED: Final = ".new"
_SPARE: Final = f"spare{_UNNAMED}"


@final
class JournalWriter:
    """Writes behind the last record of a journal, into segments of its own.

    Attributes:
        position: The place behind the last record that was encoded.
    """

    def __init__(
        self,
        disk: Disk,
        shard: int,
        epoch: int,
        position: Position,
        segment_bytes: int = SEGMENT_BYTES,
    ) -> None:
        """Begin a segment; it is on disk when this returns.

        Args:
            disk: The journal's folder.
            shard: Shard of the matcher.
            epoch: Epoch of the matcher, higher than any before.
            position: The place behind the last record of the journal.
            segment_bytes: Length of a segment; whole sectors. The first has
                `FIRST_SEGMENT_BYTES` at most.

        Raises:
            OSError: If the segment cannot be made.
        """
        assert segment_bytes % SECTOR == 0
        self.position = position
        self._disk: Final = disk
        self._shard: Final = shard
        self._epoch: Final = epoch
        self._segment_bytes: Final = segment_bytes
        # Shared between the journal's thread and the spare's.
        self._lock: Final = threading.Lock()
        self._spare_is_ready = False
        # Names of segments that are full, and the bytes that they hold.
        self._full: Final[list[tuple[str, int]]] = []
        self._failed = False
        # Of the present segment; all set when it is begun.
        self._file: DiskFile
        self._first_sequence = 0
        self._offset = 0
        self._end = 0
        self._due_at = 0
        for name in disk.names():
            # What a predecessor left unfinished. A spare's zeros would have to be looked at
            # before they were trusted, and to make new ones costs no more.
            if name.endswith(_UNNAMED):
                disk.remove(name)
        self._begin_segment(position, min(segment_bytes, FIRST_SEGMENT_BYTES))

    def encode(self, first_sequence: int, commands: int, entries: list[Entry]) -> bytes:
        """Make the record that follows all records encoded so far.

        Args:
            first_sequence: Sequence of the first command; that behind `position`.
            commands: Commands in all entries; 1..
            entries: Frames in the order of their commands.

        Complexity: O(bytes).
        """
        assert first_sequence == self.position.sequence + 1
        record, self.position = encode_record(
            self.position.checksum, self._epoch, first_sequence, commands, entries
        )
        assert len(record) <= RECORD_BYTES_MAX
        return record

    def write(self, record: bytes) -> None:
        """Write a record and wait until the disk has it.

        Raises:
            OSError: If that is not certain. Nothing more may be written then.
        """
        assert not self._failed, "a journal that failed is not written to"
        try:
            # One sector stays free, so that a segment that was cut is shorter than it was made.
            if not self.has_room(len(record)):
                self._change_segment(record)
            self._file.write(self._offset, record)
            self._file.sync()
        except BaseException:
            self._failed = True
            raise
        self._offset += len(record)

    def has_room(self, length: int) -> bool:
        """Tell whether a record of so many bytes goes into the present segment.

        Asked by the thread that writes.
        """
        return self._offset + length < self._end

    def spare_is_due(self) -> bool:
        """Tell whether `prepare` should be called; True once for each time that it should.

        Asked by the thread that writes.
        """
        if self._spare_is_ready or self._offset < self._due_at:
            return False
        self._due_at = self._offset + self._end // _TRIES_IN_A_SEGMENT
        return True

    def prepare(self) -> None:
        """Cut segments that are full to what they hold, and make the spare if there is none.

        May be called by another thread than the one that writes, and by one at a time.

        Raises:
            OSError: If it cannot be done. Writing can go on until the present segment is full.

        Complexity: O(bytes of a segment), about 0.1 s for the default.
        """
        with self._lock:
            full = self._full.copy()
            self._full.clear()
        for name, length in full:
            # One that a snapshot has made needless may have left the journal meanwhile.
            with suppress(FileNotFoundError):
                self._disk.truncate(name, length)
        if not self._spare_is_ready:
            self._disk.create(_SPARE, self._segment_bytes)
            with self._lock:
                self._spare_is_ready = True

    def close(self) -> None:
        """Close the segment; everything written is on disk already."""
        self._file.close()

    def _change_segment(self, record: bytes) -> None:
        heading = read_heading(record, 0)
        assert heading is not None
        before = Position(heading.first_sequence - 1, heading.previous)
        # The longest record has room in any segment that is made for it.
        length = max(self._segment_bytes, SECTOR + len(record) + SECTOR)
        full, file = (segment_name(self._first_sequence), self._offset), self._file
        self._begin_segment(before, length)
        file.close()
        # One that held no record has lost its name to the new one.
        if full[0] != segment_name(self._first_sequence):
            with self._lock:
                self._full.append(full)

    def _begin_segment(self, position: Position, length: int) -> None:
        """Give a new segment its header and, when that is on disk, its name.

        So a crash leaves a segment with a whole header, or none. A segment that has the name
        already holds no record.
        """
        made = self._take_spare(length)
        if made is None:
            made = f"{position.sequence + 1}{_UNNAMED}"
            self._disk.create(made, length)
        file = self._disk.open(made)
        try:
            file.write(0, encode_header(self._shard, self._epoch, position, length))
            file.sync()
            self._disk.rename(made, segment_name(position.sequence + 1))
            self._disk.sync_folder()
        except BaseException:
            file.close()
            raise
        self._file = file
        self._first_sequence = position.sequence + 1
        self._offset, self._end = SECTOR, length
        self._due_at = length // _TRIES_IN_A_SEGMENT

    def _take_spare(self, length: int) -> str | None:
        with self._lock:
            if not self._spare_is_ready or length != self._segment_bytes:
                return None
            self._spare_is_ready = False
            return _SPARE
