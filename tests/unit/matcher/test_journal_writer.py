"""Segments in time, and what happens when the disk does not do what it should."""

import errno
from pathlib import Path

import pytest

from matcher.journal.disk import FolderDisk
from matcher.journal.format import BEGINNING, SECTOR, JournalError
from matcher.journal.mending import mend, settle
from matcher.journal.reader import JournalReader
from matcher.journal.writer import JournalWriter
from tests.unit.matcher.failing_disk import FailingDisk
from tests.unit.matcher.journals import append, expected, read, segments, start, write

SEGMENT_BYTES = 16 * SECTOR


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_spare_is_due_when_an_eighth_is_filled(tmp_path: Path) -> None:
    writer = start(tmp_path, segment_bytes=SEGMENT_BYTES)
    assert not writer.spare_is_due()
    append(writer, 1)
    assert writer.spare_is_due()
    # Asked for once, until as much again is filled.
    append(writer, 1)
    assert not writer.spare_is_due()
    append(writer, 1)
    assert writer.spare_is_due()
    writer.prepare()
    append(writer, 6)
    assert not writer.spare_is_due()
    writer.close()


def test_the_spare_becomes_the_next_segment(tmp_path: Path) -> None:
    disk = FailingDisk(FolderDisk(tmp_path))
    writer = JournalWriter(disk, 0, 1, BEGINNING, SEGMENT_BYTES)
    writer.prepare()
    assert "spare.new" in names(tmp_path)
    spare = (tmp_path / "spare.new").stat().st_ino
    append(writer, 14)
    before = disk.changes
    append(writer, 1)
    # Open, header and its sync, name and its sync; then the record and its sync.
    assert disk.changes - before == 7
    assert segments(tmp_path)[1].stat().st_ino == spare
    assert "spare.new" not in names(tmp_path)
    writer.prepare()
    append(writer, 14)
    writer.close()
    assert read(tmp_path)[0] == expected(29)


def test_without_a_spare_the_writer_makes_its_segment(tmp_path: Path) -> None:
    write(tmp_path, 40, segment_bytes=SEGMENT_BYTES)
    assert len(segments(tmp_path)) == 3
    assert read(tmp_path)[0] == expected(40)


def test_a_spare_is_not_used_up_by_a_record_that_does_not_fit_it(tmp_path: Path) -> None:
    writer = start(tmp_path, segment_bytes=SEGMENT_BYTES)
    writer.prepare()
    append(writer, 1, frame_bytes=20 * SECTOR)
    assert "spare.new" in names(tmp_path)
    append(writer, 1)
    assert "spare.new" not in names(tmp_path)
    writer.close()
    assert len(read(tmp_path)[0]) == 2


def test_a_first_record_that_does_not_fit_is_not_cut_off(tmp_path: Path) -> None:
    writer = start(tmp_path, segment_bytes=SEGMENT_BYTES)
    # The segment has room for less, and the one that takes its place has its name.
    append(writer, 1, frame_bytes=20 * SECTOR)
    writer.prepare()
    append(writer, 1)
    writer.prepare()
    writer.close()
    assert len(read(tmp_path)[0]) == 2


def test_mending_late_cuts_nothing_off_a_segment_that_took_a_name(tmp_path: Path) -> None:
    start(tmp_path, segment_bytes=SEGMENT_BYTES).close()
    disk = FolderDisk(tmp_path)
    reader = read(tmp_path)[1]
    writer = JournalWriter(disk, 0, 2, reader.position, SEGMENT_BYTES)
    append(writer, 20)
    mend(disk, reader)
    writer.close()
    assert read(tmp_path)[0] == expected(20)


def test_a_full_segment_is_cut_when_its_successor_is_there(tmp_path: Path) -> None:
    writer = start(tmp_path, segment_bytes=SEGMENT_BYTES)
    append(writer, 8)
    append(writer, 1, frame_bytes=8 * SECTOR)
    assert [path.stat().st_size for path in segments(tmp_path)] == [SEGMENT_BYTES] * 2
    writer.prepare()
    assert [path.stat().st_size for path in segments(tmp_path)] == [9 * SECTOR, SEGMENT_BYTES]
    writer.close()
    assert len(read(tmp_path)[0]) == 9


