"""verify: what is good is called good, with the right sums; every kind of damage is named."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from matcher.journal.archive import retire_segments
from matcher.journal.disk import FolderDisk
from matcher.journal.format import JournalError, Position
from matcher.journal.lock import lock_folder
from matcher.tools.data_folder import DataFolder
from matcher.tools.verification import AssetBalance, Verification, verification_lines
from matcher.tools.verify import Verifier
from proto.commands import Deposit
from tests.unit.tools.data_folders import SmallExchange, small_exchange


@pytest.fixture
def exchange(tmp_path: Path) -> SmallExchange:
    return small_exchange(tmp_path)


def verify(exchange: SmallExchange, *, from_beginning: bool = False) -> Verification:
    folder = DataFolder(exchange.data_dir, 0)
    return Verifier(folder, lambda sequence: None).run(from_beginning=from_beginning)


@contextmanager
def locked(exchange: SmallExchange) -> Iterator[None]:
    """Hold the journal as a matcher does."""
    descriptor = lock_folder(exchange.journal)
    yield
    os.close(descriptor)


def test_a_good_journal_is_summed_up(exchange: SmallExchange) -> None:
    found = verify(exchange)
    assert found.problem is None
    assert found.ok
    assert (found.records, found.first_sequence, found.sequence) == (5, 1, 15)
    assert (found.replayed, found.replayed_from, found.epoch) == (15, 0, 1)
    assert found.state_hash == exchange.engine.state_hash()
    assert (found.open_orders, found.users) == (1, 2)
    assert found.assets[0] == AssetBalance(
        asset="INR",
        deposited="100000.00",
        withdrawn="25.50",
        users_total="99973.90",
        held="600.60",
        fees="0.60",
        difference="0.00",
    )
    assert found.assets[1].users_total == "500"
    lines = list(verification_lines(found))
    assert lines[-1] == "result       good"
    assert any("100000.00" in line and "99973.90" in line for line in lines)


def test_it_begins_with_the_newest_snapshot_and_still_checks_what_is_before(
    exchange: SmallExchange,
) -> None:
    exchange.snapshot()
    exchange.restart()
    exchange.run(Deposit(5, 2, 1, 100, "bank-3"))
    found = verify(exchange)
    assert found.ok, found.problem
    assert (found.records, found.replayed, found.replayed_from) == (6, 1, 15)
    assert found.state_hash == exchange.engine.state_hash()
    exchange.close()
    first = exchange.segments()[0]
    data = bytearray(first.read_bytes())
    data[600] ^= 1
    first.write_bytes(data)
    found = verify(exchange)
    assert not found.ok
    assert found.problem is not None
    assert first.name in found.problem


def test_from_the_beginning_each_snapshot_is_compared(exchange: SmallExchange) -> None:
    exchange.snapshot()
    exchange.restart()
    exchange.run(Deposit(5, 2, 1, 100, "bank-3"))
    exchange.snapshot()
    found = verify(exchange, from_beginning=True)
    assert found.ok, found.problem
    assert found.replayed == 16
    assert found.snapshots_compared == [15, 16]


def test_a_snapshot_of_another_state_is_a_problem(exchange: SmallExchange, tmp_path: Path) -> None:
    other = small_exchange(tmp_path / "other")
    exchange.run(Deposit(5, 2, 1, 100, "bank-3"))
    other.run(Deposit(5, 2, 1, 101, "bank-3"))
    exchange.snapshot(other.engine)
    found = verify(exchange, from_beginning=True)
    assert found.problem is not None
    assert "the snapshot of sequence 16 has the state" in found.problem
    assert other.engine.state_hash() in found.problem


def test_a_snapshot_of_another_journal_is_a_problem(exchange: SmallExchange) -> None:
    exchange.snapshot(position=Position(15, 1))
    for from_beginning in (False, True):
        found = verify(exchange, from_beginning=from_beginning)
        assert found.problem is not None
        assert "was taken of another journal" in found.problem


def test_a_snapshot_in_the_middle_of_a_record_is_a_problem(
    exchange: SmallExchange, tmp_path: Path
) -> None:
    other = small_exchange(tmp_path / "other")
    other.run(Deposit(5, 2, 1, 100, "bank-3"))
    other.snapshot()
    exchange.run(Deposit(5, 2, 1, 100, "bank-3"), Deposit(6, 2, 1, 100, "bank-4"))
    shutil.copytree(
        other.data_dir / "snapshots", exchange.data_dir / "snapshots", dirs_exist_ok=True
    )
    found = verify(exchange)
    assert found.problem is not None
    assert "ends at sequence 16" in found.problem


def test_a_bad_snapshot_is_a_warning(exchange: SmallExchange) -> None:
    exchange.snapshot()
    (path,) = (exchange.data_dir / "snapshots").iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    found = verify(exchange)
    assert found.ok, found.problem
    assert found.replayed == 15
    assert len(found.warnings) == 1
    assert path.name in found.warnings[0]


def test_a_journal_that_ends_before_its_snapshot_is_a_problem(exchange: SmallExchange) -> None:
    exchange.restart()
    exchange.run(Deposit(5, 2, 1, 100, "bank-3"))
    exchange.snapshot()
    exchange.close()
    exchange.segments()[-1].unlink()
    assert not verify(exchange).ok
    # Beside a matcher, where the end is whatever has been written so far.
    with locked(exchange):
        found = verify(exchange)
    assert found.problem is not None
    assert "ends at sequence 15" in found.problem
    assert "snapshot of sequence 16" in found.problem


def test_the_archive_belongs_to_the_journal(exchange: SmallExchange) -> None:
    exchange.restart()
    exchange.run(Deposit(5, 2, 1, 100, "bank-3"))
    archive = exchange.journal / "archive"
    archive.mkdir()
    assert len(retire_segments(FolderDisk(exchange.journal), FolderDisk(archive), 15)) == 1
    found = verify(exchange, from_beginning=True)
    assert found.ok, found.problem
    assert (found.segments, found.first_sequence, found.replayed) == (2, 1, 16)


def test_segments_that_were_removed_on_purpose_need_a_snapshot(exchange: SmallExchange) -> None:
    exchange.snapshot()
    exchange.restart()
    exchange.run(Deposit(5, 2, 1, 100, "bank-3"))
    assert len(retire_segments(FolderDisk(exchange.journal), None, 15)) == 1
    found = verify(exchange)
    assert found.ok, found.problem
    assert (found.first_sequence, found.records, found.replayed) == (16, 1, 1)
    found = verify(exchange, from_beginning=True)
    assert found.problem is not None
    assert "begins at sequence 16" in found.problem


def test_a_lost_segment_is_a_problem(exchange: SmallExchange) -> None:
    exchange.restart()
    exchange.run(Deposit(5, 2, 1, 100, "bank-3"))
    exchange.restart()
    exchange.run(Deposit(6, 2, 1, 100, "bank-4"))
    exchange.segments()[1].unlink()
    found = verify(exchange)
    assert not found.ok
    assert (found.records, found.sequence) == (5, 15)


def test_a_tear_is_a_warning(exchange: SmallExchange) -> None:
    exchange.close()
    segment = exchange.segments()[-1]
    data = bytearray(segment.read_bytes())
    # A crash left the second sector of a record, and not its first.
    end = data.rstrip(b"\0").__len__()
    start = (end // 512 + 2) * 512
    data[start : start + 8] = b"leftover"
    segment.write_bytes(data)
    found = verify(exchange)
    assert found.ok, found.problem
    assert found.sequence == 15
    assert len(found.warnings) == 1
    assert "incomplete record" in found.warnings[0]


def test_an_assertion_of_the_engine_is_a_problem(
    exchange: SmallExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: object) -> None:
        raise AssertionError("no")

    monkeypatch.setattr("matcher.core.engine.Engine.check_invariants", broken)
    found = verify(exchange)
    assert found.problem is not None
    assert "behind sequence 15 an invariant of the engine does not hold" in found.problem


def test_it_sees_a_matcher_by_its_lock(exchange: SmallExchange) -> None:
    folder = DataFolder(exchange.data_dir, 0)
    assert not folder.is_written()
    with locked(exchange):
        assert folder.is_written()
        assert verify(exchange).live
    assert not folder.is_written()
    assert not verify(exchange).live


def test_a_folder_without_a_journal_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="--data-dir"):
        DataFolder(tmp_path, 0)
