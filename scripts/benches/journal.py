"""Records of the journal, beside a bare write and sync of the same bytes.

One record is written when the last one is on disk, as the matcher does. The yardstick writes the
same bytes into a file of zeros and waits for the disk by `fdatasync`: no segments, no checks.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final, final

from matcher.journal.disk import FolderDisk
from matcher.journal.format import Entry, Position
from matcher.journal.record import encode_record
from matcher.journal.writer import JournalWriter
from proto.codec import encode
from proto.frames import CommandFrame
from scripts.benches.comparison import Comparison
from scripts.benches.findings import Fact, Findings
from scripts.benches.pairs import compare
from scripts.benches.workload import mixed_commands

# Frames in a record, and commands in a frame: an order alone, a busy exchange, one at its limit.
SHAPES: Final = ((1, 1), (10, 10), (200, 20))
# A round has as many records as make up so many bytes, within these bounds.
ROUND_BYTES: Final = 4_000_000
ROUND_RECORDS: Final = (10, 300)
ENCODINGS: Final = 300
_FILE_BYTES: Final = 64 << 20
_CHUNK: Final = bytes(1 << 20)


def bench_journal(pairs: int, data_dir: Path) -> Findings:
    """Measure what it takes to make a record, and to have it on disk.

    Args:
        pairs: Rounds of each.
        data_dir: Both write below it, so to the same disk.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    comparisons: list[Comparison] = []
    facts: list[Fact] = []
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=data_dir) as folder,
        _bare_file(Path(folder) / "bare") as bare,
        _journal(Path(folder) / "journal") as journal,
    ):
        for frames, frame_commands in SHAPES:
            entries = _entries(frames, frame_commands)
            commands = frames * frame_commands
            record, _ = encode_record(0, 1, 1, commands, entries)
            fewest, most = ROUND_RECORDS
            records = min(max(ROUND_BYTES // len(record), fewest), most)
            named = f"a record of {len(record):,} bytes"
            found = compare(
                f"{named}, to disk",
                partial(journal.round, entries, commands, records),
                partial(bare.round, record, records),
                "us",
                "a bare pwrite and fdatasync of the same bytes into a file of zeros",
                pairs,
            )
            comparisons.append(found)
            a_second = 1e6 / found.ours
            encoding_us = statistics.median(_encoding_us(entries, commands) for _ in range(pairs))
            facts += [
                Fact(f"{named} holds commands", commands, ""),
                Fact(f"{named} takes the loop, to make", encoding_us, "us"),
                Fact(f"{named} can be written", a_second, "times a second"),
                Fact(f"{named} can be written", a_second * len(record) / 1e6, "MB a second"),
            ]
    return Findings(comparisons, facts=facts)


def _encoding_us(entries: list[Entry], commands: int) -> float:
    """Return the processor time that it takes to make a record, in microseconds."""
    start_ns = time.thread_time_ns()
    for _ in range(ENCODINGS):
        encode_record(0, 1, 1, commands, entries)
    return (time.thread_time_ns() - start_ns) / 1e3 / ENCODINGS


@final
class _Journal:
    """A journal that is written to as by a matcher, except that its spares are made between."""

    def __init__(self, writer: JournalWriter) -> None:
        self._writer: Final = writer

    def round(self, entries: list[Entry], commands: int, records: int) -> float:
        """Write records, one after the other; return what one took, in microseconds."""
        writer = self._writer
        made = [
            writer.encode(writer.position.sequence + 1, commands, entries) for _ in range(records)
        ]
        if writer.spare_is_due():
            writer.prepare()
        start_ns = time.perf_counter_ns()
        for record in made:
            writer.write(record)
        return (time.perf_counter_ns() - start_ns) / 1e3 / records


@final
class _BareFile:
    """A file of zeros that is written over from its beginning to its end, and again."""

    def __init__(self, file: int) -> None:
        self._file: Final = file
        self._offset = 0

    def round(self, data: bytes, times: int) -> float:
        """Write and sync as often as told; return what once took, in microseconds."""
        if self._offset + times * len(data) > _FILE_BYTES:
            self._offset = 0
        file, offset = self._file, self._offset
        start_ns = time.perf_counter_ns()
        for _ in range(times):
            os.pwrite(file, data, offset)
            os.fdatasync(file)
            offset += len(data)
        took_ns = time.perf_counter_ns() - start_ns
        self._offset = offset
        return took_ns / 1e3 / times


@contextmanager
def _journal(folder: Path) -> Iterator[_Journal]:
    folder.mkdir()
    writer = JournalWriter(FolderDisk(folder), 0, 1, Position(0, 0))
    # Rounds are longer than the small segment that a start makes.
    writer.prepare()
    try:
        yield _Journal(writer)
    finally:
        writer.close()


@contextmanager
def _bare_file(path: Path) -> Iterator[_BareFile]:
    file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        for _ in range(_FILE_BYTES // len(_CHUNK)):
            os.write(file, _CHUNK)
        os.fsync(file)
        yield _BareFile(file)
    finally:
        os.close(file)


def _entries(frames: int, frame_commands: int) -> list[Entry]:
    """Make the frames of a record, as they come from the mesh."""
    commands = mixed_commands(2_000 + frames * frame_commands)[2_000:]
    return [
        Entry(1, encode(CommandFrame([*commands[start : start + frame_commands]])))
        for start in range(0, len(commands), frame_commands)
    ]
