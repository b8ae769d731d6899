"""Makes the compiled build of these sources, if there is none: `python -m scripts.native`.

How it works: the sources are copied to a folder `making-<process>` in `.venv/native`, and all is
made from the copy; so what was compiled is what the fingerprint was taken of, whoever edits
meanwhile. When everything is there, one rename gives the folder its name, the fingerprint, by which
`proto/build.py` finds it. Whatever interrupts this leaves a folder that nobody looks for, and the
next run removes it. `scripts/bootstrap` sees to it that one runs at a time.

The build before is kept: processes that run it may still have modules to load. One that failed is
remembered, so that it is not tried again each time the exchange starts. That there is no build is
never an error: it is said in one line, with what would change it, and everything runs interpreted.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final, TextIO

from proto.build import MODULES_FILE, ROOT, SETTING, builds_folder, fingerprint, source_files
from scripts.native.compilation import PHASE
from scripts.native.toolchain import Toolchain, can_install, find_toolchain, install

LOG: Final = ".venv/native.log"
MAKE_TIMEOUT_S: Final = 900.0
BUILT: Final = 0
NOT_BUILT: Final = 3
INTERRUPTED: Final = 130
_BUILDS_KEPT: Final = 2
_MAKING: Final = "making-"
_FAILED_FILE: Final = "failed"
_ASKED_FILE: Final = "asked-apt-get"
_INTERPRETED: Final = "Everything runs interpreted, and the engine several times slower"


class NotBuiltError(Exception):
    """There is no build, and none can be made now; the message says why and what would help."""


def main() -> int:
    """Make the build of this checkout and return the exit status."""
    try:
        make_build(ROOT)
    except NotBuiltError as error:
        print(f"{_INTERPRETED}: {error}", flush=True)
        return NOT_BUILT
    except KeyboardInterrupt:
        return INTERRUPTED
    return BUILT


def make_build(root: Path) -> Path:
    """Make a compiled build of a checkout where there is none of these sources.

    Args:
        root: The checkout; the caller sees to it that it is the only one to make a build there.

    Returns:
        The folder of the build.

    Raises:
        NotBuiltError: If it cannot be made.
    """
    builds = builds_folder(root)
    try:
        builds.mkdir(parents=True, exist_ok=True)
        build = builds / fingerprint(root)
        if (build / MODULES_FILE).is_file():
            return build
        toolchain = _toolchain(builds)
        _refuse_what_failed(builds, _attempt(build, toolchain))
        made = _make(root, builds, toolchain)
        _remove_old(builds, made)
    except OSError as error:
        raise NotBuiltError(f"the compiled build cannot be made: {error}") from error
    return made


def _toolchain(builds: Path) -> Toolchain:
    toolchain = find_toolchain(os.environ)
    asked = builds / _ASKED_FILE
    if not toolchain.is_complete and can_install(toolchain) and not asked.exists():
        # Once: a machine without network would otherwise make each start wait for it.
        asked.touch()
        packages = toolchain.packages()
        print(f"Installing {' '.join(packages)} with apt-get ...", flush=True)
        install(packages)
        toolchain = find_toolchain(os.environ)
    if not toolchain.is_complete:
        wanted = " ".join(toolchain.packages())
        raise NotBuiltError(
            f"there is no {toolchain.missing}. To change this, on Debian or Ubuntu: "
            f"apt-get install {wanted}, then run this again"
        )
    return toolchain


def _attempt(build: Path, toolchain: Toolchain) -> str:
    """Return what an attempt is told by: with another compiler it is another."""
    return f"{build.name} {toolchain.compiler}\n"


def _refuse_what_failed(builds: Path, attempt: str) -> None:
    failed = builds / _FAILED_FILE
    if failed.is_file() and failed.read_text(encoding="utf-8") == attempt:
        raise NotBuiltError(
            f"compiling these sources has failed before; {LOG} says why. To try again, remove "
            f"{failed}"
        )


def _make(root: Path, builds: Path, toolchain: Toolchain) -> Path:
    """Make a build from a copy of the sources and give it its name."""
    for left_over in builds.glob(f"{_MAKING}*"):
        shutil.rmtree(left_over, ignore_errors=True)
    folder = builds / f"{_MAKING}{os.getpid()}"
    sources, made = folder / "sources", folder / "made"
    made.mkdir(parents=True)
    try:
        _copy_sources(root, sources)
        build = builds / fingerprint(sources)
        if not _compile(sources, made, root / LOG, toolchain):
            attempt = _attempt(build, toolchain)
            (builds / _FAILED_FILE).write_text(attempt, encoding="utf-8")
            raise NotBuiltError(f"compiling failed; {LOG} says why")
        for intermediate in ("c", "objects"):
            shutil.rmtree(made / intermediate)
        # What a loss of power leaves must be whole too: first the bytes, then the name.
        os.sync()
        if build.exists():
            shutil.rmtree(build)
        made.rename(build)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    (builds / _FAILED_FILE).unlink(missing_ok=True)
    return build


def _copy_sources(root: Path, sources: Path) -> None:
    for path in source_files(root):
        copy = sources / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / path, copy)


def _compile(sources: Path, made: Path, log_file: Path, toolchain: Toolchain) -> bool:
    """Compile in processes of their own, and show on a terminal how far they are.

    Raises:
        NotBuiltError: If they were killed, or took longer than MAKE_TIMEOUT_S.
    """
    started_s = time.monotonic()
    print(f"Compiling the hot modules (log: {LOG}) ...", flush=True)
    with (
        log_file.open("w", encoding="utf-8") as log,
        subprocess.Popen(
            [sys.executable, "-m", "scripts.native.compilation", str(made)],
            cwd=sources,
            env=_environment(sources, toolchain),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process,
    ):
        # Compilers that hang keep the pipe open: all of them must end, not only the first.
        timer = threading.Timer(MAKE_TIMEOUT_S, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        try:
            _follow(process, log, started_s)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            timer.cancel()
    if process.returncode < 0:
        raise NotBuiltError(f"compiling was ended by signal {-process.returncode}; run this again")
    if process.returncode == 0:
        print(f"Compiled after {time.monotonic() - started_s:.0f} s", flush=True)
    return process.returncode == 0


def _environment(sources: Path, toolchain: Toolchain) -> dict[str, str]:
    # Neither the build that is asked for nor other modules of the user's may be looked for there.
    environment = {
        name: value for name, value in os.environ.items() if name not in (SETTING, "MYPYPATH")
    }
    return environment | {"CC": toolchain.compiler, "PYTHONPATH": str(sources)}


def _follow(process: "subprocess.Popen[str]", log: TextIO, started_s: float) -> None:
    """Write what a process says into the log until it ends."""
    assert process.stdout is not None
    shows = sys.stdout.isatty()
    for line in process.stdout:
        log.write(line)
        if shows and line.startswith(PHASE):
            elapsed_s = time.monotonic() - started_s
            phase = line.removeprefix(PHASE).strip()
            print(f"\r\x1b[K  {phase}, {elapsed_s:.0f} s", end="", flush=True)
    process.wait()
    if shows:
        print("\r\x1b[K", end="", flush=True)


def _remove_old(builds: Path, newest: Path) -> None:
    """Remove all builds but the newest ones; processes that still run an older one had time."""
    others = [each for each in builds.iterdir() if each.is_dir() and each != newest]
    others.sort(key=lambda build: build.stat().st_mtime_ns, reverse=True)
    for build in others[_BUILDS_KEPT - 1 :]:
        shutil.rmtree(build)
