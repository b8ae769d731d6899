"""The journal on a real file system: what is written is read, wherever one begins."""

import subprocess
import sys
from pathlib import Path

import pytest

from matcher.journal.disk import FolderDisk
from matcher.journal.format import BEGINNING, SECTOR, Entry, JournalError, Position
from matcher.journal.lock import lock_folder
from matcher.journal.reader import JournalReader
from matcher.journal.writer import JournalWriter
from tests.unit.matcher.journals import append, content_of, expected, read, segments, start, write


def test_an_empty_folder_is_an_empty_journal(tmp_path: Path) -> None:
    content, reader = read(tmp_path)
    assert content == []
    assert (reader.position, reader.epoch, reader.tear) == (BEGINNING, 0, None)


def test_what_is_written_is_read_across_restarts_and_segments(tmp_path: Path) -> None:
    write(tmp_path, 3, segment_bytes=3 * SECTOR)
    write(tmp_path, 0)
    write(tmp_path, 4)
    content, reader = read(tmp_path)
    assert content == expected(7)
    assert (reader.position.sequence, reader.epoch, reader.tear) == (14, 3, None)
    assert len(segments(tmp_path)) == 4


def test_a_record_may_hold_several_frames(tmp_path: Path) -> None:
    writer = start(tmp_path)
    entries = [Entry(7, b"abc"), Entry(8, b""), Entry(9, b"defg"), Entry(9, bytes(3 * SECTOR))]
    writer.write(writer.encode(1, 5, entries))
    writer.close()
    content, reader = read(tmp_path)
    assert content == [(1, 5, [(7, b"abc"), (8, b""), (9, b"defg"), (9, bytes(3 * SECTOR))])]
    assert reader.position == writer.position


def test_a_record_that_is_longer_than_a_segment_gets_one_of_its_own(tmp_path: Path) -> None:
    writer = start(tmp_path, segment_bytes=4 * SECTOR)
    append(writer, 1)
    append(writer, 1, frame_bytes=10 * SECTOR)
    append(writer, 1)
    writer.close()
    assert read(tmp_path)[0] == [
        *expected(1),
        expected(2, 10 * SECTOR)[1],
        expected(3)[2],
    ]


def test_a_segment_is_made_of_zeros_in_its_full_length(tmp_path: Path) -> None:
    write(tmp_path, 1, segment_bytes=1 << 14)
    data = segments(tmp_path)[0].read_bytes()
    assert len(data) == 1 << 14
    assert not data[2 * SECTOR :].strip(b"\0")


def test_many_restarts_leave_no_unused_zeros_behind(tmp_path: Path) -> None:
    for _ in range(10):
        write(tmp_path, 1)
    sizes = [path.stat().st_size for path in segments(tmp_path)]
    assert sizes == [2 * SECTOR] * 9 + [1 << 16]
    for _ in range(10):
        write(tmp_path, 0)
    # A start without a command puts its segment in the place of the one before it.
    assert len(segments(tmp_path)) == 11
    assert read(tmp_path)[1].epoch == 20


def test_reading_begins_behind_any_record(tmp_path: Path) -> None:
    write(tmp_path, 5, segment_bytes=4 * SECTOR)
    write(tmp_path, 2)
    positions = [BEGINNING, *(r.position for r in JournalReader(FolderDisk(tmp_path), 0).records())]
    for done, position in enumerate(positions):
        reader = JournalReader(FolderDisk(tmp_path), 0, position)
        assert content_of(reader) == expected(7)[done:]
        assert (reader.position, reader.epoch) == (positions[-1], 2)


def test_segments_before_the_place_asked_for_are_not_needed(tmp_path: Path) -> None:
    write(tmp_path, 2)
    position = read(tmp_path)[1].position
    write(tmp_path, 2)
    segments(tmp_path)[0].unlink()
    assert content_of(JournalReader(FolderDisk(tmp_path), 0, position)) == expected(4)[2:]
    with pytest.raises(JournalError, match="nothing of sequence 1: it begins at 5"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("sequence", "why"), [(3, "no record that ends at"), (10, "no record that ends at")]
)
def test_a_place_that_is_not_there_is_refused(tmp_path: Path, sequence: int, why: str) -> None:
    write(tmp_path, 4)
    with pytest.raises(JournalError, match=why):
        content_of(JournalReader(FolderDisk(tmp_path), 0, Position(sequence, 1)))


