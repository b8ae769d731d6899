"""When a snapshot is taken, and what may leave the journal once there is a newer one.

Theory of operation
-------------------
A snapshot is due when so many commands came since the last one, because that is what a start has
to replay. A failed one counts too: the next attempt comes after as many commands again, not at
once. Under so much load that there would always be one, they keep a distance: a tenth of the time
is theirs at most.

When two snapshots are kept, nothing needs the journal before the older one for a start. Those
segments go to the archive, or away, in a thread: a segment is copied, and no commit may wait.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final, final

from matcher.core.engine import Engine
from matcher.journal.format import Position
from matcher.snapshots.folder import SnapshotFolder
from matcher.snapshots.taker import SnapshotTaker

_LOG: Final = logging.getLogger("matcher")
_CLOSE_TIMEOUT_S: Final = 10.0


@final
class SnapshotSchedule:
    """Takes snapshots by the number of commands (`matcher.sequencer.SnapshotSink`)."""

    def __init__(
        self,
        folder: SnapshotFolder,
        retire: Callable[[int], list[str]],
        interval_commands: int,
        last_sequence: int,
    ) -> None:
        """Prepare.

        Args:
            folder: Where snapshots go.
            retire: Takes out of the journal what holds nothing behind a sequence, and returns
                the names of what went; called in a thread, once at a time.
            interval_commands: Commands from one snapshot to the next.
            last_sequence: Sequence of the newest snapshot; 0 where there is none.
        """
        self._taker: Final = SnapshotTaker(folder, self._on_kept)
        self._retire: Final = retire
        self._interval_commands: Final = interval_commands
        self._last_sequence = last_sequence
        self._retiring: asyncio.Task[None] | None = None

    def on_submitted(self, engine: Engine, position: Position, epoch: int) -> None:
        """See `SnapshotSink`."""
        due = position.sequence - self._last_sequence >= self._interval_commands
        if due and not self._taker.busy and self._taker.rested:
            self._last_sequence = position.sequence
            self._taker.begin(engine, position, epoch)

    def on_durable(self, sequence: int) -> None:
        """See `SnapshotSink`."""
        self._taker.on_durable(sequence)

    async def close(self) -> None:
        """Give up a snapshot that is being taken, and let a segment that moves arrive."""
        await self._taker.close()
        if self._retiring is not None:
            await asyncio.wait([self._retiring], timeout=_CLOSE_TIMEOUT_S)

    def _on_kept(self, sequence: int) -> None:
        if self._retiring is None or self._retiring.done():
            self._retiring = asyncio.create_task(self._retire_before(sequence))

    async def _retire_before(self, sequence: int) -> None:
        try:
            names = await asyncio.to_thread(self._retire, sequence)
        except OSError as error:
            _LOG.warning("old segments of the journal stay where they are for now: %s", error)
            return
        if names:
            _LOG.info("%d segments left the journal, up to %s", len(names), names[-1])
