"""Journals for the tests: written, read back, and compared with what they should hold.

Batches hold two commands each, in one frame that tells its sequence.
"""

from pathlib import Path

from matcher.journal.disk import FolderDisk, ReadableDisk
from matcher.journal.format import Entry
from matcher.journal.mending import mend, settle
from matcher.journal.reader import JournalReader
from matcher.journal.writer import JournalWriter

Content = list[tuple[int, int, list[tuple[int, bytes]]]]


class Memory:
    """A folder in memory, for reading."""

    def __init__(self, folder: Path) -> None:
        self.files = {path.name: bytearray(path.read_bytes()) for path in segments(folder)}

    def __str__(self) -> str:
        return "memory"

    @property
    def last(self) -> bytearray:
        return self.files[max(self.files)]

    def names(self) -> list[str]:
        return list(self.files)

    def length(self, name: str) -> int:
        return len(self.files[name])

    def read(self, name: str, offset: int = 0, length: int | None = None) -> bytes:
        end = None if length is None else offset + length
        return bytes(self.files[name][offset:end])


def frame_of(sequence: int, frame_bytes: int = 0) -> bytes:
    return (b"frame %d " % sequence).ljust(frame_bytes, b"x")


def start(folder: Path, *, segment_bytes: int = 1 << 16) -> JournalWriter:
    """Open a journal as a starting matcher does."""
    disk = FolderDisk(folder)
    settle(disk, 0)
    reader = JournalReader(disk, 0)
    for _ in reader.records():
        pass
    writer = JournalWriter(disk, 0, reader.epoch + 1, reader.position, segment_bytes)
    mend(disk, reader)
    return writer


def append(writer: JournalWriter, batches: int, frame_bytes: int = 0) -> None:
    for _ in range(batches):
        sequence = writer.position.sequence + 1
        entry = Entry(sequence * 10, frame_of(sequence, frame_bytes))
        writer.write(writer.encode(sequence, 2, [entry]))


def write(
    folder: Path, batches: int, *, segment_bytes: int = 1 << 16, frame_bytes: int = 0
) -> None:
    """Start a matcher, so to speak, append batches, and end it."""
    writer = start(folder, segment_bytes=segment_bytes)
    append(writer, batches, frame_bytes)
    writer.close()


def content_of(reader: JournalReader) -> Content:
    return [
        (r.first_sequence, r.commands, [(e.timestamp_ns, e.frame) for e in r.entries])
        for r in reader.records()
    ]


def read(disk: Path | ReadableDisk) -> tuple[Content, JournalReader]:
    reader = JournalReader(FolderDisk(disk) if isinstance(disk, Path) else disk, 0)
    return content_of(reader), reader


def expected(batches: int, frame_bytes: int = 0) -> Content:
    return [
        (sequence, 2, [(sequence * 10, frame_of(sequence, frame_bytes))])
        for sequence in range(1, 2 * batches, 2)
    ]


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.journal"))
