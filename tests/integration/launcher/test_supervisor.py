"""The supervisor with real processes: they die and come back, and none is left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from scripts.launcher.console import Console
from scripts.launcher.keeper import ServiceFailedError
from scripts.launcher.supervisor import Supervisor
from tests.integration.launcher.dummy import dummy, pids
from tests.waiting import until

_DEADLINE_S = 30.0


@dataclass
class Screen:
    """A console, and the file of what it has shown."""

    console: Console
    path: Path

    def text(self) -> str:
        return self.path.read_text()


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    path = tmp_path / "screen"
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
    console = Console(descriptor, coloured=False)
    yield Screen(console, path)
    console.close()
    os.close(descriptor)


def _lives(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent's question does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_a_service_that_is_killed_comes_back_and_all_stop_in_order(
    tmp_path: Path, screen: Screen
) -> None:
    supervisor = Supervisor(screen.console, Random(1))
    await supervisor.start([dummy(tmp_path, "server")], [dummy(tmp_path, "edge")])
    (first,) = pids(tmp_path, "server")
    assert supervisor.pid("server") == first
    os.kill(first, signal.SIGKILL)
    await until(lambda: "server is ready again" in screen.text())
    second = pids(tmp_path, "server")[1]
    assert supervisor.pid("server") == second
    await supervisor.stop()
    assert not any(map(_lives, (*pids(tmp_path, "server"), *pids(tmp_path, "edge"))))
    await until(lambda: "server was ended by SIGKILL" in screen.text())
    assert len(pids(tmp_path, "edge")) == 1


async def test_a_wrong_configuration_is_not_tried_again(tmp_path: Path, screen: Screen) -> None:
    supervisor = Supervisor(screen.console, Random(1))
    with pytest.raises(ServiceFailedError, match="wrong did not start: it ended with status 2"):
        await supervisor.start([dummy(tmp_path, "right"), dummy(tmp_path, "wrong", "refuse")])
    await supervisor.stop()
    assert len(pids(tmp_path, "wrong")) == 1
    assert not any(map(_lives, pids(tmp_path, "right")))
    await until(lambda: "CRITICAL misconfigured" in screen.text())


@pytest.mark.parametrize("what", ["die", "mute"])
async def test_a_start_that_fails_is_given_up_after_a_few_tries(
    tmp_path: Path, screen: Screen, what: str
) -> None:
    supervisor = Supervisor(screen.console, Random(1))
    with pytest.raises(ServiceFailedError, match="weak did not start"):
        await supervisor.start([dummy(tmp_path, "weak", what)])
    await supervisor.stop()
    assert len(pids(tmp_path, "weak")) == 3
    assert not any(map(_lives, pids(tmp_path, "weak")))


async def test_a_service_that_dies_again_and_again_is_named_and_still_tried(
    tmp_path: Path, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.launcher.restart.DEATHS_MANY", 12)
    monkeypatch.setattr("scripts.launcher.keeper.DEATHS_MANY", 12)
    for delay in ("_DELAY_FIRST_S", "_DELAY_MAX_S", "DELAY_SELDOM_S"):
        monkeypatch.setattr(f"scripts.launcher.restart.{delay}", 0.001)
    supervisor = Supervisor(screen.console, Random(1))
    await supervisor.start([dummy(tmp_path, "patient", "weak")])
    await until(lambda: len(pids(tmp_path, "patient")) == 15)
    await until(lambda: screen.text().count("patient is ready again") == 14)
    assert screen.text().count("ERROR: patient died 12 times in a row") == 1
    assert supervisor.pid("patient") == pids(tmp_path, "patient")[-1]
    await supervisor.stop()


async def test_a_service_that_does_not_stop_is_killed(tmp_path: Path, screen: Screen) -> None:
    supervisor = Supervisor(screen.console, Random(1))
    await supervisor.start([dummy(tmp_path, "mule", "stubborn")])
    await supervisor.stop()
    assert not any(map(_lives, pids(tmp_path, "mule")))
    await until(lambda: "mule       does not stop: killed" in screen.text())


def _launch(folder: Path) -> "subprocess.Popen[str]":
    launcher = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.launcher.dummy", str(folder)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert launcher.stdout is not None
    while "all ready" not in (line := launcher.stdout.readline()):
        assert line, "the launcher ended"
    return launcher


async def test_a_launcher_that_is_killed_leaves_nobody_behind(tmp_path: Path) -> None:
    with _launch(tmp_path) as launcher:
        children = [*pids(tmp_path, "one"), *pids(tmp_path, "two")]
        assert all(map(_lives, children))
        launcher.kill()
        await until(lambda: not any(map(_lives, children)))


async def test_a_launcher_that_is_told_to_stop_ends_with_status_0(tmp_path: Path) -> None:
    with _launch(tmp_path) as launcher:
        launcher.terminate()
        assert launcher.wait(_DEADLINE_S) == 0
        assert not any(map(_lives, (*pids(tmp_path, "one"), *pids(tmp_path, "two"))))
