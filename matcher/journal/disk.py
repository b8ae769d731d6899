"""The folder that a journal or the snapshots live in, as the few operations that they need.

Everything that decides what is safe stands above this seam, in code that also runs on a simulated
disk, which loses what was not synced and tears what was being written (tests/simulation). So each
method says what is certain when it returns, and nothing else may be relied on.
"""

import errno
import os
from io import FileIO
from pathlib import Path
from typing import Final, Protocol, final

# Zeros are written this many bytes at a time.
_CHUNK_BYTES: Final = 1 << 20


class DiskFile(Protocol):
    """A file that is open for writing."""

    def write(self, offset: int, data: bytes) -> None:
        """Write all of the data at an offset; after a crash any sectors of it may be there.

        Raises:
            OSError: If not all of it was taken, here and in every method.
        """
        ...

    def sync(self) -> None:
        """Wait until what was written, and the length that it needs, is on disk."""
        ...

    def close(self) -> None:
        """Close it; says nothing of what is on disk."""
        ...


class ReadableDisk(Protocol):
    """A folder to read from. Names are plain file names; `str()` tells where it is."""

    def names(self) -> list[str]:
        """List the files in it.

        Raises:
            OSError: Here and in every method, also for a file that is not there.
        """
        ...

    def length(self, name: str) -> int:
        """Return a file's length in bytes."""
        ...

    def read(self, name: str, offset: int = 0, length: int | None = None) -> bytes:
        """Read a file, or a part of it.

        Args:
            name: File to read.
            offset: Byte to begin at; 0..
            length: Bytes to read; fewer are returned where the file ends before. None reads all
                the rest.
        """
        ...


class Disk(ReadableDisk, Protocol):
    """A folder to read from and to write to."""

    def create(self, name: str, length: int) -> None:
        """Make a file of zeros, in place of one that has the name; its content is on disk then.

        Its name is on disk only after `sync_folder`.
        """
        ...

    def open(self, name: str) -> DiskFile:
        """Open a file that exists for writing."""
        ...

    def truncate(self, name: str, length: int) -> None:
        """Cut a file to a length; on disk when this returns."""
        ...

    def rename(self, name: str, new_name: str) -> None:
        """Give a file another name, in place of a file that has it; atomic, not yet on disk."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file; not yet on disk."""
        ...

    def sync_folder(self) -> None:
        """Wait until the names in the folder are on disk."""
        ...


@final
class FolderDisk:
    """A folder of the file system."""

    def __init__(self, folder: Path) -> None:
        """Use a folder that exists."""
        self.folder: Final = folder

    def __str__(self) -> str:  # type: ignore[explicit-override]
        return str(self.folder)

    def names(self) -> list[str]:
        """See `Disk`."""
        return [entry.name for entry in os.scandir(self.folder) if entry.is_file()]

    def length(self, name: str) -> int:
        """See `Disk`."""
        return (self.folder / name).stat().st_size

    def read(self, name: str, offset: int = 0, length: int | None = None) -> bytes:
        """See `Disk`."""
        with (self.folder / name).open("rb", buffering=0) as file:
            file.seek(offset)
            return file.readall() if length is None else _read_up_to(file, length)

    def create(self, name: str, length: int) -> None:
        """See `Disk`.

        Zeros are written rather than reserved: a sync of a sector that was only reserved has to
        write the file system's own journal too, which costs twice the time and now and then ten
        times. They are synced piece by piece, so that whoever else waits for the disk meanwhile
        waits for one piece.
        """
        file = _FolderFile(self.folder / name, os.O_CREAT | os.O_TRUNC)
        try:
            zeros = bytes(min(length, _CHUNK_BYTES))
            for offset in range(0, length, _CHUNK_BYTES):
                file.write(offset, zeros[: length - offset])
                file.sync()
            # Its length, also if that is 0.
            file.sync()
        finally:
            file.close()

    def open(self, name: str) -> DiskFile:
        """See `Disk`."""
        return _FolderFile(self.folder / name, 0)

    def truncate(self, name: str, length: int) -> None:
        """See `Disk`."""
        with (self.folder / name).open("r+b") as file:
            file.truncate(length)
            os.fsync(file.fileno())

    def rename(self, name: str, new_name: str) -> None:
        """See `Disk`."""
        (self.folder / name).replace(self.folder / new_name)

    def remove(self, name: str) -> None:
        """See `Disk`."""
        (self.folder / name).unlink()

    def sync_folder(self) -> None:
        """See `Disk`."""
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _read_up_to(file: FileIO, length: int) -> bytes:
    parts: list[bytes] = []
    while length and (part := file.read(length)):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


@final
class _FolderFile:
    """A file of the file system, open for writing.

    The last write waits for what comes next. If that is `sync`, both are one system call, and the
    thread has to come by the interpreter's lock once instead of twice; beside a busy event loop
    that is worth milliseconds.
    """

    def __init__(self, path: Path, flags: int) -> None:
        self._file: Final = os.open(path, os.O_WRONLY | os.O_CLOEXEC | flags, 0o600)
        self._waiting: tuple[int, bytes] | None = None
        # Whether the system has more to write than the write that waits.
        self._is_unsynced = False

    def write(self, offset: int, data: bytes) -> None:
        """See `DiskFile`."""
        self._write_waiting()
        self._waiting = (offset, data)

    def sync(self) -> None:
        """See `DiskFile`."""
        waiting = self._waiting
        if waiting is not None and not self._is_unsynced:
            self._waiting = None
            if _write_through(self._file, *waiting):
                return
            self._waiting = waiting
        self._write_waiting()
        os.fdatasync(self._file)
        self._is_unsynced = False

    def close(self) -> None:
        """See `DiskFile`."""
        try:
            self._write_waiting()
        finally:
            os.close(self._file)

    def _write_waiting(self) -> None:
        if self._waiting is not None:
            offset, data = self._waiting
            self._waiting = None
            self._is_unsynced = True
            _write(self._file, offset, data, 0)


def _write_through(file: int, offset: int, data: bytes) -> bool:
    """Write and wait for the disk; return False, with nothing done, where that is not to be had."""
    try:
        _write(file, offset, data, os.RWF_DSYNC)
    except OSError as error:
        if error.errno == errno.EOPNOTSUPP:
            return False
        raise
    return True


def _write(file: int, offset: int, data: bytes, flags: int) -> None:
    view = memoryview(data)
    while view:
        # A short write is no error yet: the next one says why.
        written = os.pwritev(file, [view], offset, flags)
        offset += written
        view = view[written:]
