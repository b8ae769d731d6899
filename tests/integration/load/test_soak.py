"""The soak against the exchange's real processes, through both ways in, and with a kill."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest

from scripts.launcher.embedded import choose_port
from scripts.load.result import Result
from tests.waiting import block_until

ROOT = Path(__file__).resolve().parent.parent.parent.parent
PROCESSES = ("matcher", "persist", "feed", "gateway")
START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 10.0


class Exchange:
    """The processes, and a thread that starts the matcher again when it dies."""

    def __init__(self, data_dir: Path, environment: dict[str, str]) -> None:
        self.data_dir = data_dir
        self._environment = {**os.environ, **environment}
        self._stopping = threading.Event()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        (data_dir / "run").mkdir(mode=0o700)
        lines = [f"{name}={value}\n" for name, value in environment.items()]
        (data_dir / "run" / "environment").write_text("".join(lines))
        for name in PROCESSES:
            self._start(name)
        self._keeper = threading.Thread(target=self._keep_matcher)
        self._keeper.start()

    def await_ready(self) -> None:
        for name in PROCESSES:
            block_until(
                partial(self._is_ready, name), START_TIMEOUT_S, explain=self._log(name).read_text
            )

    def stop(self) -> None:
        self._stopping.set()
        self._keeper.join()
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self._processes.values():
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def soak(self, *arguments: str) -> tuple[int, Result, str]:
        """Run a soak; return its status, its result and what it said."""
        command = [sys.executable, "scripts/soak.py", "--json", *arguments]
        environment = {**os.environ, "TICKMESH_DATA_DIR": str(self.data_dir)}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, timeout=100, check=False
        )
        said = done.stderr.decode()
        assert done.stdout, said
        return done.returncode, msgspec.json.decode(done.stdout, type=Result), said

    def _is_ready(self, name: str) -> bool:
        return "INFO ready " in self._log(name).read_text()

    def _log(self, name: str) -> Path:
        return self.data_dir / f"{name}.log"

    def _start(self, name: str) -> None:
        with self._log(name).open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", name], cwd=ROOT, env=self._environment, stderr=log
            )

    def _keep_matcher(self) -> None:
        while not self._stopping.wait(0.02):
            if self._processes["matcher"].poll() is not None:
                self._start("matcher")


@pytest.fixture
def exchange(servers_dir: Path, redis_url: str, database_url: str) -> Iterator[Exchange]:
    # A short path: unix sockets do not fit below the long ones of `tmp_path`.
    data_dir = servers_dir / "soak"
    data_dir.mkdir()
    running = Exchange(
        data_dir,
        {
            "REDIS_URL": redis_url,
            "DATABASE_URL": database_url,
            "TICKMESH_DATA_DIR": str(data_dir),
            "TICKMESH_HTTP_PORT": str(choose_port()),
            "TICKMESH_WS_PORT": str(choose_port()),
        },
    )
    try:
        running.await_ready()
        yield running
    finally:
        running.stop()


@pytest.mark.integration
def test_soaks_end_with_every_audit_held(exchange: Exchange) -> None:
    status, result, said = exchange.soak("--seconds", "2", "--connections", "16")
    assert status == 0, said
    assert result.ok
    assert result.orders > 0
    assert result.fills > 0
    assert result.subscriber_messages > 0
    assert not result.troubles
    assert (exchange.data_dir / "soak.png").exists()

    status, result, said = exchange.soak(
        "--seconds", "2", "--through", "mesh", "--rate", "200", "--subscribers", "0"
    )
    assert status == 0, said
    assert result.orders + result.cancels + result.late_cancels == 400

    status, result, said = exchange.soak(
        "--seconds", "3", "--connections", "16", "--kill-matcher", "1", "--subscribers", "1"
    )
    assert status == 0, said
    assert result.killed_s is not None
    assert result.outage_s is not None


def test_without_an_exchange_it_says_what_to_do(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "scripts/soak.py"],
        cwd=ROOT,
        env={**os.environ, "TICKMESH_DATA_DIR": str(tmp_path)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert b"scripts/up" in done.stderr
    assert not done.stdout