def test_a_full_segment_that_has_left_the_journal_keeps_nobody_from_a_spare(
    tmp_path: Path,
) -> None:
    writer = start(tmp_path, segment_bytes=SEGMENT_BYTES)
    append(writer, 20)
    segments(tmp_path)[0].unlink()
    writer.prepare()
    assert "spare.new" in names(tmp_path)
    writer.close()


def test_a_spare_that_cannot_be_made_does_not_stop_writing(tmp_path: Path) -> None:
    disk = FailingDisk(FolderDisk(tmp_path), errno.ENOSPC)
    writer = JournalWriter(disk, 0, 1, BEGINNING, SEGMENT_BYTES)
    append(writer, 2)
    disk.fail_at = disk.changes + 1
    with pytest.raises(OSError, match="No space left"):
        writer.prepare()
    append(writer, 12)
    # There is room again: the half of a spare is not used.
    writer.prepare()
    append(writer, 4)
    writer.close()
    assert read(tmp_path)[0] == expected(18)


def appended_until_failure(writer: JournalWriter) -> int:
    """Append six batches, or as many as succeed."""
    for number in range(6):
        try:
            append(writer, 1, frame_bytes=600 * (number == 2))
        except OSError:
            return number
    return 6


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_after_any_failure_nothing_is_written_any_more(tmp_path: Path, code: int) -> None:
    """Fail at each change in turn, from the first record through a change of segments."""
    failure = 0
    while True:
        failure += 1
        folder = tmp_path / str(failure)
        folder.mkdir()
        disk = FailingDisk(FolderDisk(folder), code)
        writer = JournalWriter(disk, 0, 1, BEGINNING, 4 * SECTOR)
        disk.fail_at = disk.changes + failure
        acknowledged = appended_until_failure(writer)
        if acknowledged == 6:
            break
        changes = disk.changes
        with pytest.raises(AssertionError, match="a journal that failed is not written to"):
            append(writer, 1)
        assert disk.changes == changes
        # All that was acknowledged is there, and one record more at most.
        write(folder, 0)
        content = read(folder)[0]
        assert len(content) in (acknowledged, acknowledged + 1)
        assert [first for first, _, _ in content] == list(range(1, 2 * len(content), 2))
    assert failure > 15


def test_a_start_on_a_failing_disk_leaves_a_journal_that_another_can_open(tmp_path: Path) -> None:
    write(tmp_path, 3)
    failure = 0
    while True:
        failure += 1
        disk = FailingDisk(FolderDisk(tmp_path), errno.EIO)
        disk.fail_at = failure
        try:
            settle(disk, 0)
            reader = JournalReader(disk, 0)
            list(reader.records())
            JournalWriter(disk, 0, reader.epoch + 1, reader.position, 1 << 12).close()
            mend(disk, reader)
        except OSError:
            assert read(tmp_path)[0] == expected(3)
        else:
            break
    assert failure > 8
    assert read(tmp_path)[0] == expected(3)


def test_what_is_read_is_written_again_and_synced_before(tmp_path: Path) -> None:
    """A record in the system's memory alone is on disk before anybody acts upon it."""
    writer = start(tmp_path)
    append(writer, 2)
    append(writer, 1, frame_bytes=1000)
    writer.close()
    disk = FailingDisk(FolderDisk(tmp_path))
    before = segments(tmp_path)[0].read_bytes()
    settle(disk, 0)
    assert disk.writes == [(3 * SECTOR, 3 * SECTOR)]
    # The folder, the opening, the write, the sync.
    assert disk.changes == 4
    assert segments(tmp_path)[0].read_bytes() == before


def test_a_start_on_a_damaged_header_is_refused(tmp_path: Path) -> None:
    write(tmp_path, 1)
    path = segments(tmp_path)[0]
    path.write_bytes(b"\0" * SECTOR)
    with pytest.raises(JournalError, match="not a segment of a journal"):
        settle(FolderDisk(tmp_path), 0)
