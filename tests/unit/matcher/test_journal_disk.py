"""The file system behind the seam: what is written is there, by whichever system call."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from matcher.journal.disk import FolderDisk

Pwritev = Callable[..., int]


@pytest.fixture
def disk(tmp_path: Path) -> FolderDisk:
    return FolderDisk(tmp_path)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the system is asked, in order."""
    calls: list[str] = []
    pwritev, fdatasync = os.pwritev, os.fdatasync

    def told_pwritev(file: int, views: list[memoryview], offset: int, flags: int) -> int:
        calls.append("write through" if flags else "write")
        return pwritev(file, views, offset, flags)

    def told_fdatasync(file: int) -> None:
        calls.append("sync")
        fdatasync(file)

    monkeypatch.setattr(os, "pwritev", told_pwritev)
    monkeypatch.setattr(os, "fdatasync", told_fdatasync)
    return calls


def failing_with(code: int) -> Pwritev:
    pwritev = os.pwritev

    def fail(file: int, views: list[memoryview], offset: int, flags: int) -> int:
        if flags:
            raise OSError(code, os.strerror(code))
        return pwritev(file, views, offset, flags)

    return fail


def test_a_file_is_made_of_zeros(disk: FolderDisk) -> None:
    disk.create("a", 3 << 20)
    assert disk.read("a") == bytes(3 << 20)
    disk.create("a", 1000)
    assert (disk.read("a"), disk.length("a")) == (bytes(1000), 1000)
    assert disk.names() == ["a"]


@pytest.mark.parametrize(
    ("offset", "length", "part"),
    [(0, None, b"0123456789"), (4, None, b"456789"), (2, 3, b"234"), (8, 5, b"89"), (12, 5, b"")],
)
def test_a_part_is_read(disk: FolderDisk, offset: int, length: int | None, part: bytes) -> None:
    (disk.folder / "a").write_bytes(b"0123456789")
    assert disk.read("a", offset, length) == part


def test_a_write_that_is_synced_is_one_call(disk: FolderDisk, calls: list[str]) -> None:
    disk.create("a", 100)
    calls.clear()
    file = disk.open("a")
    for number in range(3):
        file.write(10 * number, b"%d" % number)
        file.sync()
    assert calls == ["write through"] * 3
    file.close()
    assert disk.read("a").rstrip(b"\0") == b"0".ljust(10, b"\0") + b"1".ljust(10, b"\0") + b"2"


def test_several_writes_are_synced_together(disk: FolderDisk, calls: list[str]) -> None:
    disk.create("a", 0)
    calls.clear()
    file = disk.open("a")
    file.write(0, b"ab")
    file.write(2, b"cd")
    file.sync()
    assert calls == ["write", "write", "sync"]
    file.write(4, b"ef")
    file.sync()
    file.sync()
    assert calls[3:] == ["write through", "sync"]
    file.close()
    assert disk.read("a") == b"abcdef"


def test_a_write_that_is_not_synced_is_done_when_the_file_is_closed(disk: FolderDisk) -> None:
    disk.create("a", 0)
    file = disk.open("a")
    file.write(0, b"ab")
    file.close()
    assert disk.read("a") == b"ab"


def test_where_a_file_system_cannot_write_through_two_calls_do_it(
    disk: FolderDisk, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    disk.create("a", 0)
    calls.clear()
    monkeypatch.setattr(os, "pwritev", failing_with(errno.EOPNOTSUPP))
    file = disk.open("a")
    file.write(0, b"ab")
    file.sync()
    assert calls == ["write", "sync"]
    assert disk.read("a") == b"ab"
    file.close()


def test_an_error_is_not_taken_for_that(disk: FolderDisk, monkeypatch: pytest.MonkeyPatch) -> None:
    disk.create("a", 0)
    monkeypatch.setattr(os, "pwritev", failing_with(errno.EIO))
    file = disk.open("a")
    file.write(0, b"ab")
    with pytest.raises(OSError, match="Input/output error"):
        file.sync()
    file.close()


def test_a_short_write_goes_on_where_it_stopped(
    disk: FolderDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    pwritev = os.pwritev

    def short(file: int, views: list[memoryview], offset: int, flags: int) -> int:
        return pwritev(file, [views[0][:3]], offset, flags)

    monkeypatch.setattr(os, "pwritev", short)
    disk.create("a", 0)
    file = disk.open("a")
    file.write(0, b"0123456789")
    file.sync()
    assert disk.read("a") == b"0123456789"
    file.close()


def test_a_file_is_cut_renamed_and_removed(disk: FolderDisk) -> None:
    disk.create("a", 10)
    disk.truncate("a", 4)
    disk.create("b", 1)
    disk.rename("a", "b")
    disk.sync_folder()
    assert (disk.names(), disk.length("b")) == (["b"], 4)
    disk.remove("b")
    assert disk.names() == []
    for missing in (disk.open, disk.read, disk.length, disk.remove):
        with pytest.raises(FileNotFoundError):
            missing("b")
