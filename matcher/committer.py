"""Writes journal records in a thread of its own, so that the next batch is matched meanwhile.

One record is under way at a time. The thread waits in `write`, which releases the interpreter's
lock while the disk works; the event loop is told when the disk has the record, or that it has not.

A second thread makes the journal's next segment beforehand. If it cannot, that is said at once, and
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


@final
class Committer:
    """The journal's threads, seen from the event loop."""

    def __init__(
        self,
        journal: JournalWriter,
        on_durable: Callable[[], None],
        on_failure: Callable[[OSError], None],
    ) -> None:
        """Prepare the threads; `start` runs them.

        Args:
            journal: Written to by the thread only.
            on_durable: Called on the loop after each record that is on disk.
            on_failure: Called on the loop, once, when a record may not be; no record is
                written after that.
        """
        self._journal: Final = journal
        self._on_durable: Final = on_durable
        self._on_failure: Final = on_failure
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
        self._records.put(record)

    def close(self) -> None:
        """Let the threads finish what they are at, and end them."""
        self._records.put(None)
        self._spares.put(False)
        for thread in self._threads:
            thread.join(_JOIN_TIMEOUT_S)

    def _write_records(self) -> None:
        while (record := self._records.get()) is not None:
            try:
                self._journal.write(record)
            except OSError as error:
                self._tell(self._on_failure, error)
                return
            except Exception as error:
                # A bug must not end as a matcher that only falls silent.
                self._tell(_raise, error)
                return
            self._tell(self._on_durable)
            if self._journal.spare_is_due():
                self._spares.put(True)

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
        self._loop.call_soon_threadsafe(callback, *arguments)


def _raise(error: Exception) -> None:
    raise error
