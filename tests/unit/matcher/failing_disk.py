"""A disk that fails at its n-th operation, in part or after it, and counts what it is asked."""

import errno
import os

from matcher.journal.disk import Disk, DiskFile, FolderDisk


class FailingDisk:
    """A folder whose n-th change from now raises `OSError`; a failed write is a short one.

    Attributes:
        changes: Changes asked for so far.
        fail_at: Which of them fails; 0 for none.
        code: What the error is.
        is_full: Whether no file can be made.
        writes: Offset and length of each write that was done whole.
    """

    def __init__(self, disk: FolderDisk, code: int = errno.EIO) -> None:
        self._disk: Disk = disk
        self.changes = 0
        self.fail_at = 0
        self.code = code
        self.is_full = False
        self.writes: list[tuple[int, int]] = []

    def __str__(self) -> str:
        return str(self._disk)

    def fails(self) -> bool:
        self.changes += 1
        return self.changes == self.fail_at

    def change(self) -> None:
        if self.fails():
            raise self.error()

    def error(self) -> OSError:
        return OSError(self.code, os.strerror(self.code))

    def names(self) -> list[str]:
        return self._disk.names()

    def length(self, name: str) -> int:
        return self._disk.length(name)

    def read(self, name: str, offset: int = 0, length: int | None = None) -> bytes:
        return self._disk.read(name, offset, length)

    def create(self, name: str, length: int) -> None:
        if self.fails() or self.is_full:
            self._disk.create(name, length // 2)
            raise self.error()
        self._disk.create(name, length)

    def open(self, name: str) -> "FailingFile":
        self.change()
        return FailingFile(self, self._disk.open(name))

    def truncate(self, name: str, length: int) -> None:
        self.change()
        self._disk.truncate(name, length)

    def rename(self, name: str, new_name: str) -> None:
        self.change()
        self._disk.rename(name, new_name)

    def remove(self, name: str) -> None:
        self.change()
        self._disk.remove(name)

    def sync_folder(self) -> None:
        self.change()
        self._disk.sync_folder()


class FailingFile:
    """A file on such a disk."""

    def __init__(self, disk: FailingDisk, file: DiskFile) -> None:
        self._disk = disk
        self._file = file

    def write(self, offset: int, data: bytes) -> None:
        if self._disk.fails():
            self._file.write(offset, data[: len(data) // 1024 * 512])
            raise self._disk.error()
        self._file.write(offset, data)
        self._disk.writes.append((offset, len(data)))

    def sync(self) -> None:
        self._disk.change()
        self._file.sync()

    def close(self) -> None:
        self._file.close()
