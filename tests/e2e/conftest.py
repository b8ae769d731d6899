"""The whole exchange, as scripts/up runs it, on free ports and a folder of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.launcher.embedded import choose_port
from tests.waiting import block_until

ROOT = Path(__file__).resolve().parent.parent.parent
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Exchange:
    """A running exchange."""

    http_port: int
    ws_port: int
    data_dir: Path


@pytest.fixture(scope="session")
def exchange(servers_dir: Path) -> Iterator[Exchange]:
    running = Exchange(choose_port(), choose_port(), servers_dir / "e2e")
    log = servers_dir / "e2e.log"
    environment = {name: v for name, v in os.environ.items() if not name.endswith("_URL")}
    environment |= {
        "TICKMESH_DATA_DIR": str(running.data_dir),
        "TICKMESH_HTTP_PORT": str(running.http_port),
        "TICKMESH_WS_PORT": str(running.ws_port),
        "TICKMESH_GATEWAYS": "2",
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "scripts.launcher"],
            cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:

        def ready_or_ended() -> bool:
            return "ready in " in log.read_text() or process.poll() is not None

        block_until(ready_or_ended, START_TIMEOUT_S, explain=log.read_text)
        assert process.poll() is None, log.read_text()
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        try:
            status = process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    assert status == 0, log.read_text()
