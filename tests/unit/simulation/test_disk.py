"""The simulated disk keeps what it must; what it may lose, it loses in some seed."""

import random
from collections.abc import Callable

import pytest

from tests.simulation.disk import SECTOR_BYTES, CrashError, FolderMount, SimulatedDisk

SEEDS = range(200)
OLD, NEW = b"o" * SECTOR_BYTES, b"n" * SECTOR_BYTES
LENGTH = 4 * SECTOR_BYTES


def prepared(seed: int) -> tuple[SimulatedDisk, FolderMount]:
    """A disk with one file of four old sectors that is there for good."""
    disk = SimulatedDisk(random.Random(seed))
    folder = disk.mount().folder("f")
    folder.create("a", LENGTH)
    file = folder.open("a")
    file.write(0, OLD * 4)
    file.sync()
    folder.sync_folder()
    return disk, folder


def after_power_loss(
    change: Callable[[FolderMount], None], seeds: range = SEEDS
) -> set[tuple[tuple[str, bytes], ...]]:
    """All that a change can leave behind in the folder."""
    left = set()
    for seed in seeds:
        disk, folder = prepared(seed)
        change(folder)
        disk.lose_power()
        after = disk.mount().folder("f")
        left.add(tuple((name, after.read(name)) for name in sorted(after.names())))
    return left


def sectors(content: bytes) -> str:
    return "".join(chr(content[start]) for start in range(0, len(content), SECTOR_BYTES))


def test_what_was_synced_is_kept() -> None:
    def write(folder: FolderMount) -> None:
        file = folder.open("a")
        file.write(0, NEW * 4)
        file.sync()

    assert after_power_loss(write) == {(("a", NEW * 4),)}


def test_of_an_unsynced_write_any_sectors_are_kept() -> None:
    left = after_power_loss(lambda folder: folder.open("a").write(0, NEW * 4), range(1_000))
    assert {sectors(content) for ((_, content),) in left} == {
        f"{a}{b}{c}{d}" for a in "on" for b in "on" for c in "on" for d in "on"
    }


def test_a_sector_is_kept_as_it_was_after_any_write() -> None:
    def write_twice(folder: FolderMount) -> None:
        file = folder.open("a")
        file.write(0, b"1" * 10)
        file.write(10, b"2" * 10)

    left = {content[:20] for ((_, content),) in after_power_loss(write_twice)}
    assert left == {b"o" * 20, b"1" * 10 + b"o" * 10, b"1" * 10 + b"2" * 10}


def test_a_file_that_grows_may_have_holes() -> None:
    def append(folder: FolderMount) -> None:
        folder.open("a").write(LENGTH, NEW * 2)

    lengths = {len(content) // SECTOR_BYTES for ((_, content),) in after_power_loss(append)}
    assert lengths == {4, 5, 6}
    endings = {content[LENGTH:] for ((_, content),) in after_power_loss(append)}
    assert bytes(SECTOR_BYTES) + NEW in endings


def test_names_are_kept_in_the_order_of_their_changes() -> None:
    def rename_and_create(folder: FolderMount) -> None:
        folder.rename("a", "b")
        folder.create("c", 0)

    left = after_power_loss(rename_and_create)
    assert {tuple(name for name, _ in files) for files in left} == {("a",), ("b",), ("b", "c")}


def test_after_the_sync_of_the_folder_names_are_kept() -> None:
    def rename(folder: FolderMount) -> None:
        folder.rename("a", "b")
        folder.sync_folder()

    assert after_power_loss(rename) == {(("b", OLD * 4),)}


def test_a_file_that_is_made_anew_has_lost_its_content_at_once() -> None:
    left = after_power_loss(lambda folder: folder.create("a", SECTOR_BYTES))
    assert left == {(("a", bytes(SECTOR_BYTES)),)}


def test_a_killed_process_loses_nothing_that_it_wrote() -> None:
    disk, folder = prepared(1)
    folder.open("a").write(0, NEW)
    assert disk.mount().folder("f").read("a") == NEW + OLD * 3


def test_a_crash_in_a_write_leaves_whole_sectors() -> None:
    found = set()
    for seed in SEEDS:
        disk = SimulatedDisk(random.Random(seed))
        mount = disk.mount()
        folder = mount.folder("f")
        folder.create("a", LENGTH)
        file = folder.open("a")
        mount.crash_in(1)
        with pytest.raises(CrashError):
            file.write(0, NEW * 4)
        with pytest.raises(CrashError):
            folder.names()
        found.add(disk.mount().folder("f").read("a"))
    assert found == {NEW * whole + bytes((4 - whole) * SECTOR_BYTES) for whole in range(4)}


def test_a_sync_that_failed_is_not_made_up_for_by_the_next() -> None:
    found = set()
    for seed in SEEDS:
        disk = SimulatedDisk(random.Random(seed))
        mount = disk.mount()
        folder = mount.folder("f")
        folder.create("a", SECTOR_BYTES)
        folder.sync_folder()
        file = folder.open("a")
        file.write(0, NEW)
        mount.fail_in(1, 1)
        with pytest.raises(OSError, match=r"No space|Input/output"):
            file.sync()
        file.sync()
        # Seen by whoever reads, until the power fails.
        assert folder.read("a") == NEW
        disk.lose_power()
        found.add(disk.mount().folder("f").read("a"))
    assert found == {NEW, bytes(SECTOR_BYTES)}


def test_failures_end() -> None:
    disk = SimulatedDisk(random.Random(1))
    mount = disk.mount()
    folder = mount.folder("f")
    mount.fail_in(2, 2)
    folder.names()
    for _ in range(2):
        with pytest.raises(OSError, match=r"No space|Input/output"):
            folder.names()
    assert folder.names() == []


def test_what_is_at_risk_is_told() -> None:
    disk, folder = prepared(1)
    assert disk.at_risk("f", "a") == 0
    folder.open("a").write(0, NEW * 2)
    assert disk.at_risk("f", "a") == 2
    folder.open("a").sync()
    folder.rename("a", "aa")
    assert disk.at_risk("f", "a") == 1
    assert disk.at_risk("f", ".other") == 0


def test_a_copy_is_a_disk_of_its_own() -> None:
    disk, folder = prepared(1)
    copy = disk.copy()
    assert copy.flip_any("f")
    flipped = copy.mount().folder("f").read("a")
    assert sum((one ^ other).bit_count() for one, other in zip(flipped, OLD * 4, strict=True)) == 1
    assert folder.read("a") == OLD * 4
    assert not copy.flip_any("empty")
