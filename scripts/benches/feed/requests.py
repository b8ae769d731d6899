"""What the bench asks of its process of readers, and what that answers: one JSON object a line."""

from msgspec import Struct


class Open(Struct, frozen=True, tag=True):
    """Open connections, and wait until each has had its answers.

    Attributes:
        group: A name for them.
        port: On this machine.
        count: How many.
        requests: Texts that each sends, one after the other; none where it asks for compressed
            messages, since it could not read the answers.
        sampled: Of every so many readers one looks at the timestamps of its messages; 0 for none.
        reads: Whether they go on reading when they have their answers.
        deflates: Whether they ask for compressed messages.
    """

    group: str
    port: int
    count: int
    requests: list[str] = []
    sampled: int = 0
    reads: bool = True
    deflates: bool = False


class Reach(Struct, frozen=True, tag=True):
    """Wait until a group has so many messages, since it was opened; then tell of it."""

    group: str
    messages: int


class Tell(Struct, frozen=True, tag=True):
    """Tell of a group, and begin its latencies anew."""

    group: str


class Resume(Struct, frozen=True, tag=True):
    """Read what waits for a group that did not read, and wait until all of it has ended."""

    group: str


class Close(Struct, frozen=True, tag=True):
    """Close a group, at once, and forget it."""

    group: str


Request = Open | Reach | Tell | Resume | Close


class Seen(Struct, frozen=True):
    """A group, as it is.

    Attributes:
        opened: Connections that have had their answers.
        closed: Those of them that have ended, by the code of their closing; 1006 where they were
            cut without one.
        messages: Messages of all of them.
        length_bytes: What they have read, frames and all.
        latencies_us: From the timestamp in each message to its receipt, of the sampled readers.
        cpu_s: Processor time of the process, so far.
        failure: Why not all could be opened, or what was waited for did not come; "" otherwise.
    """

    opened: int
    closed: dict[int, int]
    messages: int
    length_bytes: int
    latencies_us: list[int]
    cpu_s: float
    failure: str = ""
