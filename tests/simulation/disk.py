"""A disk that keeps what it must and nothing else.

Theory of operation
-------------------
Each file has what programs see of it (the page cache) and what the platter keeps. A write changes
the first, sector by sector, and `sync` carries it over. When the power fails, each sector that was
not synced is as it was on the platter or as it was after any write since. The names in a folder
are kept up to any of the changes since its last sync, in their order.

A process that is killed loses nothing that it had written, but what it had not synced is still not
on the platter. That is a trap: its successor reads what a power failure can yet take away.

A process sees the disk through a mount. The mount can be told to fail at the n-th operation from
now: the process dies in the middle of it, or the operation raises `OSError` with any part of it
done. After a `sync` that failed, the unsynced sectors are forgotten: seen, no longer waiting to be
written, and not kept, so that a later `sync` says yes and does nothing. So it is on Linux.
"""

import errno
import os
import random
from collections.abc import Callable
from typing import Final, final

SECTOR_BYTES: Final = 512


class CrashError(BaseException):
    """The process ends inside this call. Not an `Exception`: nothing of it may go on."""


@final
class _File:
    """The content of a file, whatever its name."""

    __slots__ = ("kept", "seen", "unsynced")

    def __init__(self) -> None:
        self.seen = bytearray()
        self.kept = bytearray()
        # Every content that a sector has had since it was synced.
        self.unsynced: Final[dict[int, list[bytes]]] = {}

    def copy(self) -> "_File":
        other = _File()
        other.seen, other.kept = bytearray(self.seen), bytearray(self.kept)
        other.unsynced.update({sector: list(some) for sector, some in self.unsynced.items()})
        return other

    def become_zeros(self, length: int) -> None:
        self.seen, self.kept = bytearray(length), bytearray(length)
        self.unsynced.clear()

    def write(self, offset: int, data: bytes) -> None:
        end = offset + len(data)
        if end > len(self.seen):
            self.seen.extend(bytes(end - len(self.seen)))
        self.seen[offset:end] = data
        for sector in range(offset // SECTOR_BYTES, -(-end // SECTOR_BYTES)):
            start = sector * SECTOR_BYTES
            content = bytes(self.seen[start : start + SECTOR_BYTES])
            self.unsynced.setdefault(sector, []).append(content)

    def keep(self, sector: int, content: bytes) -> None:
        start = sector * SECTOR_BYTES
        if start + len(content) > len(self.kept):
            self.kept.extend(bytes(start + len(content) - len(self.kept)))
        self.kept[start : start + len(content)] = content

    def sync(self) -> None:
        for sector, contents in self.unsynced.items():
            self.keep(sector, contents[-1])
        self.unsynced.clear()

    def sync_some(self, dice: random.Random) -> None:
        for sector in [sector for sector in sorted(self.unsynced) if dice.random() < 0.5]:
            self.keep(sector, self.unsynced.pop(sector)[-1])

    def lose_power(self, dice: random.Random) -> None:
        sectors = sorted(self.unsynced)
        # All or none of them, the first or the last ones, any.
        way = dice.randrange(5)
        middle = dice.randrange(len(sectors) + 1) if sectors else 0
        for position, sector in enumerate(sectors):
            survives = (
                False,
                True,
                position < middle,
                position >= middle,
                dice.random() < 0.5,
            )[way]
            if survives:
                self.keep(sector, dice.choice(self.unsynced[sector]))
        self.unsynced.clear()
        self.seen = bytearray(self.kept)


@final
class _Folder:
    """Names of files: as seen, as kept, and as they were after each change since."""

    __slots__ = ("changes", "kept", "seen")

    def __init__(self) -> None:
        self.seen: dict[str, _File] = {}
        self.kept: dict[str, _File] = {}
        self.changes: Final[list[dict[str, _File]]] = []

    def changed(self) -> None:
        self.changes.append(dict(self.seen))

    def sync(self) -> None:
        self.kept = dict(self.seen)
        self.changes.clear()

    def copy_from(self, other: "_Folder", copies: dict[int, _File]) -> None:
        """Take over the names of another folder, for copies of its files."""

        def copied(names: dict[str, _File]) -> dict[str, _File]:
            return {name: copies[id(file)] for name, file in names.items()}

        self.seen, self.kept = copied(other.seen), copied(other.kept)
        self.changes.extend(copied(names) for names in other.changes)

    def lose_power(self, dice: random.Random) -> None:
        self.kept = dict(dice.choice([self.kept, *self.changes]))
        self.changes.clear()
        self.seen = dict(self.kept)


@final
class SimulatedDisk:
    """The disk of one machine.

    Attributes:
        lies: From now on `sync` returns without having done anything.
    """

    def __init__(self, dice: random.Random) -> None:
        self.lies = False
        self._dice: Final = dice
        self._folders: Final[dict[str, _Folder]] = {}

    def mount(self) -> "Mount":
        """Give a process access, until it crashes."""
        return Mount(self, self._dice)

    def folder(self, name: str) -> _Folder:
        """Return a folder, made where there is none."""
        return self._folders.setdefault(name, _Folder())

    def lose_power(self) -> None:
        """Forget what is not on the platter, or not all of it."""
        for folder in self._folders.values():
            # Each content once, whatever its names; those that no kept name leads to are gone.
            for file in {id(file): file for file in _every(folder)}.values():
                file.lose_power(self._dice)
            folder.lose_power(self._dice)

    def at_risk(self, folder: str, suffix: str) -> int:
        """Count the sectors and names of files with a suffix that a power failure can take away."""
        found = self.folder(folder)
        after_failure = [found.kept, *found.changes]
        files = {name: file for name, file in found.seen.items() if name.endswith(suffix)}
        names = sum(any(n not in names for names in after_failure) for n in files)
        return names + sum(len(file.unsynced) for file in files.values())

    def copy(self) -> "SimulatedDisk":
        """Make another disk with the same content, for trials."""
        other = SimulatedDisk(self._dice)
        for name, folder in self._folders.items():
            copies = {id(file): file.copy() for file in _every(folder)}
            other.folder(name).copy_from(folder, copies)
        return other

    def flip_any(self, folder: str) -> bool:
        """Turn over one bit of what is in a folder, if anything is."""
        files = [file for _, file in sorted(self.folder(folder).seen.items()) if file.seen]
        if not files:
            return False
        file = self._dice.choice(files)
        # Most of a segment is unused, and most of the damage that matters is not there.
        used = len(file.seen.rstrip(b"\0")) if self._dice.random() < 0.8 else 0
        position = self._dice.randrange(used or len(file.seen))
        file.seen[position] ^= 1 << self._dice.randrange(8)
        return True


def _every(folder: _Folder) -> list[_File]:
    names = [folder.kept, *folder.changes, folder.seen]
    return [file for some in names for file in some.values()]


@final
class Mount:
    """The disk as one process has it.

    Attributes:
        operations: Operations so far.
        crashed: Whether the process has died of it.
        waits_for_a_long_write: Whether it will in the next write of several sectors.
    """

    def __init__(self, disk: SimulatedDisk, dice: random.Random) -> None:
        self.operations = 0
        self.crashed = False
        self.waits_for_a_long_write = False
        self.disk: Final = disk
        self.dice: Final = dice
        self._crash_at: int | None = None
        self._fail_at: int | None = None
        self._fails_until = 0

    def folder(self, name: str) -> "FolderMount":
        """Open a folder; this is a `matcher.journal.disk.Disk`."""
        return FolderMount(self, name)

    def crash(self) -> None:
        """End the access: whatever is called from now on does nothing but raise."""
        self.crashed = True

    def crash_in(self, operations: int) -> None:
        """Have the process die in the n-th operation from now, 1 for the next."""
        self._crash_at = self.operations + operations

    def crash_in_a_long_write(self) -> None:
        """Have the process die in the next write that takes several sectors, or in its sync."""
        self.waits_for_a_long_write = True

    def fail_in(self, operations: int, failures: int) -> None:
        """Have the n-th operation from now, and some after it, raise `OSError`."""
        self._fail_at = self.operations + operations
        self._fails_until = self._fail_at + failures

    def spare(self) -> None:
        """Let nothing go wrong any more."""
        self._crash_at = self._fail_at = None
        self.waits_for_a_long_write = False

    def perform(
        self,
        action: Callable[[], None],
        partly: Callable[[], None],
        after_failure: Callable[[], None] | None = None,
    ) -> None:
        """Do an operation, or a part of it if it is the one to go wrong."""
        if self.crashed:
            raise CrashError
        self.operations += 1
        if self._crash_at is not None and self.operations >= self._crash_at:
            partly()
            self.crashed = True
            raise CrashError
        if self._fail_at is not None and self._fail_at <= self.operations < self._fails_until:
            partly()
            if after_failure is not None:
                after_failure()
            code = self.dice.choice((errno.ENOSPC, errno.EIO))
            raise OSError(code, os.strerror(code))
        action()

    def nothing_or(self, action: Callable[[], None]) -> Callable[[], None]:
        """Make the half-done version of an operation that is done whole or not at all."""

        def perhaps() -> None:
            if self.dice.random() < 0.5:
                action()

        return perhaps


@final
class FolderMount:
    """A folder as one process has it: `matcher.journal.disk.Disk`."""

    def __init__(self, mount: Mount, name: str) -> None:
        self._mount: Final = mount
        self._name: Final = name
        self._folder: Final = mount.disk.folder(name)

    def __str__(self) -> str:  # type: ignore[explicit-override] # there is no override in 3.11
        return self._name

    def names(self) -> list[str]:
        self._mount.perform(_nothing, _nothing)
        names = list(self._folder.seen)
        # A real folder has no order either.
        self._mount.dice.shuffle(names)
        return names

    def length(self, name: str) -> int:
        self._mount.perform(_nothing, _nothing)
        return len(self._file(name).seen)

    def read(self, name: str, offset: int = 0, length: int | None = None) -> bytes:
        self._mount.perform(_nothing, _nothing)
        end = None if length is None else offset + length
        return bytes(self._file(name).seen[offset:end])

    def create(self, name: str, length: int) -> None:
        def make(length: int) -> None:
            # A file that has the name is emptied, so its content is gone whatever happens next.
            file = self._folder.seen.get(name) or _File()
            file.become_zeros(length)
            self._folder.seen[name] = file
            self._folder.changed()

        def make_partly() -> None:
            make(self._mount.dice.randrange(length + 1))

        self._mount.perform(lambda: make(length), self._mount.nothing_or(make_partly))

    def open(self, name: str) -> "FileMount":
        self._mount.perform(_nothing, _nothing)
        return FileMount(self._mount, self._file(name))

    def truncate(self, name: str, length: int) -> None:
        file = self._file(name)

        def cut() -> None:
            del file.seen[length:]
            for sector in [s for s in file.unsynced if s * SECTOR_BYTES >= length]:
                del file.unsynced[sector]
            file.sync()
            del file.kept[length:]

        self._mount.perform(cut, self._mount.nothing_or(cut))

    def rename(self, name: str, new_name: str) -> None:
        def move() -> None:
            self._folder.seen[new_name] = self._folder.seen.pop(name)
            self._folder.changed()

        self._file(name)
        self._mount.perform(move, self._mount.nothing_or(move))

    def remove(self, name: str) -> None:
        def unlink() -> None:
            del self._folder.seen[name]
            self._folder.changed()

        self._file(name)
        self._mount.perform(unlink, self._mount.nothing_or(unlink))

    def sync_folder(self) -> None:
        if not self._mount.disk.lies:
            self._mount.perform(self._folder.sync, self._mount.nothing_or(self._folder.sync))

    def _file(self, name: str) -> _File:
        found = self._folder.seen.get(name)
        if found is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
        return found


@final
class FileMount:
    """A file as one process has it: `matcher.journal.disk.DiskFile`."""

    def __init__(self, mount: Mount, file: _File) -> None:
        self._mount: Final = mount
        self._file: Final = file

    def write(self, offset: int, data: bytes) -> None:
        def write_partly() -> None:
            # A write stops between pages, so at the boundary of a sector, or is whole.
            end = offset + self._mount.dice.randrange(len(data) + 1)
            self._file.write(offset, data[: max(0, end // SECTOR_BYTES * SECTOR_BYTES - offset)])

        if self._mount.waits_for_a_long_write and len(data) > SECTOR_BYTES:
            self._mount.crash_in(self._mount.dice.choice((1, 2)))
        self._mount.perform(lambda: self._file.write(offset, data), write_partly)

    def sync(self) -> None:
        def sync_partly() -> None:
            self._file.sync_some(self._mount.dice)

        if not self._mount.disk.lies:
            self._mount.perform(self._file.sync, sync_partly, self._file.unsynced.clear)

    def close(self) -> None:
        """Say nothing of what is on disk; the dead may call it too."""


def _nothing() -> None:
    """Do no more than be counted: reading can fail, and changes nothing."""
