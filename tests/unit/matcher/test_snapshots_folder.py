"""Snapshots on a real file system: what was written is read; what is damaged is passed over."""

import logging
from pathlib import Path

import pytest

from matcher.core.engine import Engine
from matcher.core.parts import SnapshotError
from matcher.journal.disk import FolderDisk
from matcher.journal.format import Position
from matcher.snapshots.folder import SnapshotFolder
from matcher.snapshots.format import SnapshotHeader, SnapshotReader, encode_snapshot
from proto.codes import GTC, LIMIT, SELL
from proto.commands import PlaceOrder
from tests.applying import apply_to
from tests.unit.matcher.snapshot_engines import position_of, traded_engine


def take(folder: SnapshotFolder, engine: Engine, epoch: int = 3) -> None:
    folder.write(engine, position_of(engine), epoch)
    folder.publish(engine.sequence)


def step(engine: Engine) -> None:
    """One more order."""
    command = PlaceOrder(0, 0, 1, 2, SELL, LIMIT, GTC, False, 250, 20, "")
    apply_to(engine, engine.timestamp_ns + 1, command)


def restored(data: bytes) -> Engine:
    return Engine.restored(0, SnapshotReader(data).parts())


@pytest.fixture
def folder(tmp_path: Path) -> SnapshotFolder:
    return SnapshotFolder(FolderDisk(tmp_path), 0)


@pytest.fixture
def data(tmp_path: Path, folder: SnapshotFolder) -> bytes:
    """A small snapshot's bytes."""
    take(folder, traded_engine())
    (path,) = tmp_path.iterdir()
    return path.read_bytes()


def path_of(tmp_path: Path, sequence: int) -> Path:
    return tmp_path / f"{sequence:020d}.snapshot"


def test_an_empty_folder_has_none(folder: SnapshotFolder) -> None:
    assert folder.newest() is None
    assert folder.keep(2) == 0


def test_what_was_written_is_read(folder: SnapshotFolder) -> None:
    engine = traded_engine()
    take(folder, engine, epoch=9)
    found = folder.newest(verify=True)
    assert found is not None
    assert (found.position, found.epoch) == (position_of(engine), 9)
    assert found.state_hash == engine.state_hash() == found.engine.state_hash()
    found.engine.check_invariants()


def test_one_without_a_name_is_not_read(folder: SnapshotFolder) -> None:
    engine = traded_engine()
    folder.write(engine, position_of(engine), 1)
    assert folder.newest() is None


def test_the_newest_up_to_a_sequence_is_read(folder: SnapshotFolder) -> None:
    engine = traded_engine()
    first = engine.sequence
    for _ in range(3):
        take(folder, engine)
        step(engine)
    for at_most, sequence in ((None, first + 2), (first + 9, first + 2), (first + 1, first + 1)):
        found = folder.newest(at_most)
        assert found is not None
        assert found.engine.sequence == found.position.sequence == sequence
    assert folder.newest(first - 1) is None


def test_a_bad_one_is_passed_over_with_a_warning(
    tmp_path: Path, folder: SnapshotFolder, caplog: pytest.LogCaptureFixture
) -> None:
    engine = traded_engine()
    first = engine.sequence
    take(folder, engine)
    step(engine)
    take(folder, engine)
    path = path_of(tmp_path, engine.sequence)
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    with caplog.at_level(logging.WARNING):
        found = folder.newest()
    assert found is not None
    assert found.position.sequence == first
    assert path.name in caplog.text
    assert f"it ends at byte {len(data) - 1}" in caplog.text


def test_one_that_cannot_be_read_is_passed_over(
    folder: SnapshotFolder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def bad_sector(_disk: FolderDisk, _name: str) -> bytes:
        raise OSError(5, "Input/output error")

    take(folder, traded_engine())
    monkeypatch.setattr(FolderDisk, "read", bad_sector)
    assert folder.newest() is None
    assert "Input/output error" in caplog.text


def test_a_cut_at_any_byte_is_noticed(data: bytes) -> None:
    for length in range(len(data)):
        with pytest.raises(SnapshotError, match="incomplete"):
            restored(data[:length])


def test_any_flipped_bit_is_noticed(data: bytes) -> None:
    for bit in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SnapshotError):
            restored(bytes(damaged))


def test_what_follows_the_end_is_noticed(data: bytes) -> None:
    with pytest.raises(SnapshotError, match="claims others"):
        restored(data + b"\0")


