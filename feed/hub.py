"""Who reads which stream, and what becomes of those who read too slowly.

A message is encoded once, by whoever publishes it, and written to all readers of its stream
without waiting for any of them. What a reader has not taken yet stays in its connection's write
buffer. Before each message the buffer is looked at: a reader with more than BUFFER_BYTES_MAX in it
is dismissed with close code 1008 and loses nothing but its place, since whoever comes back gets a
snapshot. So one slow reader costs a bounded amount of memory, and the others nothing.

A first snapshot may itself be larger than the bound. A reader's allowance grows by what it was
greeted with.

What comes in great numbers at once, such as the end of ten thousand orders, would fill any buffer
before its reader had a turn to take something. Its publisher asks `has_room` first, and lets those
who have none catch up.
"""

from collections.abc import Callable, Iterable
from typing import Final, Generic, Protocol, TypeVar, final

BUFFER_BYTES_MAX: Final = 1024 * 1024
# A reader that has more than this to take may be waited for.
ROOM_BYTES_MAX: Final = 128 * 1024


class Reader(Protocol):
    """A connection, as far as the hub knows it."""

    def buffered_bytes(self) -> int:
        """Return how much was written and is not taken yet."""
        ...

    def dismiss(self, reason: str) -> None:
        """Close it for being too slow; never waits."""
        ...


ReaderT = TypeVar("ReaderT", bound=Reader)


@final
class Hub(Generic[ReaderT]):
    """The readers of each stream.

    Attributes:
        dismissed: Readers dismissed for being too slow.
        messages: Messages published to at least one reader.
    """

    def __init__(self, write: Callable[[Iterable[ReaderT], bytes], None]) -> None:
        """Begin without readers.

        Args:
            write: Writes a text message to readers; never waits, and skips those that have gone.
        """
        self.dismissed = 0
        self.messages = 0
        self._write: Final = write
        self._readers: Final[dict[str, set[ReaderT]]] = {}
        self._allowances: Final[dict[ReaderT, int]] = {}

    def wanted(self, stream: str) -> bool:
        """Tell whether anybody reads a stream."""
        return stream in self._readers

    def has_room(self, stream: str) -> bool:
        """Tell whether no reader of a stream has much to take. O(readers)."""
        readers = self._readers.get(stream, ())
        return all(reader.buffered_bytes() <= ROOM_BYTES_MAX for reader in readers)

    def publish(self, stream: str, message: bytes) -> None:
        """Write a message to all readers of a stream. O(readers)."""
        readers = self._readers.get(stream)
        if readers is None:
            return
        self.messages += 1
        allowances = self._allowances
        slow = [r for r in readers if r.buffered_bytes() > allowances[r]]
        for reader in slow:
            self._dismiss(reader)
        self._write(readers, message)

    def join(self, reader: ReaderT, stream: str, greeting: bytes | None) -> None:
        """Add a reader to a stream, and write it the first message, if there is one."""
        self._readers.setdefault(stream, set()).add(reader)
        allowance = self._allowances.get(reader, BUFFER_BYTES_MAX)
        self._allowances[reader] = allowance
        if greeting is not None:
            self._allowances[reader] = max(allowance, BUFFER_BYTES_MAX + len(greeting))
            self._write((reader,), greeting)

    def part(self, reader: ReaderT, stream: str) -> None:
        """Take a reader from a stream that it has joined."""
        readers = self._readers.get(stream)
        if readers is None:
            return
        readers.discard(reader)
        if not readers:
            del self._readers[stream]

    def leave(self, reader: ReaderT) -> None:
        """Forget a reader. O(streams)."""
        if self._allowances.pop(reader, None) is None:
            return
        for stream in [name for name, readers in self._readers.items() if reader in readers]:
            self.part(reader, stream)

    def _dismiss(self, reader: ReaderT) -> None:
        self.leave(reader)
        self.dismissed += 1
        reader.dismiss("SLOW_READER: messages were not taken fast enough")
