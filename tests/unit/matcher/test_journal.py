"""The journal on a real file system: what is written is read, what is damaged is refused."""

import subprocess
import sys
from pathlib import Path

import pytest

from matcher.journal.format import HEADER_LENGTH, Entry, JournalError
from matcher.journal.lock import lock_folder
from matcher.journal.reader import JournalReader
from matcher.journal.writer import JournalWriter

Content = list[tuple[int, int, list[tuple[int, bytes]]]]


def write(folder: Path, batches: int, *, epoch: int = 1, segment_bytes: int = 1 << 20) -> None:
    """Append batches of two commands in one frame each."""
    reader = JournalReader(folder, 0)
    list(reader.records())
    writer = JournalWriter(
        folder, 0, epoch, reader.next_sequence, reader.checksum, segment_bytes=segment_bytes
    )
    for number in range(batches):
        sequence = reader.next_sequence + 2 * number
        writer.write(writer.encode(sequence, 2, [Entry(sequence * 10, b"frame %d" % sequence)]))
    writer.close()


def read(folder: Path) -> tuple[Content, JournalReader]:
    reader = JournalReader(folder, 0)
    content = [
        (r.first_sequence, r.commands, [(e.timestamp_ns, e.frame) for e in r.entries])
        for r in reader.records()
    ]
    return content, reader


def expected(batches: int) -> Content:
    return [(n, 2, [(n * 10, b"frame %d" % n)]) for n in range(1, 2 * batches, 2)]


def last_segment(folder: Path) -> Path:
    return sorted(folder.glob("*.journal"))[-1]


def test_an_empty_folder_is_an_empty_journal(tmp_path: Path) -> None:
    content, reader = read(tmp_path)
    assert content == []
    assert (reader.next_sequence, reader.epoch, reader.checksum) == (1, 0, 0)


def test_what_is_written_is_read_across_restarts_and_segments(tmp_path: Path) -> None:
    write(tmp_path, 3, epoch=1, segment_bytes=100)
    write(tmp_path, 0, epoch=2)
    write(tmp_path, 4, epoch=3)
    content, reader = read(tmp_path)
    assert content == expected(7)
    assert (reader.next_sequence, reader.epoch, reader.warnings) == (15, 3, [])
    assert len(list(tmp_path.glob("*.journal"))) > 2


def test_a_record_may_hold_several_frames(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path, 0, 1, 1, 0)
    writer.write(writer.encode(1, 5, [Entry(7, b"abc"), Entry(8, b""), Entry(9, b"defg")]))
    writer.close()
    assert read(tmp_path)[0] == [(1, 5, [(7, b"abc"), (8, b""), (9, b"defg")])]


def test_a_tail_cut_at_any_byte_loses_the_last_record_only(tmp_path: Path) -> None:
    write(tmp_path, 3)
    path = last_segment(tmp_path)
    whole = path.read_bytes()
    record = (len(whole) - HEADER_LENGTH) // 3
    for length in range(HEADER_LENGTH, len(whole)):
        path.write_bytes(whole[:length])
        content, reader = read(tmp_path)
        kept = (length - HEADER_LENGTH) // record
        assert content == expected(kept)
        assert len(reader.warnings) == ((length - HEADER_LENGTH) % record != 0)
        # The tail was cut off, so a second look finds nothing to mend, and writing goes on.
        assert read(tmp_path)[1].warnings == []
    write(tmp_path, 1, epoch=2)
    assert read(tmp_path)[0] == expected(3)


def test_a_flipped_bit_before_the_last_record_is_refused(tmp_path: Path) -> None:
    write(tmp_path, 3)
    path = last_segment(tmp_path)
    whole = path.read_bytes()
    record = (len(whole) - HEADER_LENGTH) // 3
    for position in range(len(whole) - record):
        for bit in (0, 3, 7):
            damaged = bytearray(whole)
            damaged[position] ^= 1 << bit
            path.write_bytes(damaged)
            with pytest.raises(JournalError):
                read(tmp_path)


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_lost_segment_is_noticed(tmp_path: Path, lost: int) -> None:
    write(tmp_path, 4, segment_bytes=10)
    segments = sorted(tmp_path.glob("*.journal"))
    assert len(segments) == 4
    segments[lost].unlink()
    with pytest.raises(JournalError, match=r"does not continue|Restore"):
        read(tmp_path)


def test_a_segment_of_another_journal_is_noticed(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder, frame in ((ours, b"a"), (theirs, b"b")):
        folder.mkdir()
        writer = JournalWriter(folder, 0, 1, 1, 0, segment_bytes=10)
        for sequence in (1, 2, 3):
            writer.write(writer.encode(sequence, 1, [Entry(0, frame)]))
        writer.close()
    name = sorted(ours.glob("*.journal"))[1].name
    (ours / name).write_bytes((theirs / name).read_bytes())
    with pytest.raises(JournalError, match="Restore the journal folder"):
        read(ours)


def test_another_shard_s_journal_is_refused(tmp_path: Path) -> None:
    write(tmp_path, 1)
    with pytest.raises(JournalError, match="belongs to shard 0, this is shard 1"):
        list(JournalReader(tmp_path, 1).records())


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
