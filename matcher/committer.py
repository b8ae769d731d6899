"""Writes journal records: large ones in a thread, small ones at once.

Theory of operation
-------------------
One record is under way at a time. The thread waits in `write`, which releases the interpreter's
lock while the disk works, so that the next batch is matched meanwhile; the event loop is told when
the disk has the record, or that it has not.

To hand a record over and to be told of it are two wake-ups, which together take about as long as
the disk does. For a few orders there is nothing to be matched meanwhile that would be worth that,
so a small record is written by the loop itself, and what arrives while it waits makes the next
record. A disk that has kept the loop waiting for long is left to the thread for a while.

Another thread makes the journal's next segment beforehand. If it cannot, that is said at once, and
trading goes on for as long as the present segment has room: an operator has that time to make some.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from typing import Final, final

from matcher.journal.writer import JournalWriter

_LOG: Final = logging.getLogger("matcher")
_JOIN_TIMEOUT_S: Final = 10.0
# A record that the loop writes itself: up to six orders. Where they come in frames of ten and more,
# there is enough to be matched meanwhile: written by the loop, a third of the rate was lost.
SMALL_RECORD_BYTES: Final = 1_024
# The loop's patience with a write, several times what one takes; and how long it leaves the disk
# alone after that.
PATIENCE_NS: Final = 2_000_000
REST_NS: Final = 1_000_000_000


@final
class Committer:
    """The journal's threads, seen from the event loop."""

    def __init__(
        self,
        journal: JournalWriter,
        on_durable: Callable[[], None],
        on_failure: Callable[[OSError], None],
        monotonic_ns: Callable[[], int],
    ) -> None:
        """Prepare the threads; `start` runs them.

        Args:
            journal: Written to by nobody else.
            on_durable: Called on the loop after each record that is on disk.
            on_failure: Called on the loop, once, when a record may not be; no record is
                written after that.
            monotonic_ns: A clock that runs on.
        """
        self._journal: Final = journal
        self._on_durable: Final = on_durable
        self._on_failure: Final = on_failure
        self._monotonic_ns: Final = monotonic_ns
        # When the loop may write again.
        self._rested_at_ns = 0
        # One record at a time: the bound is an assertion rather than a wait.
        self._records: Final[queue.SimpleQueue[bytes | None]] = queue.SimpleQueue()
        # True for each spare that is due, False for the end.
        self._spares: Final[queue.SimpleQueue[bool]] = queue.SimpleQueue()
        self._threads: Final = [
            threading.Thread(target=self._write_records, name="journal", daemon=True),
            threading.Thread(target=self._make_spares, name="journal-spare", daemon=True),
        ]
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Start the threads, for the running loop."""
        self._loop = asyncio.get_running_loop()
        for thread in self._threads:
            thread.start()

    def submit(self, record: bytes) -> None:
        """Have a record written; the one before must have been reported durable."""
        assert self._records.empty()
        started_ns = self._monotonic_ns()
        if (
            len(record) > SMALL_RECORD_BYTES
            or started_ns < self._rested_at_ns
            or not self._journal.has_room(len(record))
        ):
            self._records.put(record)
            return
        # Told in the next turn of the loop, as by the thread.
        self._write(record)
        ended_ns = self._monotonic_ns()
        if ended_ns - started_ns > PATIENCE_NS:
            self._rested_at_ns = ended_ns + REST_NS

    def close(self) -> None:
        """Let the threads finish what they are at, and end them."""
        self._records.put(None)
        self._spares.put(False)
        for thread in self._threads:
            thread.join(_JOIN_TIMEOUT_S)

    def _write_records(self) -> None:
        while (record := self._records.get()) is not None:
            if not self._write(record):
                return

    def _write(self, record: bytes) -> bool:
        """Write a record and have the loop told; return whether another may follow."""
        try:
            self._journal.write(record)
        except OSError as error:
            self._tell(self._on_failure, error)
            return False
        except Exception as error:
            # A bug must not end as a matcher that only falls silent.
            self._tell(_raise, error)
            return False
        self._tell(self._on_durable)
        if self._journal.spare_is_due():
            self._spares.put(True)
        return True

    def _make_spares(self) -> None:
        while self._spares.get():
            try:
                self._journal.prepare()
            except OSError as error:
                _LOG.error(
                    "the journal's next segment cannot be made: %s. Trading goes on until the "
                    "present one is full; make room on the disk before that.",
                    error,
                )
            except Exception as error:
                self._tell(_raise, error)
                return

    def _tell(self, callback: Callable[..., None], *arguments: object) -> None:
        assert self._loop is not None
        if threading.current_thread() in self._threads:
            self._loop.call_soon_threadsafe(callback, *arguments)
        else:
            self._loop.call_soon(callback, *arguments)


def _raise(error: Exception) -> None:
    raise error
