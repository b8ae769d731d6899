"""The whole exchange as `scripts/up` runs it, over one data folder, from first start to last."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scripts.launcher.environment import ROOT
from scripts.load.surroundings import read_environment

pytestmark = pytest.mark.e2e

_DEADLINE_S = 60.0


def _command(data_dir: Path) -> tuple[list[str], dict[str, str]]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TICKMESH_", "REDIS_URL"))}
    kept.pop("DATABASE_URL", None)
    environment = {
        **kept,
        "TICKMESH_DATA_DIR": str(data_dir),
        "TICKMESH_HTTP_PORT": "0",
        "TICKMESH_WS_PORT": "0",
        "TICKMESH_GATEWAYS": "1",
    }
    return [sys.executable, "-m", "scripts.launcher"], environment


@contextmanager
def _running(data_dir: Path) -> Iterator["subprocess.Popen[str]"]:
    command, environment = _command(data_dir)
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as launcher:
        try:
            _lines_until(launcher, "ready in ")
            yield launcher
        finally:
            # Harmless where the test has ended it.
            launcher.send_signal(signal.SIGTERM)


def _lines_until(launcher: "subprocess.Popen[str]", text: str) -> list[str]:
    """Read what the launcher shows up to a line; the test's own deadline bounds the wait."""
    assert launcher.stdout is not None
    lines = []
    for line in launcher.stdout:
        lines.append(line)
        if text in line:
            return lines
    pytest.fail(f"{text!r} was not shown:\n{''.join(lines)}")


def _get(data_dir: Path, path: str) -> object:
    variables = read_environment(data_dir / "run" / "environment")
    url = f"http://127.0.0.1:{variables['TICKMESH_HTTP_PORT']}{path}"
    with urllib.request.urlopen(url, timeout=_DEADLINE_S) as response:
        return json.load(response)


def _exchange_pids(launcher: "subprocess.Popen[str]") -> list[int]:
    children = Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children").read_text()
    return [int(pid) for pid in children.split()]


def _niceness(pid: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, pid)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_exchange_starts_survives_and_starts_again(tmp_path: Path) -> None:
    data_dir = tmp_path / "the data"
    with _running(data_dir) as launcher:
        balances = _get(data_dir, "/api/v1/balances?user_id=10")
        assert {"asset": "INR", "total": "1000000000.00"}.items() <= _of(balances, "INR").items()

        command, environment = _command(data_dir)
        second = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert second.returncode == 2
        assert f"Another exchange (process {launcher.pid}) runs on" in second.stderr

        os.kill(int((data_dir / "run" / "matcher.pid").read_text()), signal.SIGKILL)
        _lines_until(launcher, "matcher is ready again")

        children = _exchange_pids(launcher)
        assert len(children) == 6
        launcher.kill()
    # Nothing was stopped in order; the next start finds the servers' leavings.
    with _running(data_dir) as launcher:
        assert not any(map(_lives, children))
        assert _get(data_dir, "/api/v1/balances?user_id=10") == balances
        launcher.send_signal(signal.SIGTERM)
        assert _lines_until(launcher, "stopped")[-1].startswith("up")
        assert launcher.wait(_DEADLINE_S) == 0
    assert not (data_dir / "run" / "environment").exists()


def _of(balances: object, asset: str) -> dict[str, str]:
    assert isinstance(balances, list)
    (balance,) = (entry for entry in balances if entry["asset"] == asset)
    assert isinstance(balance, dict)
    return balance


def test_what_keeps_the_history_stands_back_for_orders(tmp_path: Path) -> None:
    with _running(tmp_path) as launcher:
        commands = {
            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" "): _niceness(pid)
            for pid in _exchange_pids(launcher)
        }
    lowered = {command for command, niceness in commands.items() if niceness > _niceness(0)}
    assert len(lowered) == 2
    assert all(b"-m persist" in command or b"postgres -D" in command for command in lowered)
