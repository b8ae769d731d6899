"""An exchange whose journal is written as a matcher writes it, without a matcher."""

from pathlib import Path

from matcher.journal.disk import FolderDisk
from matcher.journal.format import BEGINNING, Entry
from matcher.journal.writer import JournalWriter
from matcher.snapshots.folder import SnapshotFolder
from proto.codec import encode
from proto.commands import Command
from proto.events import EventBatch
from proto.frames import CommandFrame
from tests.integration.persist.exchange import Exchange

_SEGMENT_BYTES = 1 << 18


class RecordedExchange(Exchange):
    """Applies commands and has them on disk: `<folder>/journal`, `<folder>/snapshots`."""

    def __init__(self, folder: Path, seed: int = 7) -> None:
        (folder / "journal" / "archive").mkdir(parents=True)
        (folder / "snapshots").mkdir()
        self._disk = FolderDisk(folder / "journal")
        self._snapshots = SnapshotFolder(FolderDisk(folder / "snapshots"), 0)
        self._writer = JournalWriter(self._disk, 0, 1, BEGINNING, _SEGMENT_BYTES)
        super().__init__(seed)

    def apply(self, *commands: Command) -> EventBatch:
        batch = super().apply(*commands)
        frame = encode(CommandFrame(list(commands)))
        entries = [Entry(batch.timestamp_ns, frame)]
        self._writer.write(self._writer.encode(batch.first_sequence, len(commands), entries))
        return batch

    def restart(self) -> None:
        """Go on as the next matcher."""
        position = self._writer.position
        self._writer.close()
        self.epoch += 1
        self._writer = JournalWriter(self._disk, 0, self.epoch, position, _SEGMENT_BYTES)

    def take_snapshot(self) -> int:
        """Take a snapshot; return its sequence."""
        position = self._writer.position
        self._snapshots.write(self.engine, position, self.epoch)
        self._snapshots.publish(position.sequence)
        return position.sequence

    def close(self) -> None:
        self._writer.close()
