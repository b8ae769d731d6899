"""Snapshots by a real forked child, on both event loops, while the engine goes on."""

import asyncio
import errno
import fcntl
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Final

import pytest
import uvloop

from matcher.core.engine import Engine
from matcher.journal.disk import FolderDisk
from matcher.snapshots import child as child_module
from matcher.snapshots import taker as taker_module
from matcher.snapshots.child import fork_child
from matcher.snapshots.folder import SnapshotFolder
from matcher.snapshots.taker import REST, SnapshotTaker
from proto.codes import GTC, LIMIT, SELL
from proto.commands import PlaceOrder
from tests.applying import apply_to
from tests.unit.matcher.snapshot_engines import position_of, traded_engine
from tests.waiting import block_until, until

ROOT: Final = Path(__file__).resolve().parents[3]
Run = Callable[[Coroutine[object, object, None]], None]


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a coroutine; an exception that nobody caught fails the test."""
    factory = uvloop.new_event_loop if request.param == "uvloop" else asyncio.new_event_loop

    def run_it(work: Coroutine[object, object, None]) -> None:
        unhandled: list[dict[str, object]] = []
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.get_loop().set_exception_handler(lambda _, context: unhandled.append(context))
            runner.run(work)
        assert unhandled == []

    return run_it


class Scene:
    """An engine, the folder of its snapshots, and who takes them."""

    def __init__(self, path: Path, deadline_s: float = 60.0) -> None:
        self.path = path
        self.engine = traded_engine()
        self.folder = SnapshotFolder(FolderDisk(path), 0)
        self.kept: list[int] = []
        self.taker = SnapshotTaker(self.folder, self.kept.append, deadline_s)

    def begin(self) -> None:
        self.taker.begin(self.engine, position_of(self.engine), 4)

    def go_on(self) -> None:
        command = PlaceOrder(0, 0, 1, 2, SELL, LIMIT, GTC, False, 250, 20, "")
        apply_to(self.engine, self.engine.timestamp_ns + 1, command)

    async def until_idle(self) -> None:
        await until(lambda: not self.taker.busy)

    def names(self) -> list[str]:
        return sorted(path.name for path in self.path.iterdir())


class FrozenLoop:
    """Stands for asyncio where only the running loop's time is asked for."""

    def __init__(self, now_s: float) -> None:
        self._now_s = now_s

    def get_running_loop(self) -> "FrozenLoop":
        return self

    def time(self) -> float:
        return self._now_s


def test_the_state_at_the_beginning_is_taken(tmp_path: Path, run: Run) -> None:
    async def work() -> None:
        scene = Scene(tmp_path)
        state_hash, position = scene.engine.state_hash(), position_of(scene.engine)
        scene.begin()
        assert scene.taker.busy
        for _ in range(5):
            scene.go_on()
        assert scene.engine.state_hash() != state_hash
        scene.taker.on_durable(position.sequence)
        await scene.until_idle()
        found = scene.folder.newest(verify=True)
        assert found is not None
        assert (found.state_hash, found.position, found.epoch) == (state_hash, position, 4)
        assert scene.kept == [0]

    run(work())


def test_it_has_no_name_before_the_journal_is_on_disk(tmp_path: Path, run: Run) -> None:
    async def work() -> None:
        scene = Scene(tmp_path)
        sequence = scene.engine.sequence
        scene.taker.on_durable(sequence - 1)
        scene.begin()
        taking = scene.taker._taking
        assert taking is not None
        await until(lambda: taking.child is None)
        scene.taker.on_durable(sequence - 1)
        assert scene.names() == [f"{sequence:020d}.snapshot.new"]
        assert scene.taker.busy
        scene.taker.on_durable(sequence + 1)
        await scene.until_idle()
        assert scene.names() == [f"{sequence:020d}.snapshot"]

    run(work())


def test_one_after_the_other_the_newest_two_are_kept(tmp_path: Path, run: Run) -> None:
    async def work() -> None:
        scene = Scene(tmp_path)
        first = scene.engine.sequence
        (tmp_path / f"{1:020d}.snapshot.new").write_bytes(b"left by a crash")
        for _ in range(4):
            scene.begin()
            scene.taker.on_durable(scene.engine.sequence)
            await scene.until_idle()
            scene.go_on()
        assert scene.folder.sequences() == [first + 2, first + 3]
        assert len(scene.names()) == 2
        assert scene.kept == [0, first, first + 1, first + 2]

    run(work())


