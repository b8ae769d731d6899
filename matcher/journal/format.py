"""Layout of the journal: every command, in order, on disk before anybody is told of its outcome.

A journal is a folder of segments, `<first sequence, 20 digits>.journal`. A segment is made of
zeros in its full length before it is used, so that writing a record changes nothing of the file
but its content. It holds a header, one sector long, and records, each from a sector's start on;
all integers little-endian:

    header   magic "TICKMESH" | version u16 | shard u16 | epoch u32 | first sequence u64
             | checksum of the record before the segment u32 | length of the file u64 | zeros
             | checksum u32, of the sector up to here
    record   magic "TMR2" | checksum u32, of the rest of the heading
             | checksum of the record before u32 | checksum of the body u32
             | length of the entries u32 | commands u32 | epoch u32 | blank sectors u32
             | first sequence u64 | body: entries, zeros up to the end of the sector
    entry    timestamp i64 | length u32 | command frame, as it arrived from the mesh

A record is one batch: what one sync made durable. Checksums are CRC-32C (RFC 3720, appendix B.4).
The record's own covers, by way of the body's, all of it, and it names that of the record before,
so a lost, swapped or foreign record is noticed. The heading has a checksum of its own so that a
reader can pass over records without reading their bodies, and so that a length can be believed.

A record never spans segments: where it does not fit, a new one is begun, of the size that it
needs. A new one is also begun at each start of a matcher, with an epoch one higher.

What a crash can leave
----------------------
Assumed of the disk: a sector of 512 bytes is written whole or not at all, and a write changes no
byte beside it; of the kernel: a write that a signal ends stops between sectors (it stops between
pages). One write is under way at a time. So a crash leaves one incomplete record at the very end,
acknowledged to nobody, of whose sectors some are still as they were: blank, all zeros. Since the
heading counts the sectors that are blank when all is written, a missing one can always be told.

- A heading that is there, more blank sectors than it counts, nothing behind: a tear.
- No heading, something within the longest record behind it, and no heading in that: a tear.
- Anything else that is not a whole record is damage, for instance a bit of the last record that
  is not what it was. It may have been acknowledged, so the start is refused.

A segment gets its name only when its header is on disk; it is cut to what it holds only when the
next one is. So the last one always has its full length, and one that has not was shortened by
somebody, or those behind it are lost.

Version 1, which appended unaligned records to files that grew, is read (`version_1`), never
written. A newer version is refused.
"""

import re
import struct
from typing import Final, NamedTuple, final

SECTOR: Final = 512
BLANK: Final = bytes(SECTOR)

HEADER_MAGIC: Final = b"TICKMESH"
VERSION: Final = 2

# A batch holds 8 MiB of frames at most, and one frame more (matcher/sequencer.py).
RECORD_BYTES_MAX: Final = 16 * 1024 * 1024

CHECKSUM: Final = struct.Struct("<I")

_NAME: Final = re.compile(r"[0-9]{20}\.journal")
_SUFFIX: Final = ".journal"


class JournalError(Exception):
    """A journal that cannot be used; the message says where, why, and what to do."""


class Position(NamedTuple):
    """A place between two records.

    Attributes:
        sequence: Sequence of the last command before it; 0 at the beginning.
        checksum: Checksum of the record that ends there; 0 at the beginning.
    """

    sequence: int
    checksum: int


BEGINNING: Final = Position(0, 0)


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
        position: The place behind it.
    """

    __slots__ = ("commands", "entries", "epoch", "first_sequence", "position")

    def __init__(
        self,
        first_sequence: int,
        commands: int,
        epoch: int,
        entries: list[Entry],
        position: Position,
    ) -> None:
        self.first_sequence: Final = first_sequence
        self.commands: Final = commands
        self.epoch: Final = epoch
        self.entries: Final = entries
        self.position: Final = position


@final
class Tear:
    """An incomplete record at the end of a journal, which nobody was told of.

    Attributes:
        segment: Name of the file.
        offset: Byte at which it begins.
    """

    __slots__ = ("offset", "segment")

    def __init__(self, segment: str, offset: int) -> None:
        self.segment: Final = segment
        self.offset: Final = offset


def segment_name(first_sequence: int) -> str:
    """Name the segment that begins with a sequence."""
    return f"{first_sequence:020d}{_SUFFIX}"


def first_sequence_of(name: str) -> int:
    """Return the sequence that a segment's name begins with."""
    return int(name[: -len(_SUFFIX)])


def segment_names(names: list[str]) -> list[str]:
    """Pick the segments among the files of a folder.

    Returns:
        Their names, in the order of their sequences.

    Raises:
        JournalError: If a file looks like one, but has no segment's name: a renamed segment must
            not be passed over.
    """
    found = sorted(name for name in names if name.endswith(_SUFFIX))
    for name in found:
        if not _NAME.fullmatch(name):
            raise JournalError(
                f"{name} in the journal's folder is not named as a segment is, by the 20 digits "
                "of its first sequence. Give it its name back, or move it elsewhere."
            )
    return found


def damaged(place: str, offset: int, what: str) -> JournalError:
    """Make the error for a journal that a crash cannot have left like this."""
    return JournalError(
        f"{place}, byte {offset}: {what}. The matcher does not start on a damaged journal, because "
        "it would lose acknowledged orders. Restore the journal's folder from a copy."
    )