def test_a_chunk_that_is_lost_doubled_or_swapped_is_noticed() -> None:
    engine = traded_engine()
    header = SnapshotHeader(0, 1, position_of(engine), engine.timestamp_ns)
    pieces = list(encode_snapshot(header, engine.parts(), engine.state_hash))
    restored(b"".join(pieces))
    # A header, then a chunk's frame and its content in turns, then the trailer.
    chunks = [pieces[at] + pieces[at + 1] for at in range(1, len(pieces) - 1, 2)]
    for at in range(len(chunks) - 1):
        first, second = chunks[at], chunks[at + 1]
        for wrong in ([], [second], [first, first, second], [second, first]):
            changed = [pieces[0], *chunks[:at], *wrong, *chunks[at + 2 :], pieces[-1]]
            with pytest.raises(SnapshotError):
                restored(b"".join(changed))


def test_bytes_that_are_no_part_are_refused() -> None:
    engine = traded_engine()
    header = SnapshotHeader(0, 1, position_of(engine), engine.timestamp_ns)
    for content in ([99], [1, "text", 0, 0, 0], [1, -1, 0, 0, 0], None, [9, [[1]]]):
        parts = iter([content])
        data = b"".join(encode_snapshot(header, parts, engine.state_hash))
        with pytest.raises(SnapshotError, match="does not decode"):
            restored(data)


@pytest.mark.parametrize("version", [0, 3, 65_535])
def test_another_version_is_passed_over_by_name(
    tmp_path: Path,
    folder: SnapshotFolder,
    data: bytes,
    version: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (path,) = tmp_path.iterdir()
    path.write_bytes(data[:8] + version.to_bytes(2, "little") + b"whatever comes then")
    assert folder.newest() is None
    assert f"it is of version {version}; this program reads versions 1 and 2" in caplog.text


def test_another_shard_s_is_passed_over(
    tmp_path: Path, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert data
    assert SnapshotFolder(FolderDisk(tmp_path), 5).newest() is None
    assert "it is of shard 0, this is shard 5" in caplog.text


def test_a_file_under_another_sequence_s_name_is_passed_over(
    tmp_path: Path, folder: SnapshotFolder, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (path,) = tmp_path.iterdir()
    path.rename(path_of(tmp_path, 77))
    assert folder.newest() is None
    assert "different sequences" in caplog.text


def test_a_position_of_another_sequence_is_passed_over(
    folder: SnapshotFolder, caplog: pytest.LogCaptureFixture
) -> None:
    engine = traded_engine()
    folder.write(engine, Position(77, 0), 1)
    folder.publish(77)
    assert folder.newest() is None
    assert "different sequences" in caplog.text


def test_a_state_that_is_not_the_one_written_is_noticed_where_asked(
    tmp_path: Path, folder: SnapshotFolder, caplog: pytest.LogCaptureFixture
) -> None:
    engine = traded_engine()
    header = SnapshotHeader(0, 1, position_of(engine), engine.timestamp_ns)
    data = b"".join(encode_snapshot(header, engine.parts(), lambda: "00" * 16))
    path_of(tmp_path, engine.sequence).write_bytes(data)
    assert folder.newest() is not None
    assert folder.newest(verify=True) is None
    assert "does not have the hash" in caplog.text


def test_the_newest_two_are_kept(tmp_path: Path, folder: SnapshotFolder) -> None:
    engine = traded_engine()
    first = engine.sequence
    take(folder, engine)
    # One alone may go bad, so nothing before it is to be given up yet.
    assert folder.keep(2) == 0
    for number in range(1, 5):
        step(engine)
        take(folder, engine)
        assert folder.keep(2) == first + number - 1
        assert folder.sequences() == [first + number - 1, first + number]
    folder.write(engine, Position(5, 0), 1)
    folder.keep(2)
    assert len(list(tmp_path.iterdir())) == 2


def test_one_that_was_found_bad_does_not_count_among_those_kept(
    tmp_path: Path, folder: SnapshotFolder
) -> None:
    engine = traded_engine()
    first = engine.sequence
    for _ in range(2):
        take(folder, engine)
        step(engine)
    path_of(tmp_path, first + 1).write_bytes(b"")
    assert folder.newest() is not None
    take(folder, engine)
    assert folder.keep(2) == first
    assert folder.sequences() == [first, first + 1, first + 2]
    step(engine)
    take(folder, engine)
    assert folder.keep(2) == first + 2
    assert folder.sequences() == [first + 2, first + 3]


def test_other_files_are_left_alone(tmp_path: Path, folder: SnapshotFolder) -> None:
    names = ["lock", "1.snapshot", "x" * 20 + ".snapshot", "\u0661" * 20 + ".snapshot"]
    for name in names:
        (tmp_path / name).write_bytes(b"")
    assert folder.sequences() == []
    folder.keep(1)
    assert {path.name for path in tmp_path.iterdir()} == set(names)
