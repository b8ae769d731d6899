"""A forked child that does one thing with the state as it was, and ends.

Theory of operation
-------------------
The child has the parent's memory as it was at the fork; the kernel copies a page when either of
them writes to it. It also has what it must not touch: the event loop, sockets and their threads
(which do not exist in it), locks that another thread held. So it

- runs plain Python on that memory and on files that it opens itself, takes no lock, logs nothing,
  and ends by `os._exit`, which runs no destructor and flushes no buffer;
- has no garbage collector, which would write into every object and so copy all memory;
- takes signals as a new process does, not through the pipe that wakes the parent's loop;
- keeps no descriptor of the parent's but the standard three: the lock on the journal and the
  listening sockets must be free as soon as the parent is dead;
- looks twice a second whether the parent is still there, and ends if not: a successor should find
  neither its files in use nor its processor.

It runs at a low priority, so that on a busy machine it takes a tenth of a core.

Python warns of a fork in a process with threads because the child might wait for a lock that
nobody is left to release. The memory allocator and the interpreter mend theirs at the fork, and
the child needs no other.
"""

import gc
import os
import signal
import warnings
from collections.abc import Callable
from types import FrameType
from typing import Final, NoReturn, final

_NICENESS: Final = 10
_PARENT_CHECK_S: Final = 0.5
_FIRST_DESCRIPTOR: Final = 3
# What a child can say of its failure fits into the pipe at once.
_REASON_BYTES: Final = 1_024


@final
class Child:
    """A child that was forked.

    Attributes:
        pid: Its process.
        descriptor: Readable as soon as it has ended.
    """

    __slots__ = ("_reason", "descriptor", "pid")

    def __init__(self, pid: int, descriptor: int, reason: int) -> None:
        self.pid: Final = pid
        self.descriptor: Final = descriptor
        self._reason: Final = reason

    def kill(self) -> None:
        """Kill it; it is still to be reaped."""
        os.kill(self.pid, signal.SIGKILL)

    def reap(self) -> str | None:
        """Take note of how it ended, once `descriptor` is readable; the object is spent then.

        Returns:
            None if it did what it should; otherwise why not.
        """
        _, status = os.waitpid(self.pid, 0)
        reason = os.read(self._reason, _REASON_BYTES).decode(errors="replace")
        os.close(self.descriptor)
        os.close(self._reason)
        code = os.waitstatus_to_exitcode(status)
        if code == 0:
            return None
        return reason or (f"ended by signal {-code}" if code < 0 else f"ended with status {code}")


def fork_child(work: Callable[[], None]) -> Child:
    """Have a child do something with memory as it is now.

    Args:
        work: What it does; the module's docstring says what it may.

    Raises:
        OSError: If the kernel has no process, memory or descriptor for it.

    Complexity: O(pages of this process), about 10 ms for a gigabyte.
    """
    reading, writing = os.pipe()
    try:
        pid = _fork(work, writing)
    except OSError:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        os.close(reading)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise
    return Child(pid, descriptor, reading)


def _fork(work: Callable[[], None], writing: int) -> int:
    parent = os.getpid()
    with warnings.catch_warnings():
        # See the module's docstring.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
        if pid == 0:
            _run(work, writing, parent)
    return pid


def _run(work: Callable[[], None], writing: int, parent: int) -> NoReturn:
    status = 1
    try:
        _become_child(writing, parent)
        work()
        status = 0
    except BaseException as error:
        # Whatever it is, it must not come out at the other end of the fork.
        reason = f"{type(error).__name__}: {error}"
        os.write(writing, reason.encode(errors="replace")[:_REASON_BYTES])
    finally:
        os._exit(status)


def _become_child(writing: int, parent: int) -> None:
    def look_after_parent(_number: int, _frame: FrameType | None) -> None:
        if os.getppid() != parent:
            os._exit(1)

    gc.disable()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        if descriptor >= _FIRST_DESCRIPTOR and descriptor != writing:
            # Says nothing of one that is closed already, as that of the listing is.
            os.closerange(descriptor, descriptor + 1)
    signal.signal(signal.SIGALRM, look_after_parent)
    signal.setitimer(signal.ITIMER_REAL, _PARENT_CHECK_S, _PARENT_CHECK_S)
    os.nice(_NICENESS)
