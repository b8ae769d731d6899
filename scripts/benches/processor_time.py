"""How much processor time a process has used, thread by thread, to the nanosecond."""

from pathlib import Path
from typing import Final

from msgspec import Struct

_PROC: Final = Path("/proc")
_ZEROMQ: Final = "ZMQbg"


class ProcessorTime(Struct, frozen=True):
    """Processor time of one process, in nanoseconds.

    Attributes:
        main_ns: Of its first thread: the event loop.
        zeromq_ns: Of ZeroMQ's own threads.
        other_ns: Of all others.
    """

    main_ns: int
    zeromq_ns: int
    other_ns: int

    @property
    def total_ns(self) -> int:
        """Of all threads."""
        return self.main_ns + self.zeromq_ns + self.other_ns

    def since(self, earlier: "ProcessorTime") -> "ProcessorTime":
        """Return what was used from an earlier moment on."""
        return ProcessorTime(
            self.main_ns - earlier.main_ns,
            self.zeromq_ns - earlier.zeromq_ns,
            self.other_ns - earlier.other_ns,
        )


def processor_time(pid: int) -> ProcessorTime:
    """Read what a process has used; what threads that have ended used is left out."""
    main_ns = zeromq_ns = other_ns = 0
    for task in (_PROC / str(pid) / "task").iterdir():
        # The first field of schedstat: the time spent on a processor (proc(5)).
        used_ns = int((task / "schedstat").read_text(encoding="ascii").split()[0])
        if int(task.name) == pid:
            main_ns += used_ns
        elif (task / "comm").read_text(encoding="utf-8").startswith(_ZEROMQ):
            zeromq_ns += used_ns
        else:
            other_ns += used_ns
    return ProcessorTime(main_ns, zeromq_ns, other_ns)
