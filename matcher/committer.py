"""Writes journal records in a thread of its own, so that the next batch is matched meanwhile.

One record is under way at a time. The thread waits in `write` and `fdatasync`, which release the
interpreter's lock; the event loop is told when the disk has the record, or that it has not.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Final, final

from matcher.journal.writer import JournalWriter

_JOIN_TIMEOUT_S: Final = 10.0


@final
class Committer:
    """The journal's writing thread, seen from the event loop."""

    def __init__(
        self,
        journal: JournalWriter,
        on_durable: Callable[[], None],
        on_failure: Callable[[OSError], None],
    ) -> None:
        """Prepare the thread; `start` runs it.

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
        self._thread: Final = threading.Thread(target=self._run, name="journal", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Start the thread, for the running loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def submit(self, record: bytes) -> None:
        """Have a record written; the one before must have been reported durable."""
        assert self._records.empty()
        self._records.put(record)

    def close(self) -> None:
        """Let the thread finish the record that it is writing, and end it."""
        self._records.put(None)
        self._thread.join(_JOIN_TIMEOUT_S)

    def _run(self) -> None:
        assert self._loop is not None
        while (record := self._records.get()) is not None:
            try:
                self._journal.write(record)
            except OSError as error:
                self._loop.call_soon_threadsafe(self._on_failure, error)
                return
            self._loop.call_soon_threadsafe(self._on_durable)
