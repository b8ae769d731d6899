"""A journal that version 1 wrote is read, judged, and continued in the present version."""

import struct
from pathlib import Path

import pytest
from crc32c import crc32c

from matcher.journal.disk import FolderDisk
from matcher.journal.format import SECTOR, Entry, JournalError
from matcher.journal.reader import JournalReader
from tests.unit.matcher.journals import (
    Memory,
    content_of,
    expected,
    frame_of,
    read,
    segments,
    start,
    write,
)

HEADER_LENGTH = 32


class Version1Writer:
    """Writes as version 1 did. It stays as it is: what it writes is on disks out there."""

    def __init__(self, folder: Path, epoch: int, first_sequence: int, checksum: int) -> None:
        header = struct.pack("<8sHHIQI", b"TICKMESH", 1, 0, epoch, first_sequence, checksum)
        self.path = folder / f"{first_sequence:020d}.journal"
        self.path.write_bytes(header + struct.pack("<I", crc32c(header)))
        self.epoch, self.checksum = epoch, checksum

    def write(self, first_sequence: int, commands: int, entries: list[tuple[int, bytes]]) -> None:
        body = struct.pack("<IQII", self.checksum, first_sequence, commands, self.epoch)
        for timestamp_ns, frame in entries:
            body += struct.pack("<qI", timestamp_ns, len(frame)) + frame
        self.checksum = crc32c(body)
        with self.path.open("ab") as file:
            file.write(struct.pack("<4sII", b"TMRC", len(body), self.checksum) + body)


def write_version_1(folder: Path, batches: int, frame_bytes: int = 0) -> Version1Writer:
    """Write batches as `expected` tells, the last three of them in a second segment."""
    writer = Version1Writer(folder, 1, 1, 0)
    for number in range(batches):
        if number == batches - 3:
            writer = Version1Writer(folder, 2, 2 * number + 1, writer.checksum)
        sequence = 2 * number + 1
        writer.write(sequence, 2, [(sequence * 10, frame_of(sequence, frame_bytes))])
    return writer


def test_it_is_read_from_any_place(tmp_path: Path) -> None:
    write_version_1(tmp_path, 5)
    content, reader = read(tmp_path)
    assert content == expected(5)
    assert (reader.position.sequence, reader.epoch, reader.tear) == (10, 2, None)
    records = list(JournalReader(FolderDisk(tmp_path), 0).records())
    for done, record in enumerate(records, start=1):
        later = JournalReader(FolderDisk(tmp_path), 0, record.position)
        assert content_of(later) == expected(5)[done:]


def test_it_is_continued_in_the_present_version(tmp_path: Path) -> None:
    write_version_1(tmp_path, 5)
    before = {path.name: path.read_bytes() for path in segments(tmp_path)}
    write(tmp_path, 2)
    write(tmp_path, 1)
    content, reader = read(tmp_path)
    assert content == expected(8)
    assert reader.epoch == 4
    for name, data in before.items():
        assert (tmp_path / name).read_bytes() == data


def test_an_empty_segment_of_it_is_replaced(tmp_path: Path) -> None:
    Version1Writer(tmp_path, 1, 1, 0)
    write(tmp_path, 1)
    content, reader = read(tmp_path)
    assert (content, reader.epoch) == (expected(1), 2)


@pytest.mark.parametrize("frame_bytes", [0, 900])
def test_a_file_that_ends_in_the_last_record_is_torn(tmp_path: Path, frame_bytes: int) -> None:
    name = write_version_1(tmp_path, 5, frame_bytes).path.name
    disk = Memory(tmp_path)
    whole = bytes(disk.last)
    record = (len(whole) - HEADER_LENGTH) // 3
    for length in range(HEADER_LENGTH, len(whole)):
        disk.files[name] = bytearray(whole[:length])
        content, reader = read(disk)
        kept = (length - HEADER_LENGTH) // record
        assert content == expected(2 + kept, frame_bytes)
        assert (reader.tear is not None) == ((length - HEADER_LENGTH) % record != 0)


def test_a_start_goes_on_behind_a_tear(tmp_path: Path) -> None:
    path = write_version_1(tmp_path, 5).path
    path.write_bytes(path.read_bytes()[:-5])
    write(tmp_path, 2)
    write(tmp_path, 0)
    content, reader = read(tmp_path)
    assert content == expected(6)
    assert reader.tear is None


def test_a_sector_that_was_not_written_is_a_tear(tmp_path: Path) -> None:
    path = write_version_1(tmp_path, 4, frame_bytes=1400).path
    whole = path.read_bytes()
    last = HEADER_LENGTH + (len(whole) - HEADER_LENGTH) // 3 * 2
    first_sector = last // SECTOR * SECTOR
    for sector in range(first_sector, len(whole), SECTOR):
        torn = bytearray(whole)
        begin, end = max(sector, last), min(sector + SECTOR, len(whole))
        torn[begin:end] = bytes(end - begin)
        path.write_bytes(torn)
        content, reader = read(tmp_path)
        assert content == expected(3, frame_bytes=1400)
        assert reader.tear is not None
        assert (reader.tear.segment, reader.tear.offset) == (path.name, last)


def test_every_flipped_bit_is_refused(tmp_path: Path) -> None:
    write_version_1(tmp_path, 4)
    disk = Memory(tmp_path)
    for data in disk.files.values():
        for bit in range(8 * len(data)):
            data[bit // 8] ^= 1 << bit % 8
            with pytest.raises(JournalError):
                read(disk)
            data[bit // 8] ^= 1 << bit % 8
    assert read(disk)[0] == expected(4)


def test_a_version_of_the_future_is_refused(tmp_path: Path) -> None:
    start(tmp_path).close()
    path = segments(tmp_path)[0]
    data = bytearray(path.read_bytes())
    data[8:10] = (3).to_bytes(2, "little")
    data[508:512] = crc32c(data[:508]).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(JournalError, match="a journal of version 3; this program reads up to 2"):
        read(tmp_path)


def test_a_frame_that_reaches_beyond_its_record_is_refused(tmp_path: Path) -> None:
    writer = Version1Writer(tmp_path, 1, 1, 0)
    body = struct.pack("<IQII", 0, 1, 1, 1) + struct.pack("<qI", 1, 100) + b"short"
    with writer.path.open("ab") as file:
        file.write(struct.pack("<4sII", b"TMRC", len(body), crc32c(body)) + body)
    with pytest.raises(JournalError, match="byte 32: an entry claims a frame of 100 bytes"):
        read(tmp_path)


def test_a_present_writer_takes_over_its_checksums(tmp_path: Path) -> None:
    last = write_version_1(tmp_path, 3)
    writer = start(tmp_path)
    assert writer.position.checksum == last.checksum
    writer.write(writer.encode(7, 2, [Entry(70, frame_of(7))]))
    writer.close()
    assert read(tmp_path)[0] == expected(4)
