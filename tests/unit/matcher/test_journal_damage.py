"""Torn or damaged: what a crash can have left is cut, everything else refuses the start.

The journals are read from memory, so that each byte and each bit can be tried.
"""

import itertools
import struct
from pathlib import Path

import pytest
from crc32c import crc32c

from matcher.journal.disk import FolderDisk
from matcher.journal.format import SECTOR, Entry, JournalError, Tear
from matcher.journal.mending import mend
from matcher.journal.reader import JournalReader
from matcher.journal.record import HEADING_LENGTH, encode_record, read_heading
from matcher.journal.writer import JournalWriter
from tests.unit.matcher.journals import (
    Content,
    Memory,
    append,
    content_of,
    expected,
    frame_of,
    read,
    segments,
    start,
    write,
)


def outcome_of(disk: Memory) -> Content | None:
    """Return what is read, or None for a start that is refused."""
    try:
        return read(disk)[0]
    except JournalError:
        return None


def used_end(data: bytearray) -> int:
    return -(-len(data.rstrip(b"\0")) // SECTOR) * SECTOR


def test_every_flipped_bit_is_refused_or_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, 1, segment_bytes=4 * SECTOR)
    writer = start(tmp_path, segment_bytes=5 * SECTOR)
    append(writer, 1)
    append(writer, 1, frame_bytes=SECTOR)
    writer.close()
    disk = Memory(tmp_path)
    whole = read(disk)[0]
    assert len(whole) == 3
    flips = {name: range(8 * len(data)) for name, data in disk.files.items()}
    unused_from = 8 * used_end(disk.last)
    last = max(disk.files)
    for name, bits in flips.items():
        for bit in bits:
            disk.files[name][bit // 8] ^= 1 << bit % 8
            outcome = outcome_of(disk)
            # In what was never written a bit may be read as the rest of a torn record.
            harmless = name == last and bit >= unused_from
            assert outcome is None or (harmless and outcome == whole), f"{name}, bit {bit}"
            disk.files[name][bit // 8] ^= 1 << bit % 8
    assert read(disk)[0] == whole


@pytest.mark.parametrize("frame_bytes", [0, 300, 1400])
def test_a_journal_that_is_cut_short_is_refused(tmp_path: Path, frame_bytes: int) -> None:
    write(tmp_path, 8, segment_bytes=1 << 15, frame_bytes=frame_bytes)
    disk = Memory(tmp_path)
    (name,) = disk.files
    whole = bytes(disk.files[name])
    used = used_end(disk.last)
    cuts = {*range(used - 4096, used), *range(len(whole) - 4096, len(whole)), *range(SECTOR)}
    for length in cuts - {length for length in cuts if length < 0}:
        disk.files[name] = bytearray(whole[:length])
        assert outcome_of(disk) is None, f"cut to {length} bytes"


@pytest.mark.parametrize("frame_bytes", [0, 300, 1400])
def test_zeros_from_any_byte_on_cut_one_record_or_are_refused(
    tmp_path: Path, frame_bytes: int
) -> None:
    write(tmp_path, 8, segment_bytes=1 << 15, frame_bytes=frame_bytes)
    disk = Memory(tmp_path)
    (name,) = disk.files
    whole = bytes(disk.files[name])
    used = used_end(disk.last)
    last_record = used - (used - SECTOR) // 8
    outcomes = set()
    for start_of_zeros in range(max(SECTOR, used - 4096), used):
        disk.files[name] = bytearray(whole[:start_of_zeros].ljust(len(whole), b"\0"))
        outcome = outcome_of(disk)
        if start_of_zeros > last_record:
            assert outcome in (None, expected(7, frame_bytes), expected(8, frame_bytes))
        elif outcome is not None:
            # More than the last record is gone: somebody else's doing, but nothing in what is
            # left can tell. What is read is right as far as it goes.
            assert outcome == expected(len(outcome), frame_bytes)
        outcomes.add(outcome is None)
    assert outcomes == {True, False}


def torn_disks(folder: Path, frame: bytes) -> list[tuple[Memory, tuple[bool, ...], bytes]]:
    """Make every journal that a crash can leave while a record with the frame is written."""
    writer = start(folder)
    append(writer, 2)
    before = Memory(folder)
    record = writer.encode(5, 2, [Entry(50, frame)])
    writer.close()
    offset = used_end(before.last)
    disks = []
    for written in itertools.product((False, True), repeat=len(record) // SECTOR):
        disk = Memory(folder)
        for number, is_written in enumerate(written):
            if is_written:
                sector = record[number * SECTOR : (number + 1) * SECTOR]
                begin = offset + number * SECTOR
                disk.last[begin : begin + SECTOR] = sector
        disks.append((disk, written, record))
    return disks


BLANK_MIDDLE = frame_of(5) + bytes(3 * SECTOR) + b"end"
BLANK_END = frame_of(5) + bytes(2 * SECTOR)


@pytest.mark.parametrize(
    "frame", [frame_of(5), frame_of(5, 700), frame_of(5, 2100), BLANK_MIDDLE, BLANK_END]
)
def test_any_sectors_of_the_last_record_may_be_missing(tmp_path: Path, frame: bytes) -> None:
    for disk, written, record in torn_disks(tmp_path, frame):
        sectors = [record[at : at + SECTOR] for at in range(0, len(record), SECTOR)]
        have = [w for w, sector in zip(written, sectors, strict=True) if sector.strip(b"\0")]
        content, reader = read(disk)
        if all(have):
            assert content == [*expected(2), (5, 2, [(50, frame)])]
        else:
            assert content == expected(2)
        assert (reader.tear is not None) == (any(have) and not all(have))


def test_a_start_goes_on_behind_a_tear(tmp_path: Path) -> None:
    for number, (disk, written, _) in enumerate(torn_disks(tmp_path, frame_of(5, 1500))):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, data in disk.files.items():
            (folder / name).write_bytes(data)
        write(folder, 2)
        content, reader = read(folder)
        assert reader.tear is None
        kept = 3 if all(written) else 2
        assert [sequence for sequence, _, _ in content] == list(range(1, 2 * (kept + 2), 2))
        assert segments(folder)[0].stat().st_size == SECTOR * (7 if all(written) else 3)


def test_something_behind_the_record_that_is_torn_is_refused(tmp_path: Path) -> None:
    for disk, written, record in torn_disks(tmp_path, frame_of(5, 1500)):
        behind = 3 * SECTOR + len(record)
        disk.last[behind + 700] = 1
        if all(written):
            # Then it is the record behind it that is torn.
            assert outcome_of(disk) == [*expected(2), expected(3, 1500)[2]]
        elif written[0]:
            assert outcome_of(disk) is None
        else:
            # Without its heading nobody knows how long the record is.
            assert outcome_of(disk) == expected(2)


def test_a_record_without_heading_is_not_longer_than_the_longest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matcher.journal.segment.RECORD_BYTES_MAX", 4 * SECTOR)
    write(tmp_path, 2)
    disk = Memory(tmp_path)
    disk.last[3 * SECTOR + 4 * SECTOR - 1] = 1
    assert outcome_of(disk) == expected(2)
    disk.last[3 * SECTOR + 4 * SECTOR] = 1
    assert outcome_of(disk) is None


def test_a_record_that_is_missing_before_others_is_refused(tmp_path: Path) -> None:
    write(tmp_path, 5)
    for number in range(4):
        disk = Memory(tmp_path)
        begin = SECTOR * (1 + number)
        disk.last[begin : begin + SECTOR] = bytes(SECTOR)
        with pytest.raises(JournalError, match=f"byte {begin}: .*others follow"):
            read(disk)


def test_a_file_that_grew_is_refused(tmp_path: Path) -> None:
    write(tmp_path, 1)
    disk = Memory(tmp_path)
    disk.last.extend(bytes(SECTOR))
    with pytest.raises(JournalError, match="was made 65536 bytes long and has 66048"):
        read(disk)


@pytest.mark.parametrize("lost", [0, 1, 2, 3, 4])
def test_a_lost_segment_is_noticed(tmp_path: Path, lost: int) -> None:
    writer = start(tmp_path, segment_bytes=4 * SECTOR)
    append(writer, 9)
    # As the second thread does after each change of segments: what is full is cut.
    writer.prepare()
    writer.close()
    disk = Memory(tmp_path)
    names = sorted(disk.files)
    assert len(names) == 5
    del disk.files[names[lost]]
    with pytest.raises(JournalError, match=r"begins at 5|missing"):
        read(disk)


def test_swapped_segments_are_noticed(tmp_path: Path) -> None:
    write(tmp_path, 9, segment_bytes=4 * SECTOR)
    names = sorted(Memory(tmp_path).files)
    for one, other in itertools.combinations(names, 2):
        disk = Memory(tmp_path)
        disk.files[one], disk.files[other] = disk.files[other], disk.files[one]
        with pytest.raises(JournalError, match="renamed"):
            read(disk)


def test_a_segment_of_another_journal_is_noticed(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder, frame in ((ours, b"a"), (theirs, b"b")):
        folder.mkdir()
        writer = start(folder, segment_bytes=3 * SECTOR)
        for sequence in (1, 2, 3):
            writer.write(writer.encode(sequence, 1, [Entry(0, frame)]))
        writer.close()
    for name in Memory(ours).names()[1:]:
        disk = Memory(ours)
        disk.files[name] = Memory(theirs).files[name]
        with pytest.raises(JournalError, match="missing or foreign"):
            read(disk)


@pytest.mark.parametrize("name", ["1.journal", "copy of 00000000000000000001.journal"])
def test_a_second_segment_of_the_same_start_is_refused(tmp_path: Path, name: str) -> None:
    write(tmp_path, 1)
    disk = Memory(tmp_path)
    disk.files[name] = disk.last
    with pytest.raises(JournalError, match="not named as a segment is"):
        read(disk)


def test_another_shard_s_journal_is_refused(tmp_path: Path) -> None:
    write(tmp_path, 1)
    with pytest.raises(JournalError, match="belongs to shard 0, this is shard 1"):
        list(JournalReader(Memory(tmp_path), 1).records())


def test_an_epoch_that_goes_back_is_refused(tmp_path: Path) -> None:
    write(tmp_path, 1)
    write(tmp_path, 1)
    disk = Memory(tmp_path)
    reader = read(disk)[1]
    deposed = tmp_path / "deposed"
    deposed.mkdir()
    writer = JournalWriter(FolderDisk(deposed), 0, 1, reader.position, 1 << 12)
    append(writer, 1)
    writer.close()
    disk.files.update(Memory(deposed).files)
    with pytest.raises(JournalError, match="its epoch is 1, and before it there was 2"):
        read(disk)


def place(disk: Memory, record: bytes) -> None:
    """Put a record behind the last one."""
    begin = used_end(disk.last)
    disk.last[begin : begin + len(record)] = record


def test_time_that_goes_back_is_refused(tmp_path: Path) -> None:
    write(tmp_path, 1)
    disk = Memory(tmp_path)
    position = read(disk)[1].position
    place(disk, encode_record(position.checksum, 1, 3, 1, [Entry(10, b""), Entry(10, b"")])[0])
    assert outcome_of(disk) is not None
    disk = Memory(tmp_path)
    place(disk, encode_record(position.checksum, 1, 3, 1, [Entry(9, b"")])[0])
    with pytest.raises(JournalError, match="byte 1024: time goes back here"):
        read(disk)
    disk = Memory(tmp_path)
    place(disk, encode_record(position.checksum, 1, 3, 1, [Entry(11, b""), Entry(10, b"")])[0])
    with pytest.raises(JournalError, match="time goes back here"):
        read(disk)


def test_a_record_of_another_epoch_than_its_segment_is_refused(tmp_path: Path) -> None:
    write(tmp_path, 1)
    disk = Memory(tmp_path)
    position = read(disk)[1].position
    place(disk, encode_record(position.checksum, 2, 3, 1, [Entry(20, b"")])[0])
    with pytest.raises(JournalError, match="a record of epoch 2 in a segment of epoch 1"):
        read(disk)


@pytest.mark.parametrize(("previous", "sequence"), [(0, 3), (None, 2), (None, 4)])
def test_a_record_that_does_not_follow_is_refused(
    tmp_path: Path, previous: int | None, sequence: int
) -> None:
    write(tmp_path, 1)
    disk = Memory(tmp_path)
    checksum = read(disk)[1].position.checksum if previous is None else previous
    place(disk, encode_record(checksum, 1, sequence, 1, [Entry(20, b"")])[0])
    with pytest.raises(JournalError, match="sequence 3 is missing"):
        read(disk)


def lying(record: bytes, **lies: int) -> bytes:
    """Change fields of a heading, and make its checksum right again."""
    heading = read_heading(record, 0)
    assert heading is not None
    rest = struct.pack("<IIIIIIQ", *heading._replace(**lies)[:7])
    return struct.pack("<4sI", record[:4], crc32c(rest)) + rest + record[HEADING_LENGTH:]


@pytest.mark.parametrize(
    ("lies", "why"),
    [
        ({"length": 1 << 16}, "reaches beyond the end of the segment"),
        ({"length": (1 << 32) - 1}, "reaches beyond the end of the segment"),
        ({"length": 10}, "an entry ends in the middle"),
        ({"length": 25}, "an entry claims a frame of 20 bytes"),
        ({"commands": 0}, "sequence 1 is missing"),
    ],
)
def test_a_heading_that_lies_is_refused(tmp_path: Path, lies: dict[str, int], why: str) -> None:
    start(tmp_path).close()
    disk = Memory(tmp_path)
    record, _ = encode_record(0, 1, 1, 2, [Entry(20, bytes(range(1, 21)))])
    place(disk, lying(record, **lies))
    with pytest.raises(JournalError, match=why):
        read(disk)


def test_what_a_refused_start_says(tmp_path: Path) -> None:
    write(tmp_path, 3)
    path = segments(tmp_path)[0]
    data = bytearray(path.read_bytes())
    data[SECTOR + 50] ^= 1
    path.write_bytes(data)
    with pytest.raises(JournalError) as refusal:
        read(tmp_path)
    assert str(refusal.value) == (
        f"{path}, byte 512: a record is damaged and others follow it. The matcher does not start "
        "on a damaged journal, because it would lose acknowledged orders. Restore the journal's "
        "folder from a copy."
    )


def test_a_warning_says_where_the_tear_is(tmp_path: Path) -> None:
    disk, _, _ = torn_disks(tmp_path, frame_of(5, 1500))[3]
    path = segments(tmp_path)[0]
    path.write_bytes(disk.last)
    reader = JournalReader(FolderDisk(tmp_path), 0)
    assert content_of(reader) == expected(2)
    assert isinstance(reader.tear, Tear)
    assert mend(FolderDisk(tmp_path), reader) == [
        f"{path}: a record at byte 1536 is incomplete and is left out; a crash tore it, and it was "
        "never acknowledged. The journal ends at sequence 4"
    ]
