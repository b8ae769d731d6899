"""Ties a child's life to the launcher's: when the launcher dies, the kernel signals the child.

How it works: between fork and exec the child asks the kernel (`prctl(PR_SET_PDEATHSIG)`) for a
signal at its parent's death. A launcher that is killed with SIGKILL can clean up nothing, so the
kernel does it. Three traps, each met here:

- The request must come after the change of user, which clears it: `subprocess` calls
  `preexec_fn` last, right before exec.
- If the launcher died before the request, no signal will come: the child compares its parent.
- "Parent" is the thread that forked, not the process: start children in the main thread only.
"""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
# Loaded before any fork: the child of a fork should call as little as it can.
_LIBC: Final = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(orphan_signal: signal.Signals, niceness: int = 0) -> Callable[[], None]:
    """Return a `preexec_fn` that has the child signalled when this thread ends.

    Args:
        orphan_signal: The signal that the kernel sends to the child.
        niceness: How far the child stands back where others want the processor too; 0..19.
    """
    assert threading.current_thread() is threading.main_thread()
    launcher_pid = os.getpid()

    def in_child() -> None:
        os.nice(niceness)
        if _LIBC is None:
            return
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(orphan_signal), 0, 0, 0)
        if os.getppid() != launcher_pid:
            os._exit(1)

    return in_child