@pytest.mark.parametrize("sequence", [2, 8])
def test_a_place_in_another_journal_is_refused(tmp_path: Path, sequence: int) -> None:
    write(tmp_path, 4)
    with pytest.raises(JournalError, match="not the one asked for"):
        content_of(JournalReader(FolderDisk(tmp_path), 0, Position(sequence, 1)))


def test_a_place_in_an_empty_journal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="nothing of sequence 3"):
        content_of(JournalReader(FolderDisk(tmp_path), 0, Position(2, 1)))


def test_a_reader_follows_a_journal_that_is_being_written(tmp_path: Path) -> None:
    reader = JournalReader(FolderDisk(tmp_path), 0, live=True)
    assert content_of(reader) == []
    read_so_far = []
    for batches in (0, 1, 0, 5, 1):
        # Each a start of its own; the first leaves a segment that the second replaces.
        writer = start(tmp_path, segment_bytes=4 * SECTOR)
        assert content_of(reader) == []
        for _ in range(batches):
            append(writer, 1)
            read_so_far.extend(content_of(reader))
        writer.close()
    assert read_so_far == expected(7)
    assert reader.epoch == 5


def test_to_a_following_reader_an_incomplete_record_is_not_there_yet(tmp_path: Path) -> None:
    writer = start(tmp_path)
    append(writer, 1)
    record = writer.encode(3, 2, [Entry(30, b"x" * 2000)])
    path, behind = segments(tmp_path)[0], 2 * SECTOR
    reader = JournalReader(FolderDisk(tmp_path), 0, live=True)
    with path.open("r+b") as file:
        for written in range(0, 2000, 100):
            file.seek(behind)
            file.write(record[:written])
            file.flush()
            assert content_of(reader) == (expected(1) if written == 0 else [])
            assert (reader.tear is None) == (written == 0)
    writer.write(record)
    assert content_of(reader) == [(3, 2, [(30, b"x" * 2000)])]
    assert reader.tear is None
    writer.close()


def test_a_following_reader_says_when_its_segment_is_gone(tmp_path: Path) -> None:
    write(tmp_path, 2)
    reader = JournalReader(FolderDisk(tmp_path), 0, live=True)
    content_of(reader)
    segments(tmp_path)[0].unlink()
    with pytest.raises(JournalError, match="was removed while it was being read"):
        content_of(reader)


def test_a_leftover_of_a_predecessor_is_removed(tmp_path: Path) -> None:
    (tmp_path / "spare.new").write_bytes(b"garbage" * 1000)
    (tmp_path / "1.new").write_bytes(b"")
    writer = start(tmp_path, segment_bytes=4 * SECTOR)
    assert [path.name for path in tmp_path.iterdir()] == ["00000000000000000001.journal"]
    append(writer, 10)
    writer.close()
    assert read(tmp_path)[0] == expected(10)


def test_a_writer_goes_on_from_a_position(tmp_path: Path) -> None:
    write(tmp_path, 2)
    position = read(tmp_path)[1].position
    writer = JournalWriter(FolderDisk(tmp_path), 0, 2, position, segment_bytes=1 << 12)
    assert writer.position == position
    append(writer, 1)
    assert read(tmp_path)[1].position == writer.position
    writer.close()


def test_a_second_process_is_kept_away(tmp_path: Path) -> None:
    lock_folder(tmp_path)
    code = (
        "import sys; from pathlib import Path; from matcher.journal.lock import lock_folder\n"
        "try: lock_folder(Path(sys.argv[1]))\n"
        "except Exception as error: sys.exit(str(error))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=30
    )
    assert ended.returncode == 1
    assert "in use by another matcher" in ended.stderr
