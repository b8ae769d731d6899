"""The journal's threads: what they tell the loop, and when."""

import asyncio
import errno
import logging
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from matcher.committer import PATIENCE_NS, REST_NS, SMALL_RECORD_BYTES, Committer
from matcher.journal.disk import FolderDisk
from matcher.journal.format import BEGINNING, SECTOR, Entry
from matcher.journal.writer import JournalWriter
from tests.unit.matcher.failing_disk import FailingDisk
from tests.unit.matcher.journals import expected, frame_of, read, segments
from tests.waiting import until


class Loop:
    """What a committer is used by: the next record when the one before is on disk."""

    def __init__(
        self, folder: Path, disk: FailingDisk, clock_ns: Callable[[], int] = lambda: 0
    ) -> None:
        self.folder = folder
        self.journal = JournalWriter(disk, 0, 1, BEGINNING, 8 * SECTOR)
        self.committer = Committer(self.journal, self._on_durable, self._on_failure, clock_ns)
        self.durable = 0
        self.failures: list[OSError] = []
        self._wanted = 0

    async def commit(self, batches: int) -> None:
        """Commit batches one after the other, until they are durable or one has failed."""
        self._wanted = self.durable + batches
        self._submit()
        await until(lambda: self.durable == self._wanted or bool(self.failures))

    def _submit(self) -> None:
        sequence = self.journal.position.sequence + 1
        entry = Entry(sequence * 10, frame_of(sequence))
        self.committer.submit(self.journal.encode(sequence, 2, [entry]))

    def _on_durable(self) -> None:
        self.durable += 1
        # What it is told of can be read.
        assert len(read(self.folder)[0]) >= self.durable
        if self.durable < self._wanted:
            self._submit()

    def _on_failure(self, error: OSError) -> None:
        self.failures.append(error)


async def test_each_record_is_told_when_it_is_on_disk(tmp_path: Path) -> None:
    loop = Loop(tmp_path, FailingDisk(FolderDisk(tmp_path)))
    loop.committer.start()
    await loop.commit(30)
    loop.committer.close()
    loop.journal.close()
    assert loop.failures == []
    assert read(tmp_path)[0] == expected(30)
    # The second thread has cut the segments that are full, but for the last of them perhaps.
    sizes = [path.stat().st_size for path in segments(tmp_path)]
    assert len(sizes) == 5
    assert sizes[:-2] == [7 * SECTOR] * 3


async def test_a_failure_is_told_once_and_ends_it(tmp_path: Path) -> None:
    disk = FailingDisk(FolderDisk(tmp_path), errno.EIO)
    loop = Loop(tmp_path, disk)
    loop.committer.start()
    await loop.commit(2)
    # The sync of the next record.
    disk.fail_at = disk.changes + 2
    await loop.commit(2)
    changes = disk.changes
    # A matcher that fails still closes; nothing is written by that.
    loop.committer.close()
    loop.journal.close()
    assert [error.errno for error in loop.failures] == [errno.EIO]
    assert (loop.durable, disk.changes) == (2, changes)


async def test_a_full_disk_is_said_while_there_is_room_and_stops_it_when_there_is_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    disk = FailingDisk(FolderDisk(tmp_path), errno.ENOSPC)
    loop = Loop(tmp_path, disk)
    disk.is_full = True
    loop.committer.start()
    with caplog.at_level(logging.ERROR):
        await loop.commit(7)
    loop.committer.close()
    loop.journal.close()
    assert (loop.durable, [error.errno for error in loop.failures]) == (6, [errno.ENOSPC])
    said = [record.getMessage() for record in caplog.records]
    assert said
    assert all("next segment cannot be made: [Errno 28]" in message for message in said)
    assert read(tmp_path)[0] == expected(6)


async def test_a_bug_in_the_thread_reaches_the_loop(tmp_path: Path) -> None:
    caught: list[BaseException | None] = []

    def handle(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        assert isinstance(error, BaseException)
        caught.append(error)

    asyncio.get_running_loop().set_exception_handler(handle)
    loop = Loop(tmp_path, FailingDisk(FolderDisk(tmp_path)))
    loop.committer.start()
    # Not a record at all.
    loop.committer.submit(bytes(100 * SECTOR))
    await until(lambda: caught)
    loop.committer.close()
    loop.journal.close()
    assert [type(error) for error in caught] == [AssertionError]
    assert loop.failures == []


class Writers(JournalWriter):
    """Notes which thread wrote each record."""

    names: list[str]

    def write(self, record: bytes) -> None:
        self.names.append(threading.current_thread().name)
        super().write(record)


def padded(journal: JournalWriter, length: int) -> bytes:
    sequence = journal.position.sequence + 1
    return journal.encode(sequence, 1, [Entry(sequence, bytes(length))])


async def test_the_loop_writes_what_is_small_and_the_thread_what_is_large(tmp_path: Path) -> None:
    journal = watched(tmp_path)
    durable: list[str] = []

    def note() -> None:
        durable.append(threading.current_thread().name)

    committer = Committer(journal, note, refuse, lambda: 0)
    committer.start()
    for count, length in enumerate((10, SMALL_RECORD_BYTES - 600, SMALL_RECORD_BYTES, 10), 1):
        committer.submit(padded(journal, length))
        # Never told from within: the one who submits is not done yet.
        assert len(durable) == count - 1
        await until(lambda count=count: len(durable) == count)
    committer.close()
    journal.close()
    assert journal.names == ["MainThread", "MainThread", "journal", "MainThread"]
    assert durable == ["MainThread"] * 4


async def test_a_disk_that_kept_the_loop_waiting_is_left_to_the_thread(tmp_path: Path) -> None:
    journal = watched(tmp_path)
    durable: list[None] = []
    # Before and after each write of the loop; the thread asks for no time after it.
    times = iter((0, PATIENCE_NS + 1, REST_NS, PATIENCE_NS + 1 + REST_NS, 2 * REST_NS))
    committer = Committer(journal, lambda: durable.append(None), refuse, lambda: next(times))
    committer.start()
    for count in range(1, 4):
        committer.submit(padded(journal, 10))
        await until(lambda count=count: len(durable) == count)
    committer.close()
    journal.close()
    assert journal.names == ["MainThread", "journal", "MainThread"]


def watched(folder: Path) -> Writers:
    journal = Writers(FolderDisk(folder), 0, 1, BEGINNING, 64 * SECTOR)
    journal.names = []
    return journal


def refuse(error: OSError) -> None:
    raise AssertionError(error)
