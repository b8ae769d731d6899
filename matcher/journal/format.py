"""Layout of the journal: every command, in order, on disk before anybody is told of its outcome.

A journal is a folder of segments, `<first sequence, 20 digits>.journal`. A segment is a header
and records, all integers little-endian:

    header   magic "TICKMESH" | version u16 | shard u16 | epoch u32 | first sequence u64
             | checksum of the record before the segment u32 | checksum of this header u32
    record   magic "TMRC" | length u32 | checksum u32 | checksum of the record before u32
             | first sequence u64 | commands u32 | epoch u32 | entries
    entry    timestamp i64 | length u32 | command frame, as it arrived from the mesh

A record is one batch: what one `fdatasync` made durable. Its checksum is CRC-32C (RFC 3720,
appendix B.4) over everything behind the checksum field, and it names the checksum of the record
before it, so a lost, swapped or foreign record is noticed. A new segment is begun at each start
of a matcher, with an epoch one higher, and when a segment is full.
"""

import struct
from typing import Final, final

HEADER_MAGIC: Final = b"TICKMESH"
RECORD_MAGIC: Final = b"TMRC"
VERSION: Final = 1
# Everything of a segment's header but its checksum.
HEADER: Final = struct.Struct("<8sHHIQI")
CHECKSUM: Final = struct.Struct("<I")
HEADER_LENGTH: Final = HEADER.size + CHECKSUM.size
# Of a record: magic, length of what follows, checksum of what follows; then the rest.
RECORD_START: Final = struct.Struct("<4sII")
RECORD_REST: Final = struct.Struct("<IQII")
RECORD_HEADER_LENGTH: Final = RECORD_START.size + RECORD_REST.size
ENTRY: Final = struct.Struct("<qI")


class JournalError(Exception):
    """A journal that cannot be used; the message says where, why, and what to do."""


@final
class Entry:
    """One command frame and the time it was stamped with."""

    __slots__ = ("frame", "timestamp_ns")

    def __init__(self, timestamp_ns: int, frame: bytes) -> None:
        self.timestamp_ns: Final = timestamp_ns
        self.frame: Final = frame


@final
class Record:
    """One batch.

    Attributes:
        first_sequence: Sequence of the first command.
        commands: Number of commands in all entries.
        epoch: Epoch of the matcher that wrote it.
        entries: Frames in the order of their commands.
    """

    __slots__ = ("commands", "entries", "epoch", "first_sequence")

    def __init__(
        self, first_sequence: int, commands: int, epoch: int, entries: list[Entry]
    ) -> None:
        self.first_sequence: Final = first_sequence
        self.commands: Final = commands
        self.epoch: Final = epoch
        self.entries: Final = entries
