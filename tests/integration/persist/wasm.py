"""Starts the TimescaleDB of the tests: see tests/timescale/bridge.mjs."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.npm import install, node

FOLDER: Final = Path(__file__).resolve().parents[2] / "timescale"


@contextmanager
def timescale_server() -> Iterator[str]:
    """Run a server that holds nothing; yields its address."""
    install(FOLDER, "TimescaleDB")
    server = subprocess.Popen(
        [str(node()), str(FOLDER / "bridge.mjs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        # The end of the output is an answer too, so this waits no longer than the process lives.
        word, _, port = server.stdout.readline().partition(" ")
        assert word == "ready", "the bridge did not start"
        yield f"postgresql://postgres@127.0.0.1:{port.strip()}/postgres"
    finally:
        server.kill()
        server.wait()
        server.stdin.close()
        server.stdout.close()
