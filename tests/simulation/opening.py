"""How a matcher comes to its state: the real recovery, journal and foundation, on any disk."""

from collections.abc import Coroutine
from typing import Final, final

from matcher.core.events import Events
from matcher.genesis import found_exchange
from matcher.journal.archive import JournalWithArchive
from matcher.journal.format import Position, Record
from matcher.journal.mending import mend
from matcher.journal.reader import JournalReader
from matcher.journal.writer import JournalWriter
from matcher.recovery import Recovered, recover
from matcher.snapshots.folder import SnapshotFolder
from proto.definitions import AssetDefinition, MarketDefinition
from tests.simulation.disk import Mount, SimulatedDisk
from tests.simulation.folders import ARCHIVE, JOURNAL, SNAPSHOTS
from tests.simulation.profile import Profile
from tests.simulation.truth import SHARD

ASSETS: Final = [
    AssetDefinition(1, "INR", 2),
    AssetDefinition(2, "GOLD", 0),
    AssetDefinition(3, "SILVER", 3),
]
MARKETS: Final = [
    # One tick of one lot is one smallest unit, so every fee rounds.
    MarketDefinition(1, "GOLD_INR", 2, 1, 2, 1, 0, 1, 1_000, 1, 50, 0, 110_000, 252_500),
    MarketDefinition(2, "SILVER_INR", 3, 1, 1, 5, 1, 1, 40, 2, 60, 150, 333_333, 7_777),
]


@final
class Opened:
    """A matcher's state, and its journal ready for more.

    Attributes:
        engine: The state.
        journal: Positioned behind it.
        epoch: Of this life.
        snapshot_sequence: Of the snapshot that the state began with; 0 where there was none.
        batches: The events of the records that were replayed.
        has_tear: Whether the journal ended with an incomplete record.
    """

    def __init__(
        self,
        recovered: Recovered,
        journal: JournalWriter,
        epoch: int,
        batches: list[Events],
    ) -> None:
        self.engine: Final = recovered.engine
        self.journal: Final = journal
        self.epoch: Final = epoch
        self.snapshot_sequence: Final = recovered.snapshot_sequence
        self.batches: Final = batches
        self.has_tear: Final = recovered.reader.tear is not None


@final
class _Collector:
    """Keeps what a recovery publishes: `matcher.recovery.BatchSink`."""

    def __init__(self) -> None:
        self.batches: Final[list[Events]] = []

    def learn(self, markets: list[MarketDefinition]) -> None:
        """Names are of no use here."""

    def publish(self, batch: Events) -> None:
        self.batches.append(batch)

    async def wait_for_room(self) -> None:
        """There is room."""


def open_matcher(mount: Mount, profile: Profile, now_ns: int) -> Opened:
    """Recover an engine, or found an exchange where there is none; as `matcher.main` does.

    Raises:
        JournalError: If the journal is damaged.
        OSError: If the disk refuses.
    """
    folder = mount.folder(JOURNAL)
    snapshots = SnapshotFolder(mount.folder(SNAPSHOTS), SHARD)
    collector = _Collector()
    recovered = _at_once(recover(SHARD, folder, mount.folder(ARCHIVE), snapshots, collector, 0))
    epoch = recovered.epoch + 1
    position = recovered.reader.position
    journal = JournalWriter(folder, SHARD, epoch, position, profile.segment_bytes)
    mend(folder, recovered.reader)
    if recovered.engine.sequence == 0:
        founding = found_exchange(recovered.engine, journal, epoch, now_ns, ASSETS, MARKETS)
        collector.publish(founding)
    return Opened(recovered, journal, epoch, collector.batches)


def read_records(disk: SimulatedDisk, after: Position) -> list[Record]:
    """Read the records behind a snapshot, for those who judge."""
    mount = disk.mount()
    journal = JournalWithArchive(mount.folder(JOURNAL), mount.folder(ARCHIVE))
    return list(JournalReader(journal, SHARD, after, live=True).records())


def _at_once(work: Coroutine[None, None, Recovered]) -> Recovered:
    """Run what waits for nothing."""
    try:
        work.send(None)
    except StopIteration as end:
        result: Recovered = end.value
        return result
    raise AssertionError("a recovery waits for something")
