"""Takes snapshots beside a matcher that trades, as `matcher.snapshots.taker` does.

The forked child is a copy of the engine, which is written at some later moment, by the real code.
What fails costs a snapshot and nothing else. After each one the journal's old segments are moved to
the archive.
"""

from collections.abc import Callable
from functools import partial
from typing import Final, final

from matcher.core.engine import Engine
from matcher.journal.archive import retire_segments
from matcher.journal.format import Position
from matcher.snapshots.folder import SnapshotFolder
from matcher.snapshots.taker import KEPT
from tests.simulation.disk import Mount
from tests.simulation.folders import ARCHIVE, JOURNAL, SNAPSHOTS
from tests.simulation.schedule import MILLISECOND_NS, Action
from tests.simulation.truth import SHARD
from tests.simulation.world import World

_WRITE_NS: Final = 500 * MILLISECOND_NS
_THREAD_NS: Final = 10 * MILLISECOND_NS


@final
class SimulatedTaker:
    """Takes one snapshot at a time: `matcher.sequencer.SnapshotSink`."""

    def __init__(
        self,
        world: World,
        mount: Mount,
        after: Callable[[int, Action], None],
        last_sequence: int,
    ) -> None:
        self._world: Final = world
        self._mount: Final = mount
        self._after: Final = after
        self._folder: Final = SnapshotFolder(mount.folder(SNAPSHOTS), SHARD)
        self._begun_at = last_sequence
        self._sequence = 0
        self._is_written = False
        self._durable_sequence = 0

    def on_submitted(self, engine: Engine, position: Position, epoch: int) -> None:
        """Begin a snapshot if it is time for one.

        Args:
            engine: In the state of the record that was submitted last.
            position: The place behind that record.
            epoch: Of this matcher.
        """
        every = self._world.profile.snapshot_commands
        if every and not self._sequence and position.sequence >= self._begun_at + every:
            self._begun_at = self._sequence = position.sequence
            copy = Engine.restored(SHARD, list(engine.parts()))
            self._after(self._world.soon_ns(_WRITE_NS), partial(self._write, copy, position, epoch))

    def on_durable(self, sequence: int) -> None:
        """Take note that the journal is on disk up to a sequence."""
        self._durable_sequence = sequence
        self._publish_if_ready()

    def _write(self, engine: Engine, position: Position, epoch: int) -> None:
        try:
            self._folder.write(engine, position, epoch)
        except OSError as error:
            self._fail(error)
            return
        self._is_written = True
        self._publish_if_ready()

    def _publish_if_ready(self) -> None:
        if self._is_written and self._sequence <= self._durable_sequence:
            self._is_written = False
            self._after(self._world.soon_ns(_THREAD_NS), self._publish)

    def _publish(self) -> None:
        try:
            self._folder.publish(self._sequence)
            self._after(self._world.soon_ns(_THREAD_NS), self._keep)
        except OSError as error:
            self._fail(error)

    def _keep(self) -> None:
        try:
            oldest = self._folder.keep(KEPT)
            journal, archive = self._mount.folder(JOURNAL), self._mount.folder(ARCHIVE)
            retired = retire_segments(journal, archive, oldest)
        except OSError as error:
            self._fail(error)
            return
        self._world.trace("matcher", f"snapshot {self._sequence}, {len(retired)} segments retired")
        self._world.counts["snapshots"] += 1
        self._world.counts["segments retired"] += len(retired)
        self._sequence = 0

    def _fail(self, error: OSError) -> None:
        self._world.trace("matcher", f"no snapshot {self._sequence}: {error}")
        self._sequence, self._is_written = 0, False
