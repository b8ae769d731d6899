"""How a matcher comes to its state: the real recovery, journal and foundation, on any disk."""

from typing import Final, final

from matcher.core.engine import Engine
from matcher.genesis import found_exchange
from matcher.journal.format import BEGINNING, Record
from matcher.journal.mending import mend, settle
from matcher.journal.reader import JournalReader
from matcher.journal.writer import JournalWriter
from matcher.recovery import replay
from matcher.snapshots.folder import SnapshotFolder
from proto.definitions import AssetDefinition, MarketDefinition
from proto.events import EventBatch
from tests.simulation.disk import Mount
from tests.simulation.folders import JOURNAL, SNAPSHOTS
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
        recovered: The records that were replayed, and the events that they made.
        has_snapshot: Whether the state began with a snapshot.
        has_tear: Whether the journal ended with an incomplete record.
    """

    def __init__(
        self,
        engine: Engine,
        journal: JournalWriter,
        epoch: int,
        recovered: list[tuple[Record, EventBatch]],
        *,
        has_snapshot: bool,
        has_tear: bool,
    ) -> None:
        self.engine: Final = engine
        self.journal: Final = journal
        self.epoch: Final = epoch
        self.recovered: Final = recovered
        self.has_snapshot: Final = has_snapshot
        self.has_tear: Final = has_tear


def open_matcher(mount: Mount, profile: Profile, now_ns: int) -> Opened:
    """Recover an engine, or found an exchange where there is none."""
    folder = mount.folder(JOURNAL)
    settle(folder, SHARD)
    snapshot = SnapshotFolder(mount.folder(SNAPSHOTS), SHARD).newest()
    engine = Engine(SHARD) if snapshot is None else snapshot.engine
    reader = JournalReader(folder, SHARD, BEGINNING if snapshot is None else snapshot.position)
    recovered = [(record, replay(engine, record)) for record in reader.records()]
    epoch = reader.epoch + 1
    journal = JournalWriter(folder, SHARD, epoch, reader.position, profile.segment_bytes)
    mend(folder, reader)
    if engine.sequence == 0:
        batch = found_exchange(engine, journal, epoch, now_ns, ASSETS, MARKETS)
        (record,) = JournalReader(folder, SHARD, BEGINNING).records()
        recovered.append((record, batch))
    return Opened(
        engine,
        journal,
        epoch,
        recovered,
        has_snapshot=snapshot is not None,
        has_tear=reader.tear is not None,
    )
