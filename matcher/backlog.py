"""Entries of history that wait for Redis, as many as a bound allows.

The queue keeps the order of the sequences, and what is in it joins what Redis has without gap. So
when it is full, what comes is left out rather than what waits: one gap begins there, and it ends
when half of the queue is free again. Whoever reads the stream sees the gap by its sequences and
has the events made again from the journal (docs/decisions/0013-history-on-demand.md).
"""

import logging
from collections import deque
from itertools import islice
from typing import Final, final

_LOG: Final = logging.getLogger("publisher")


@final
class Backlog:
    """A queue of encoded batches, bounded in bytes.

    Attributes:
        length_bytes: Bytes that wait.
    """

    def __init__(self, bytes_max: int) -> None:
        """Begin empty.

        Args:
            bytes_max: Bytes that may wait.
        """
        self.length_bytes = 0
        self._bytes_max: Final = bytes_max
        self._entries: Final[deque[tuple[int, bytes]]] = deque()
        # The sequences of the gap that is being made.
        self._gap: tuple[int, int] | None = None

    def __bool__(self) -> bool:
        return bool(self._entries)

    def add(self, first_sequence: int, last_sequence: int, data: bytes) -> None:
        """Add an entry that follows all others, or leave it out where there is no room."""
        if self._gap is not None and self.length_bytes > self._bytes_max // 2:
            self._gap = (self._gap[0], last_sequence)
            return
        if self.length_bytes + len(data) > self._bytes_max:
            self._begin_gap(first_sequence, last_sequence)
            return
        self._end_gap()
        self._entries.append((last_sequence, data))
        self.length_bytes += len(data)

    def first(self, entries: int) -> list[tuple[int, bytes]]:
        """Return the entries that have waited longest: last sequences and data."""
        return list(islice(self._entries, entries))

    def remove(self, entries: int) -> None:
        """Forget that many of the entries that have waited longest."""
        for _ in range(entries):
            self.length_bytes -= len(self._entries.popleft()[1])

    def _begin_gap(self, first_sequence: int, last_sequence: int) -> None:
        if self._gap is None:
            _LOG.warning(
                "%d MiB of history wait for Redis and no more fit. Sequences from %d on are left "
                "out of the stream; trading goes on, and persist gets them from the journal.",
                self.length_bytes >> 20,
                first_sequence,
            )
        self._gap = (first_sequence if self._gap is None else self._gap[0], last_sequence)

    def _end_gap(self) -> None:
        if self._gap is not None:
            _LOG.info("history goes to Redis again; left out: sequences %d to %d", *self._gap)
            self._gap = None
