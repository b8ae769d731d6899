"""Brings an engine to where the journal ends, and publishes what Redis has not had.

State is a function of the journal: the same frames with the same stamps make the same books,
balances and events, byte for byte. So a start takes the newest good snapshot and replays what came
after it. What was durable but not yet published when a matcher died is published by its successor
as the replay passes over it; what lies before the snapshot, persist asks for if it needs it.
"""

from typing import Final, Protocol, final

from matcher.core.engine import Engine
from matcher.core.events import Events
from matcher.journal.archive import JournalWithArchive
from matcher.journal.disk import Disk
from matcher.journal.format import BEGINNING
from matcher.journal.mending import settle
from matcher.journal.reader import JournalReader
from matcher.replaying import replay
from matcher.snapshots.folder import SnapshotFolder
from proto.definitions import MarketDefinition


class BatchSink(Protocol):
    """Publishes what Redis has not had (`matcher.publisher.Publisher`)."""

    def learn(self, markets: list[MarketDefinition]) -> None:
        """Take note of the names of markets."""
        ...

    def publish(self, batch: Events) -> None:
        """Take the next batch; never waits."""
        ...

    async def wait_for_room(self) -> None:
        """Wait until little waits, or nothing can leave for now."""
        ...


@final
class Recovered:
    """What a start found.

    Attributes:
        engine: In the state behind the last record.
        reader: At the end of the journal.
        epoch: Highest epoch seen; 0 in an empty journal.
        snapshot_sequence: Sequence of the snapshot that it began with; 0 where there was none.
        replayed: Commands that came after it.
    """

    __slots__ = ("engine", "epoch", "reader", "replayed", "snapshot_sequence")

    def __init__(
        self, engine: Engine, reader: JournalReader, epoch: int, snapshot_sequence: int
    ) -> None:
        self.engine: Final = engine
        self.reader: Final = reader
        self.epoch: Final = max(epoch, reader.epoch)
        self.snapshot_sequence: Final = snapshot_sequence
        self.replayed: Final = engine.sequence - snapshot_sequence


async def recover(
    shard: int,
    journal: Disk,
    archive: Disk,
    snapshots: SnapshotFolder,
    publisher: BatchSink,
    published_sequence: int | None,
) -> Recovered:
    """Come to the state at the end of a journal.

    Args:
        shard: Shard of the matcher.
        journal: The journal's folder, which nobody else writes to.
        archive: Read where no snapshot is good and the journal begins later than it should.
        snapshots: The snapshots.
        publisher: Takes the batches that Redis has not had, and bounds how far it lags.
        published_sequence: Sequence up to which Redis has had everything; None where that is not
            known, and nothing is published then.

    Raises:
        JournalError: If the journal is damaged.
        OSError: If it cannot be read.
    """
    settle(journal, shard)
    snapshot = snapshots.newest()
    if snapshot is None:
        engine, position, epoch = Engine(shard), BEGINNING, 0
    else:
        engine, position, epoch = snapshot.engine, snapshot.position, snapshot.epoch
    publisher.learn(engine.markets())
    reader = JournalReader(JournalWithArchive(journal, archive), shard, position)
    for record in reader.records():
        batch = replay(engine, record)
        publisher.learn(batch.markets)
        if published_sequence is not None and batch.last_sequence > published_sequence:
            publisher.publish(batch)
            await publisher.wait_for_room()
    return Recovered(engine, reader, epoch, position.sequence)
