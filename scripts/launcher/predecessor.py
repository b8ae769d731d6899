"""Ends an embedded server that a killed launcher has left behind.

How it works: when a launcher is killed, the kernel asks its servers to stop, and they may still be
writing when the next launcher comes. Two servers on one folder would ruin it, so the next one
waits for the first. A pid file alone proves nothing, for the number may belong to another process
by now: the process must also run inside the folder.
"""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

_STOP_TIMEOUT_S: Final = 30.0
_KILL_TIMEOUT_S: Final = 5.0
_POLL_S: Final = 0.01


def end_predecessor(pid_file: Path, folder: Path, stop_signal: signal.Signals) -> bool:
    """Stop the server that a pid file names, where it runs in the folder; remove a stale pid file.

    Returns:
        Whether the folder is free; False if the server outlived even SIGKILL.
    """
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return True
    for number, timeout_s in ((stop_signal, _STOP_TIMEOUT_S), (signal.SIGKILL, _KILL_TIMEOUT_S)):
        if not _runs_in(pid, folder):
            break
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + timeout_s
        while _runs_in(pid, folder) and time.monotonic() < deadline:
            time.sleep(_POLL_S)
    if _runs_in(pid, folder):
        return False
    pid_file.unlink(missing_ok=True)
    return True


def _runs_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    except OSError:
        # It has ended, or it is another user's and then not our server.
        return False
