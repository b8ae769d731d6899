"""What `scripts/bootstrap` does where everything is installed and nothing has been compiled."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from proto.build import ROOT

pytestmark = pytest.mark.integration
LOCK = "requirements.lock"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A checkout whose .venv holds what its lock file names, in which no lock can be made."""
    root = tmp_path / "checkout"
    for folder in ("scripts", "proto", ".venv/bin"):
        (root / folder).mkdir(parents=True)
    for file in ("scripts/bootstrap", "scripts/bootstrap.py", "proto/build.py", LOCK):
        shutil.copy(ROOT / file, root / file)
    (root / "proto/__init__.py").write_text("")
    (root / ".venv/bin/python").symlink_to(sys.executable)
    shutil.copy(ROOT / LOCK, root / ".venv" / f"installed-{LOCK}")
    # Root may write everywhere; a folder in the way stops everybody.
    (root / ".venv.lock").mkdir()
    return root


def bootstrap(root: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "TICKMESH_BUILD"}
    return subprocess.run(
        ["/bin/sh", str(root / "scripts/bootstrap"), LOCK],
        env={**environment, "TICKMESH_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_folder_that_cannot_be_written_to_is_no_reason_not_to_start(installed: Path) -> None:
    done = bootstrap(installed)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Everything runs interpreted: ")
    assert done.stdout.count("\n") == 1


def test_where_packages_are_missing_it_is(installed: Path) -> None:
    (installed / ".venv" / f"installed-{LOCK}").unlink()
    done = bootstrap(installed)
    assert done.returncode == 1
    assert ".venv.lock" in done.stderr
    assert "Traceback" not in done.stderr
