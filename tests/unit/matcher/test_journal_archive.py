"""Segments that recovery needs no more go, and nothing is lost wherever that is interrupted."""

from pathlib import Path

import pytest

from matcher.journal.archive import JournalWithArchive, retire_segments
from matcher.journal.disk import FolderDisk
from matcher.journal.format import SECTOR, JournalError, Position
from matcher.journal.reader import JournalReader
from tests.unit.matcher.failing_disk import FailingDisk
from tests.unit.matcher.journals import content_of, expected, read, segments, write

# Two batches of two commands in each segment: they begin at 1, 5, 9, 13, 17.
STARTS = [1, 5, 9, 13, 17]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "journal"
    folder.mkdir()
    write(folder, 10, segment_bytes=4 * SECTOR)
    assert starts(folder) == STARTS
    return folder


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    archive = tmp_path / "archive"
    archive.mkdir()
    return archive


def starts(folder: Path) -> list[int]:
    return [int(path.stem) for path in segments(folder)]


def position_of(folder: Path, sequence: int) -> Position:
    records = JournalReader(FolderDisk(folder), 0).records()
    return next(r.position for r in records if r.position.sequence == sequence)


@pytest.mark.parametrize(
    ("sequence", "gone"), [(0, 0), (3, 0), (4, 1), (7, 1), (8, 2), (16, 4), (20, 4), (99, 4)]
)
def test_what_lies_before_a_sequence_goes(
    folder: Path, archive: Path, sequence: int, gone: int
) -> None:
    names = retire_segments(FolderDisk(folder), FolderDisk(archive), sequence)
    assert [int(name.removesuffix(".journal")) for name in names] == STARTS[:gone]
    assert starts(archive) == STARTS[:gone]
    assert starts(folder) == STARTS[gone:]
    both = JournalWithArchive(FolderDisk(folder), FolderDisk(archive))
    assert read(both)[0] == expected(10)


@pytest.mark.parametrize("sequence", [2, 4, 6, 8, 18, 20])
def test_what_recovery_from_the_sequence_needs_stays(folder: Path, sequence: int) -> None:
    position = position_of(folder, sequence)
    retire_segments(FolderDisk(folder), None, sequence)
    reader = JournalReader(FolderDisk(folder), 0, position)
    assert content_of(reader) == expected(10)[sequence // 2 :]
    assert reader.epoch == 1


def test_without_an_archive_they_are_removed(folder: Path) -> None:
    retire_segments(FolderDisk(folder), None, 9)
    assert starts(folder) == [9, 13, 17]
    with pytest.raises(JournalError, match="begins at 9"):
        read(folder)
    # An exchange without its beginning still begins no second history.
    with pytest.raises(JournalError, match="begins at 9"):
        write(folder, 1)


@pytest.mark.parametrize("fails_on", ["journal", "archive"])
def test_a_failure_anywhere_loses_nothing(folder: Path, archive: Path, fails_on: str) -> None:
    disks = {name: FailingDisk(FolderDisk(folder.parent / name)) for name in ("journal", "archive")}
    both = JournalWithArchive(FolderDisk(folder), FolderDisk(archive))
    failures = 0
    while True:
        failing = disks[fails_on]
        failing.changes, failing.fail_at = 0, failures + 1
        try:
            retire_segments(disks["journal"], disks["archive"], 20)
        except OSError:
            failures += 1
            assert read(both)[0] == expected(10)
            # What is in the folder is whole, and has no gap.
            assert starts(folder) == STARTS[-len(starts(folder)) :]
        else:
            break
        for path in segments(archive):
            (folder / path.name).write_bytes(path.read_bytes())
    # Two for each of four segments, and one at the end, on either disk.
    assert failures >= {"journal": 5, "archive": 20}[fails_on]
    assert starts(folder) == [17]
    assert read(both)[0] == expected(10)


def test_a_copy_that_was_not_finished_is_made_again(folder: Path, archive: Path) -> None:
    name = segments(folder)[0].name
    (archive / f"{name}.new").write_bytes(b"half of it")
    (archive / name).write_bytes(segments(folder)[0].read_bytes())
    retire_segments(FolderDisk(folder), FolderDisk(archive), 4)
    assert starts(archive) == [1]
    assert [path.name for path in archive.iterdir()] == [name]
    both = JournalWithArchive(FolderDisk(folder), FolderDisk(archive))
    assert read(both)[0] == expected(10)


def test_a_reader_goes_on_while_segments_move(folder: Path, archive: Path) -> None:
    both = JournalWithArchive(FolderDisk(folder), FolderDisk(archive))
    records = JournalReader(both, 0, live=True).records()
    sequences = [next(records).first_sequence]
    retire_segments(FolderDisk(folder), FolderDisk(archive), 20)
    sequences.extend(record.first_sequence for record in records)
    assert sequences == [first for first, _, _ in expected(10)]
