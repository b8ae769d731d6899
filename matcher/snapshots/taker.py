"""Takes snapshots while trading goes on.

Theory of operation
-------------------
    begin ─▶ a forked child writes ─▶ written ─┐
      │                                        ├─▶ named, older ones removed ─▶ on_kept
      └──▶ its record reaches the disk ────────┘    (in a thread)

A snapshot is begun between two commands, when the state is that of the record submitted last. That
record is not on disk yet, and a snapshot may not be ahead of the journal: so it gets its name only
when both the child has succeeded and the journal has come that far.

A failure of any kind is a warning, and the next snapshot a new attempt: trading never waits for
one, and the journal holds everything meanwhile.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final, final

from matcher.core.engine import Engine
from matcher.journal.format import Position
from matcher.snapshots.child import Child, fork_child
from matcher.snapshots.folder import SnapshotFolder

_LOG: Final = logging.getLogger("matcher")
# A million open orders take about ten seconds, and ten times as long on a machine without a free
# core. Whoever needs more than this is stuck.
DEADLINE_S: Final = 600.0
KEPT: Final = 2
# After one there is none for so many times as long as it took: it has a core to itself, and every
# page that trading changes meanwhile is copied.
REST: Final = 9
_CLOSE_TIMEOUT_S: Final = 5.0


@final
class _Taking:
    """A snapshot that is being taken.

    Attributes:
        sequence: Of its last command.
        child: Who writes it; None when it is written.
        begun_s: When it was begun, on the loop's clock.
        deadline: Kills the child.
    """

    __slots__ = ("begun_s", "child", "deadline", "sequence")

    def __init__(
        self, sequence: int, child: Child, begun_s: float, deadline: asyncio.TimerHandle
    ) -> None:
        self.sequence: Final = sequence
        self.child: Child | None = child
        self.begun_s: Final = begun_s
        self.deadline: Final = deadline


@final
class SnapshotTaker:
    """Takes one snapshot at a time; belongs to the event loop."""

    def __init__(
        self,
        folder: SnapshotFolder,
        on_kept: Callable[[int], None],
        deadline_s: float = DEADLINE_S,
    ) -> None:
        """Prepare.

        Args:
            folder: Where they go.
            on_kept: Called on the loop after each snapshot, with the sequence that no snapshot
                needs the journal before (see `SnapshotFolder.keep`).
            deadline_s: How long a child may write.
        """
        self._folder: Final = folder
        self._on_kept: Final = on_kept
        self._deadline_s: Final = deadline_s
        self._durable_sequence = 0
        self._taking: _Taking | None = None
        self._finishing: asyncio.Task[None] | None = None
        self._idle: Final = asyncio.Event()
        self._idle.set()
        self._closing = False
        self._rested_at_s = 0.0

    @property
    def busy(self) -> bool:
        """Whether one is being taken."""
        return not self._idle.is_set()

    @property
    def rested(self) -> bool:
        """Whether the last one is long enough ago for the next."""
        return asyncio.get_running_loop().time() >= self._rested_at_s

    def begin(self, engine: Engine, position: Position, epoch: int) -> None:
        """Begin one of the state as it is now; only while not `busy`, from the loop's thread.

        Args:
            engine: Whose state.
            position: Where the journal stands in that state; it need not be on disk yet.
            epoch: Epoch of this matcher.

        Complexity: O(memory of this process), about 10 ms for a gigabyte.
        """
        assert not self.busy
        assert position.sequence == engine.sequence
        if self._closing:
            return
        loop = asyncio.get_running_loop()
        begun_s = loop.time()
        try:
            child = fork_child(lambda: self._folder.write(engine, position, epoch))
        except OSError as error:
            self._warn(position.sequence, f"no child can be forked: {error}")
            return
        self._idle.clear()
        deadline = loop.call_later(self._deadline_s, child.kill)
        self._taking = _Taking(position.sequence, child, begun_s, deadline)
        loop.add_reader(child.descriptor, self._on_child_ended)

    def on_durable(self, sequence: int) -> None:
        """Take note that the journal is on disk up to a sequence."""
        self._durable_sequence = sequence
        self._publish_if_ready()

    async def close(self) -> None:
        """Give up what is being taken, and wait until nothing is under way."""
        self._closing = True
        taking = self._taking
        if taking is not None:
            if taking.child is not None:
                taking.child.kill()
            elif self._finishing is None:
                # Written, and the journal will not come that far any more.
                self._end()
        try:
            async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                await self._idle.wait()
        except TimeoutError:
            _LOG.warning("a snapshot is still under way after %.0f s", _CLOSE_TIMEOUT_S)

    def _on_child_ended(self) -> None:
        taking = self._taking
        assert taking is not None
        child = taking.child
        assert child is not None
        loop = asyncio.get_running_loop()
        loop.remove_reader(child.descriptor)
        is_late = taking.deadline.when() <= loop.time()
        taking.deadline.cancel()
        taking.child = None
        failure = child.reap()
        if failure is None:
            self._publish_if_ready()
            if self._closing and self._finishing is None:
                self._end()
            return
        if is_late:
            failure = f"it was not written in {self._deadline_s:.0f} s"
        if not self._closing:
            self._warn(taking.sequence, failure)
        self._finishing = loop.create_task(self._discard(taking.sequence))

    def _publish_if_ready(self) -> None:
        taking = self._taking
        if (
            taking is not None
            and taking.child is None
            and self._finishing is None
            and taking.sequence <= self._durable_sequence
        ):
            self._finishing = asyncio.get_running_loop().create_task(self._publish(taking))

    async def _publish(self, taking: _Taking) -> None:
        try:
            await asyncio.to_thread(self._folder.publish, taking.sequence)
            kept_sequence = await asyncio.to_thread(self._folder.keep, KEPT)
        except OSError as error:
            self._warn(taking.sequence, str(error))
        else:
            elapsed_s = asyncio.get_running_loop().time() - taking.begun_s
            _LOG.info("snapshot of sequence %d in %.1f s", taking.sequence, elapsed_s)
            self._on_kept(kept_sequence)
        finally:
            self._end()

    async def _discard(self, sequence: int) -> None:
        try:
            await asyncio.to_thread(self._folder.discard)
        except OSError as error:
            self._warn(sequence, f"and what was written of it cannot be removed: {error}")
        finally:
            self._end()

    def _end(self) -> None:
        if self._taking is not None:
            now_s = asyncio.get_running_loop().time()
            self._rested_at_s = now_s + REST * (now_s - self._taking.begun_s)
        self._taking = self._finishing = None
        self._idle.set()

    def _warn(self, sequence: int, failure: str) -> None:
        _LOG.warning("no snapshot of sequence %d; trading goes on: %s", sequence, failure)
