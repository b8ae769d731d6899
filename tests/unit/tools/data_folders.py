"""Data folders for the tests: a small exchange, written as a matcher writes it."""

from pathlib import Path

from matcher.core.engine import Engine
from matcher.journal.disk import FolderDisk
from matcher.journal.format import Entry, Position
from matcher.journal.mending import mend, settle
from matcher.journal.reader import JournalReader
from matcher.journal.writer import JournalWriter
from matcher.snapshots.folder import SnapshotFolder
from proto.codec import encode
from proto.codes import BUY, GTC, IOC, LIMIT, MARKET, SELL
from proto.commands import (
    CancelOrder,
    Command,
    DefineAsset,
    DefineMarket,
    Deposit,
    PlaceOrder,
    Withdraw,
)
from proto.events import EventBatch
from proto.frames import CommandFrame
from proto.replies import Reply
from tests.applying import apply_to
from tests.unit.load.scales import BTC, BTC_USDT, INR, TATA, TATA_INR, USDT

START_NS = 1_700_000_000_000_000_000
STEP_NS = 1_000_000


class SmallExchange:
    """A data folder, and the engine whose journal is in it."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.journal = data_dir / "journal"
        self.journal.mkdir(parents=True)
        (data_dir / "snapshots").mkdir()
        self.engine = Engine(0)
        self.replies: list[Reply] = []
        self.events: list[EventBatch] = []
        self._writer = self._open()

    def run(self, *commands: Command) -> None:
        """Apply commands as one record, one command a frame, a millisecond apart."""
        first = self.engine.sequence + 1
        entries = []
        for command in commands:
            timestamp_ns = START_NS + (self.engine.sequence + 1) * STEP_NS
            entries.append(Entry(timestamp_ns, encode(CommandFrame([command]))))
            reply, events = apply_to(self.engine, timestamp_ns, command)
            self.replies.append(reply)
            self.events.append(events)
        self._writer.write(self._writer.encode(first, len(commands), entries))

    def snapshot(self, engine: Engine | None = None, position: Position | None = None) -> None:
        """Take a snapshot of the present state; or, to lie, of another one or another place."""
        folder = SnapshotFolder(FolderDisk(self.data_dir / "snapshots"), 0)
        folder.write(engine or self.engine, position or self._writer.position, 1)
        folder.publish(self.engine.sequence)

    def restart(self) -> None:
        """Begin a new segment, as a matcher that starts again does."""
        self._writer.close()
        self._writer = self._open()

    def close(self) -> None:
        """Write no more."""
        self._writer.close()

    def segments(self) -> list[Path]:
        return sorted(self.journal.glob("*.journal"))

    def _open(self) -> JournalWriter:
        disk = FolderDisk(self.journal)
        settle(disk, 0)
        reader = JournalReader(disk, 0)
        for _ in reader.records():
            continue
        writer = JournalWriter(disk, 0, reader.epoch + 1, reader.position, 1 << 16)
        mend(disk, reader)
        return writer


def place(user_id: int, side: int, lots: int, ticks: int, name: str = "") -> PlaceOrder:
    """An order in TATA_INR; without a price it is a market order."""
    order_type, force = (LIMIT, GTC) if ticks else (MARKET, IOC)
    return PlaceOrder(7, 0, 1, user_id, side, order_type, force, False, ticks, lots, name)


def small_exchange(data_dir: Path) -> SmallExchange:
    """Trade a little; 15 commands in five records: a fill, a cancel, a refusal, a repetition."""
    exchange = SmallExchange(data_dir)
    exchange.run(
        *(DefineAsset(0, asset) for asset in (INR, TATA, USDT, BTC)),
        *(DefineMarket(0, scale.market) for scale in (TATA_INR, BTC_USDT)),
    )
    exchange.run(Deposit(1, 1, 1, 10_000_000, "bank-1"), Deposit(2, 2, 2, 500, "vault-1"))
    exchange.run(place(1, BUY, 10, 2_000, "bid"), place(1, BUY, 5, 1_900))
    exchange.run(
        place(2, SELL, 4, 2_000, "ask"),
        place(2, SELL, 4, 2_000, "ask"),
        CancelOrder(3, 0, 1, 1, 10, ""),
        place(2, SELL, 9_999, 2_000),
    )
    exchange.run(Withdraw(4, 1, 1, 2_550, "bank-2"))
    return exchange
