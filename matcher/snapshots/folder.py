"""The snapshots of one shard: which there are, which is good, which may go.

A snapshot is written under another name, `….snapshot.new`, and gets its own when it is on disk and
so is the journal up to there (`taker.py` sees to that). So a name promises a whole file, and what
a crash leaves is a `….new` that nobody reads and the next snapshot removes. A file may go bad
later, or be of another version: then the one before it serves, with more of the journal behind it.
"""

import logging
from typing import Final, final

from matcher.core.engine import Engine
from matcher.core.parts import SnapshotError
from matcher.journal.disk import Disk
from matcher.journal.format import Position
from matcher.snapshots.format import SnapshotHeader, SnapshotReader, encode_snapshot
from proto.garbage import paused_garbage_collector

_LOG: Final = logging.getLogger("matcher")
_SUFFIX: Final = ".snapshot"
_NEW_SUFFIX: Final = ".snapshot.new"
_DIGITS: Final = 20
# Pieces are collected to about this much for a write; after each write the disk is waited for, so
# that the journal's own sync never stands behind a long queue of ours.
_WRITE_BYTES: Final = 4 << 20


@final
class Snapshot:
    """A state that was read back.

    Attributes:
        name: Its file.
        engine: In that state; from here on the caller's.
        position: Where the journal goes on.
        epoch: Epoch of the matcher that took it.
        state_hash: Hash of the state, as the one who wrote it computed it; "" where it was of an
            older kind.
    """

    __slots__ = ("engine", "epoch", "name", "position", "state_hash")

    def __init__(
        self, name: str, engine: Engine, position: Position, epoch: int, state_hash: str
    ) -> None:
        self.name: Final = name
        self.engine: Final = engine
        self.position: Final = position
        self.epoch: Final = epoch
        self.state_hash: Final = state_hash


@final
class SnapshotFolder:
    """The snapshots of a shard."""

    def __init__(self, disk: Disk, shard: int) -> None:
        """Use a folder.

        Args:
            disk: The folder.
            shard: Whose snapshots are in it.
        """
        self._disk: Final = disk
        self._shard: Final = shard
        # Found unusable by this process. They do not count among those that are kept.
        self._bad: Final[set[int]] = set()

    def newest(self, at_most: int | None = None, *, verify: bool = False) -> Snapshot | None:
        """Read the newest good snapshot; for each that is not, a warning tells why.

        Args:
            at_most: Highest sequence that it may be of; None for any.
            verify: Whether to compute the state's hash too, which takes about as long as the
                rest. Checksums and what must hold within a state are always checked.

        Returns:
            None where there is none.

        Complexity: O(state).
        """
        for sequence in reversed(self.sequences()):
            if at_most is not None and sequence > at_most:
                continue
            try:
                return self._read(sequence, verify=verify)
            except (SnapshotError, OSError) as error:
                self._bad.add(sequence)
                _LOG.warning("snapshot %s is not used: %s", _name(sequence), error)
        return None

    def sequences(self) -> list[int]:
        """List the sequences that there are snapshots of, good or bad, in order."""
        stems = (n.removesuffix(_SUFFIX) for n in self._disk.names() if n.endswith(_SUFFIX))
        return sorted(int(s) for s in stems if len(s) == _DIGITS and s.isascii() and s.isdigit())

    def write(self, engine: Engine, position: Position, epoch: int) -> None:
        """Write a snapshot; it is on disk when this returns, but has no name yet.

        Args:
            engine: Whose state; it must not change meanwhile.
            position: Where the journal stands in that state.
            epoch: Epoch of the matcher.

        Raises:
            OSError: If the disk does not take it.

        Complexity: O(state).
        """
        header = SnapshotHeader(self._shard, epoch, position, engine.timestamp_ns)
        name = _new_name(position.sequence)
        self._disk.create(name, 0)
        file = self._disk.open(name)
        try:
            offset = 0
            pieces = bytearray()
            for piece in encode_snapshot(header, engine.parts(), engine.state_hash):
                pieces += piece
                if len(pieces) >= _WRITE_BYTES:
                    file.write(offset, bytes(pieces))
                    file.sync()
                    offset += len(pieces)
                    pieces.clear()
            file.write(offset, bytes(pieces))
            file.sync()
        finally:
            file.close()

    def publish(self, sequence: int) -> None:
        """Give a snapshot that was written its name; that is on disk when this returns.

        Args:
            sequence: Of the snapshot; the journal must be on disk up to there.

        Raises:
            OSError: If that is not certain.
        """
        self._disk.rename(_new_name(sequence), _name(sequence))
        self._disk.sync_folder()
        self._bad.discard(sequence)

    def keep(self, count: int) -> int:
        """Keep the newest snapshots, and remove what is older or was never finished.

        Nothing may be being written. Those that `newest` found unusable do not count, and go when
        they are older than those that do.

        Args:
            count: How many to keep; 1..

        Returns:
            The sequence that no kept snapshot needs the journal before; 0 while there are fewer
            than `count`, since then only the journal helps if they go bad.

        Raises:
            OSError: If something cannot be removed.
        """
        good = [sequence for sequence in self.sequences() if sequence not in self._bad]
        oldest = good[-count] if len(good) >= count else 0
        for sequence in self.sequences():
            if sequence < oldest:
                self._disk.remove(_name(sequence))
        self.discard()
        self._disk.sync_folder()
        return oldest

    def discard(self) -> None:
        """Remove what was never finished; nothing may be being written.

        Raises:
            OSError: If something cannot be removed.
        """
        for name in self._disk.names():
            if name.endswith(_NEW_SUFFIX):
                self._disk.remove(name)

    def _read(self, sequence: int, *, verify: bool) -> Snapshot:
        name = _name(sequence)
        reader = SnapshotReader(self._disk.read(name))
        header = reader.header
        if header.shard != self._shard:
            raise SnapshotError(f"it is of shard {header.shard}, this is shard {self._shard}")
        # All that is made stays, so looking for garbage in it would be in vain, and often.
        with paused_garbage_collector():
            engine = Engine.restored(self._shard, reader.parts())
        found = (engine.sequence, engine.timestamp_ns)
        if found != (sequence, header.timestamp_ns) or header.position.sequence != sequence:
            raise SnapshotError("its name, its header and its content are of different sequences")
        if verify and reader.state_hash and engine.state_hash() != reader.state_hash:
            raise SnapshotError("its state does not have the hash that it was written with")
        return Snapshot(name, engine, header.position, header.epoch, reader.state_hash)


def _name(sequence: int) -> str:
    return f"{sequence:0{_DIGITS}d}{_SUFFIX}"


def _new_name(sequence: int) -> str:
    return f"{sequence:0{_DIGITS}d}{_NEW_SUFFIX}"
