"""Makes .venv hold what a lock file names. Standard library only: it runs before .venv is there.

How it works: one at a time, under a lock on a file beside .venv. A stamp in .venv, a copy of the
lock file that was installed, is taken away before anything is changed and written when all is
done; so whatever interrupts this, the next run sees that there is something to do. The lock of
the tests holds everything that the exchange's lock holds, so it stamps both.

Then the hot modules are compiled (scripts/native), if they have not been, and unless the
interpreted build is asked for. Nothing depends on that: where it cannot be done, one line says so.
So too where only that is left to do and the folder cannot be written to: an image that is
read-only, or a user who starts what another one has installed.
"""

import fcntl
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
VENV: Final = ROOT / ".venv"
LOG: Final = ROOT / ".venv" / "install.log"
RUN_LOCK: Final = "requirements.lock"
TEST_LOCK: Final = "requirements-test.lock"
LOCKS: Final = {RUN_LOCK: (RUN_LOCK,), TEST_LOCK: (TEST_LOCK, RUN_LOCK)}
NATIVE: Final = VENV / "native"
_BUILD_SETTING: Final = "TICKMESH_BUILD"
_LOG_LINES_SHOWN: Final = 25
_INTERRUPTED: Final = 130


class BootstrapError(Exception):
    """The environment could not be made; the message says what to do."""


def main() -> None:
    """Run `bootstrap.py <lock file>`."""
    if len(sys.argv) != 2 or sys.argv[1] not in LOCKS:
        sys.exit(f"usage: bootstrap.py {' | '.join(LOCKS)}")
    lock = sys.argv[1]
    try:
        with (ROOT / ".venv.lock").open("w") as guard:
            _wait_for_turn(guard.fileno())
            # Another one may have done it while we waited.
            if not _is_current(lock):
                _install(lock, guard.fileno())
            _compile(guard.fileno())
    except OSError as error:
        if not _is_current(lock):
            sys.exit(str(error))
        print(f"Everything runs interpreted: no compiled build can be made: {error}", flush=True)
    except BootstrapError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


def _wait_for_turn(guard: int) -> None:
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Waiting for another run of this that is making .venv ...", flush=True)
        fcntl.flock(guard, fcntl.LOCK_EX)


def _stamp(lock: str) -> Path:
    return VENV / f"installed-{lock}"


def _is_current(lock: str) -> bool:
    stamp = _stamp(lock)
    return (
        os.access(VENV / "bin" / "python", os.X_OK)
        and stamp.is_file()
        and stamp.read_bytes() == (ROOT / lock).read_bytes()
    )


def _install(lock: str, guard: int) -> None:
    started_s = time.monotonic()
    wanted = (ROOT / lock).read_bytes()
    for name in LOCKS:
        _stamp(name).unlink(missing_ok=True)
    # What was compiled belongs to the packages that it was compiled with.
    shutil.rmtree(NATIVE, ignore_errors=True)
    pip = _make_venv()
    packages = len(re.findall(rb"^[\w.-]+==", wanted, re.MULTILINE))
    print(f"Installing {packages} packages of {lock} (log: .venv/install.log) ...", flush=True)
    command = [
        *(*pip, "install", "--require-hashes", "--no-deps", "--no-input"),
        *("--disable-pip-version-check", "--progress-bar", "off", "-r", lock),
    ]
    if not _run_with_progress(command, packages, guard):
        raise BootstrapError(
            f"{_log_tail()}\n\nInstalling the packages failed; the lines above say why. Put that "
            "right and run the same command again."
        )
    for name in LOCKS[lock]:
        _stamp(name).write_bytes((ROOT / name).read_bytes())
    print(f".venv is ready after {time.monotonic() - started_s:.0f} s", flush=True)


def _compile(guard: int) -> None:
    """Have the hot modules compiled; what is said about it is said there."""
    if os.environ.get(_BUILD_SETTING) == "interpreted":
        return
    # What is asked for is for the exchange: the program that makes it must run without.
    environment = {name: value for name, value in os.environ.items() if name != _BUILD_SETTING}
    subprocess.run(
        [VENV / "bin" / "python", "-m", "scripts.native"],
        cwd=ROOT,
        env=environment,
        pass_fds=(guard,),
        check=False,
    )


def _make_venv() -> list[str]:
    """Make .venv where there is none that works; return the command that is its pip."""
    python = VENV / "bin" / "python"
    own_pip = [str(python), "-m", "pip"]
    if _works([*own_pip, "--version"]):
        return own_pip
    print(f"Making .venv with {sys.executable} (Python {sys.version.split()[0]}) ...", flush=True)
    if VENV.exists():
        shutil.rmtree(VENV)
    if not _can_make_venv():
        _install_venv_module()
    if _can_make_venv():
        command, pip = [sys.executable, "-m", "venv", str(VENV)], own_pip
    elif _works([sys.executable, "-m", "pip", "--python", sys.executable, "--version"]):
        # Without the wheel of pip that python3-venv brings, the system's pip can do its work.
        command = [sys.executable, "-m", "venv", "--without-pip", str(VENV)]
        pip = [sys.executable, "-m", "pip", "--python", str(python)]
    else:
        raise BootstrapError(
            "This Python cannot make virtual environments: its module ensurepip is missing. On "
            "Debian or Ubuntu type: sudo apt-get install python3-venv"
        )
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BootstrapError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return pip


def _can_make_venv() -> bool:
    # A process of its own: after apt-get has run, this one would not see the module.
    return importlib.util.find_spec("venv") is not None and _works(
        [sys.executable, "-c", "import ensurepip; ensurepip.version()"]
    )


def _install_venv_module() -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    name = f"python3.{sys.version_info.minor}-venv"
    print(f"Installing {name} with apt-get ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "--no-install-recommends", name]
    for command in (["apt-get", "update"], install):
        subprocess.run(command, capture_output=True, env=environment, check=False)


def _works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _run_with_progress(command: list[str], packages: int, guard: int) -> bool:
    """Run pip with its output in the log, and show on a terminal how far it is.

    pip holds the guard too: if we are killed, it goes on, and the next run must wait for it.
    """
    started_s = time.monotonic()
    collected = 0
    shows = sys.stdout.isatty()
    with (
        LOG.open("w") as log,
        subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            pass_fds=(guard,),
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            log.write(line)
            collected += line.startswith("Collecting ")
            if shows:
                doing = "installing" if line.startswith("Installing") else "downloading"
                elapsed_s = time.monotonic() - started_s
                text = f"{doing} {min(collected, packages)} of {packages}, {elapsed_s:.0f} s"
                print(f"\r\x1b[K  {text}", end="", flush=True)
    if shows:
        print("\r\x1b[K", end="", flush=True)
    return process.returncode == 0


def _log_tail() -> str:
    return "\n".join(LOG.read_text(errors="replace").splitlines()[-_LOG_LINES_SHOWN:])


if __name__ == "__main__":
    main()
