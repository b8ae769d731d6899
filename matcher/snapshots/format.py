"""Layout of a snapshot: the state of an engine behind one record of its journal.

A snapshot is a file `<sequence, 20 digits>.snapshot`, all integers little-endian:

    header   magic "TMSNAPSH" | version u16 | shard u16 | epoch u32 | sequence u64
             | checksum of the journal's record that ends there u32 | timestamp i64
             | checksum of this header u32
    chunk    length u32, not 0 | checksum u32 | one part (`matcher.core.parts`), as msgpack
    trailer  length 0 u32 | checksum u32 | number of parts u32 | state hash, 16 bytes

Each checksum is CRC-32C over the length and what it counts, and goes on from the checksum before
it: a chunk that is lost, swapped or of another file breaks the chain. A file that ends before its
trailer is incomplete.

Magic and version stand where they stand for ever. A program reads the versions that it knows and
no other, older or newer: see docs/decisions/0012-snapshots.md for what it takes to raise it. Since
version 1 only the parts have changed (`version_1.py`), and what the state hash is of.
"""

import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final, final

import msgspec
from crc32c import crc32c

from matcher.core.parts import Part, SnapshotError
from matcher.journal.format import Position
from matcher.snapshots.version_1 import OldPart, present_part

MAGIC: Final = b"TMSNAPSH"
VERSION: Final = 2
_START: Final = struct.Struct("<8sH")
# Everything of the header but its checksum.
_HEADER: Final = struct.Struct("<8sHHIQIq")
_CHECKSUM: Final = struct.Struct("<I")
_LENGTH: Final = struct.Struct("<I")
_CHUNK: Final = struct.Struct("<II")
_TRAILER: Final = struct.Struct("<I16s")

_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final[msgspec.msgpack.Decoder[Part]] = msgspec.msgpack.Decoder(Part)
_OLD_DECODER: Final[msgspec.msgpack.Decoder[OldPart]] = msgspec.msgpack.Decoder(OldPart)


@final
class SnapshotHeader:
    """What a snapshot is of.

    Attributes:
        shard: Shard of the engine.
        epoch: Epoch of the matcher that took it.
        position: Where the journal goes on.
        timestamp_ns: Engine time of the last command in it.
        version: Version of its format.
    """

    __slots__ = ("epoch", "position", "shard", "timestamp_ns", "version")

    def __init__(
        self,
        shard: int,
        epoch: int,
        position: Position,
        timestamp_ns: int,
        version: int = VERSION,
    ) -> None:
        self.version: Final = version
        self.shard: Final = shard
        self.epoch: Final = epoch
        self.position: Final = position
        self.timestamp_ns: Final = timestamp_ns


def encode_snapshot(
    header: SnapshotHeader, parts: Iterable[Part], state_hash: Callable[[], str]
) -> Iterator[bytes]:
    """Write a snapshot, piece by piece.

    Args:
        header: What it is of.
        parts: All parts, in order.
        state_hash: Gives the state's hash, 32 hexadecimal digits; called after the last part.
    """
    position = header.position
    data = _HEADER.pack(
        MAGIC,
        VERSION,
        header.shard,
        header.epoch,
        position.sequence,
        position.checksum,
        header.timestamp_ns,
    )
    checksum = crc32c(data)
    yield data + _CHECKSUM.pack(checksum)
    number = 0
    for part in parts:
        number += 1
        data = _ENCODER.encode(part)
        checksum = _chained(checksum, len(data), data)
        yield _CHUNK.pack(len(data), checksum)
        yield data
    data = _TRAILER.pack(number, bytes.fromhex(state_hash()))
    yield _CHUNK.pack(0, _chained(checksum, 0, data)) + data


@final
class SnapshotReader:
    """Reads a snapshot that is in memory.

    Attributes:
        header: What it is of.
        state_hash: Hash of the state that was written; "" before `parts` came to its end, and
            always of version 1, whose hash can be compared with none of today.
    """

    __slots__ = ("_data", "header", "state_hash")

    def __init__(self, data: bytes) -> None:
        """Read the header.

        Raises:
            SnapshotError: If it is not one, or of a version that this program does not know.
        """
        self._data: Final = data
        self.header: Final = _decode_header(data)
        self.state_hash = ""

    def parts(self) -> Iterator[Part]:
        """Yield all parts, in order, each in the bounds of its fields.

        Raises:
            SnapshotError: If a byte is not as it was written, or missing, or too many. What was
                yielded before is to be thrown away then.
        """
        view = memoryview(self._data)
        checksum = _CHECKSUM.unpack_from(view, _HEADER.size)[0]
        offset = _HEADER.size + _CHECKSUM.size
        is_present = self.header.version == VERSION
        decode = _decode if is_present else _decode_old
        number = 0
        while True:
            _check_length(self._data, offset + _CHUNK.size)
            length, claimed = _CHUNK.unpack_from(view, offset)
            start = offset + _CHUNK.size
            offset = start + (length or _TRAILER.size)
            _check_length(self._data, offset)
            data = view[start:offset]
            checksum = _chained(checksum, length, data)
            if checksum != claimed:
                raise SnapshotError(f"it is damaged between byte {start} and byte {offset}")
            if length == 0:
                break
            number += 1
            yield decode(data)
        count, state_hash = _TRAILER.unpack(data)
        if count != number or offset != len(view):
            raise SnapshotError(f"it has {number} parts and {len(view)} bytes, and claims others")
        self.state_hash = state_hash.hex() if is_present else ""


def _chained(checksum: int, length: int, data: bytes | memoryview) -> int:
    return crc32c(data, crc32c(_LENGTH.pack(length), checksum))


def _check_length(data: bytes, end: int) -> None:
    if len(data) < end:
        raise SnapshotError(f"it is incomplete: it ends at byte {len(data)}")


def _decode_header(data: bytes) -> SnapshotHeader:
    _check_length(data, _START.size)
    magic, version = _START.unpack_from(data)
    if magic != MAGIC:
        raise SnapshotError("it is no snapshot of a matcher")
    if version not in (1, VERSION):
        raise SnapshotError(
            f"it is of version {version}; this program reads versions 1 and {VERSION}"
        )
    _check_length(data, _HEADER.size + _CHECKSUM.size)
    if crc32c(data[: _HEADER.size]) != _CHECKSUM.unpack_from(data, _HEADER.size)[0]:
        raise SnapshotError("its header is damaged")
    _, _, shard, epoch, sequence, checksum, timestamp_ns = _HEADER.unpack_from(data)
    return SnapshotHeader(shard, epoch, Position(sequence, checksum), timestamp_ns, version)


def _decode(data: memoryview) -> Part:
    with _refusing():
        return _DECODER.decode(data)


def _decode_old(data: memoryview) -> Part:
    with _refusing():
        return present_part(_OLD_DECODER.decode(data))


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    # Text that is not UTF-8 and nesting without end surface as the two built-in errors.
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SnapshotError(f"a part of it does not decode: {error}") from error