def test_after_one_it_rests_for_as_long_as_its_share_of_the_time_asks(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        scene = Scene(tmp_path)
        assert scene.taker.rested
        loop = asyncio.get_running_loop()
        begun_s = loop.time()
        scene.begin()
        scene.taker.on_durable(scene.engine.sequence)
        await scene.until_idle()
        took_s = loop.time() - begun_s
        # The clock stands still here: whether it has rested is a question of the time alone.
        for elapsed_s, rested in ((0.0, False), ((REST + 2) * took_s, True)):
            now_s = begun_s + elapsed_s
            monkeypatch.setattr(taker_module, "asyncio", FrozenLoop(now_s))
            assert scene.taker.rested is rested
            monkeypatch.undo()

    run(work())


def test_a_full_disk_is_a_warning_and_leaves_nothing(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_file: int, _views: list[memoryview], _offset: int, _flags: int) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def work() -> None:
        scene = Scene(tmp_path)
        with monkeypatch.context() as patch:
            patch.setattr(os, "pwritev", full)
            scene.begin()
        scene.taker.on_durable(scene.engine.sequence)
        await scene.until_idle()
        assert scene.names() == []
        assert scene.kept == []
        assert "trading goes on: OSError: [Errno 28] No space left on device" in caplog.text
        scene.begin()
        await scene.until_idle()
        assert scene.kept == [0]

    run(work())


def test_a_disk_that_takes_no_name_is_a_warning(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def read_only(_disk: FolderDisk) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    async def work() -> None:
        scene = Scene(tmp_path)
        monkeypatch.setattr(FolderDisk, "sync_folder", read_only)
        scene.begin()
        scene.taker.on_durable(scene.engine.sequence)
        await scene.until_idle()
        assert "Read-only file system" in caplog.text
        assert scene.kept == []

    run(work())


def test_no_child_is_a_warning(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_memory() -> int:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    async def work() -> None:
        scene = Scene(tmp_path)
        descriptors = os.listdir("/proc/self/fd")
        monkeypatch.setattr(os, "fork", no_memory)
        scene.begin()
        assert not scene.taker.busy
        assert "no child can be forked: [Errno 12] Cannot allocate memory" in caplog.text
        assert os.listdir("/proc/self/fd") == descriptors

    run(work())


def stuck(_folder: SnapshotFolder, *_arguments: object) -> None:
    signal.pause()
    while True:
        time.sleep(60)


def test_a_child_that_is_stuck_is_killed_and_reaped(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        monkeypatch.setattr(SnapshotFolder, "write", stuck)
        scene = Scene(tmp_path, deadline_s=0.05)
        scene.begin()
        taking = scene.taker._taking
        assert taking is not None
        assert taking.child is not None
        pid = taking.child.pid
        await scene.until_idle()
        assert "it was not written in 0 s" in caplog.text
        assert not is_there(pid)

    run(work())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_child_that_is_ended_from_outside_is_a_warning(
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    number: signal.Signals,
) -> None:
    async def work() -> None:
        monkeypatch.setattr(SnapshotFolder, "write", stuck_and_says_so)
        told = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
        scene = Scene(tmp_path)
        scene.begin()
        taking = scene.taker._taking
        assert taking is not None
        assert taking.child is not None
        await until(lambda: (tmp_path / "stuck").exists())
        os.kill(taking.child.pid, number)
        await scene.until_idle()
        assert f"ended by signal {int(number)}" in caplog.text
        # The signal was the child's; the parent's loop saw none.
        assert not told.is_set()

    run(work())


def stuck_and_says_so(folder: SnapshotFolder, *_arguments: object) -> None:
    folder._disk.create("stuck", 0)
    stuck(folder)


def test_closing_ends_the_child_without_a_warning(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        monkeypatch.setattr(SnapshotFolder, "write", stuck)
        scene = Scene(tmp_path)
        scene.begin()
        with caplog.at_level(logging.INFO):
            await scene.taker.close()
        assert not scene.taker.busy
        assert caplog.text == ""
        scene.begin()
        assert not scene.taker.busy

    run(work())


def test_closing_gives_up_what_the_journal_does_not_reach(tmp_path: Path, run: Run) -> None:
    async def work() -> None:
        scene = Scene(tmp_path)
        scene.begin()
        taking = scene.taker._taking
        assert taking is not None
        await until(lambda: taking.child is None)
        await scene.taker.close()
        assert not scene.taker.busy
        assert scene.folder.newest() is None

    run(work())


def test_nothing_of_the_parent_is_left_open_in_the_child(tmp_path: Path) -> None:
    """A lock that the parent gives up by dying must not live on in the child."""
    with (tmp_path / "lock").open("w") as lock, (tmp_path / "other").open("w"):
        fcntl.flock(lock, fcntl.LOCK_EX)

        def work() -> None:
            links = [os.readlink(f"/proc/self/fd/{name}") for name in open_descriptors()]
            (tmp_path / "links").write_text("\n".join(links))
            assert not [link for link in links if link.startswith(str(tmp_path))]

        child = fork_child(work)
        failure = child.reap()
    assert failure is None, (tmp_path / "links").read_text()


def open_descriptors() -> list[str]:
    with os.scandir("/proc/self/fd") as entries:
        names = [entry.name for entry in entries]
        return [name for name in names if os.path.lexists(f"/proc/self/fd/{name}")]


def test_a_child_ends_with_its_parent(tmp_path: Path) -> None:
    code = """
import os, signal, sys
from pathlib import Path
from matcher.snapshots.child import fork_child
def work():
    while True:
        signal.pause()
child = fork_child(work)
print(child.pid, flush=True)
signal.pause()
"""
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    with parent.stdout:
        pid = int(parent.stdout.readline())
        os.kill(pid, 0)
        parent.kill()
        parent.wait()
        block_until(lambda: not is_running(pid))


def is_there(pid: int) -> bool:
    """Zombies are there too, until they are reaped."""
    return Path(f"/proc/{pid}").exists()


def is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def test_what_goes_wrong_in_a_child_is_told() -> None:
    def work() -> None:
        raise KeyError("x" * 5_000)

    reason = fork_child(work).reap()
    assert reason is not None
    assert reason.startswith("KeyError: 'xxx")
    assert len(reason) == child_module._REASON_BYTES


def test_an_engine_is_taken_between_two_commands_only(tmp_path: Path, run: Run) -> None:
    async def work() -> None:
        scene = Scene(tmp_path)
        with pytest.raises(AssertionError):
            scene.taker.begin(Engine(0), position_of(scene.engine), 1)
        scene.begin()
        with pytest.raises(AssertionError):
            scene.begin()
        await scene.taker.close()

    run(work())
