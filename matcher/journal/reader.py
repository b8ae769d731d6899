"""Reads a journal, from its beginning or from a place in the middle, and never writes.

Theory of operation
-------------------
Records are taken as long as there are whole ones. Where there is none, it depends on what follows.

- Another segment: it must continue exactly here, by sequence and by checksum. So whatever else
  the segment before it holds, a tear that its successor's matcher passed over, or unused zeros, is
  of no consequence, and whatever was lost is noticed.
- None: the end, and what stands there is judged (`Segment.find_tear`): nothing, what a crash can
  have left, or damage.

While a matcher writes the journal, what is not whole at the end is not there yet: a reader told
that the journal is live takes it as the end, and `records` may be called again later to go on. It
lists the segments before it reads, so that one which has a successor in the list is complete.

A start in the middle reads the segment that holds the place, and passes over the records before
it by their headings alone.
"""

from collections.abc import Iterator
from typing import Final, final

from matcher.journal.disk import ReadableDisk
from matcher.journal.format import (
    BEGINNING,
    Entry,
    JournalError,
    Position,
    Record,
    Tear,
    damaged,
    first_sequence_of,
    segment_names,
)
from matcher.journal.record import Heading
from matcher.journal.segments import AnySegment, open_segment


@final
class JournalReader:
    """Reads records in order.

    Attributes:
        position: The place behind the last record that was yielded.
        epoch: Highest epoch seen; 0 in an empty journal.
        tear: An incomplete record at the end, or None; known when `records` has ended.
        slack: For each segment with records that is longer than they are, where they end.
    """

    def __init__(
        self, disk: ReadableDisk, shard: int, after: Position = BEGINNING, *, live: bool = False
    ) -> None:
        """Prepare to read.

        Args:
            disk: The journal's folder.
            shard: Shard of the matcher.
            after: Place behind which to begin; the segment that holds it must be there.
            live: Whether a matcher may be writing.
        """
        self.position = after
        self.epoch = 0
        self.tear: Tear | None = None
        self.slack: Final[dict[str, int]] = {}
        self._disk: Final = disk
        self._shard: Final = shard
        self._live: Final = live
        self._after: Final = after
        # Segment that is being read, and the byte behind its last record that was taken.
        self._name: str | None = None
        self._offset = 0
        self._timestamp_ns = 0

    def records(self) -> Iterator[Record]:
        """Yield every whole record that has not been yielded yet, in order.

        Raises:
            JournalError: If a crash cannot have left the journal like this, or the records behind
                the place asked for are not there.
            OSError: If it cannot be read.
        """
        names = segment_names(self._disk.names())
        segment = self._first_segment(names)
        if segment is None:
            return
        yield from self._rest_of(segment)
        for name in names[names.index(segment.name) + 1 :]:
            self._note_slack(segment)
            segment = self._enter(name)
            yield from self._rest_of(segment)
        self._end(segment)

    def _first_segment(self, names: list[str]) -> AnySegment | None:
        """Open the segment to go on with, or None in an empty journal."""
        if self._name is not None:
            return self._reopened(self._name, names)
        sequence = self._after.sequence + 1
        before = [name for name in names if first_sequence_of(name) <= sequence]
        if not before:
            if names or self._after != BEGINNING:
                raise JournalError(
                    f"the journal in {self._disk} has nothing of sequence {sequence}: it begins "
                    f"at {first_sequence_of(names[0]) if names else 'no sequence'}. Bring the "
                    "segments before that back, from the archive or a copy."
                )
            return None
        segment = self._opened(before[-1])
        self._pass_over(segment)
        return segment

    def _reopened(self, name: str, names: list[str]) -> AnySegment:
        if name not in names:
            raise JournalError(f"{self._place(name)} was removed while it was being read")
        segment = self._opened(name)
        if self._offset == segment.header.length:
            # As long as it held no record, a matcher that started put a new one in its place.
            self._check_continues(segment)
            self.epoch = segment.header.epoch
        return segment

    def _pass_over(self, segment: AnySegment) -> None:
        """Find the place to begin at, in the segment that must hold it."""
        wanted, position = self._after, segment.header.position
        offset = segment.header.length
        self.epoch = segment.header.epoch
        while position.sequence < wanted.sequence:
            heading = segment.heading(offset)
            if heading is None or heading.last_sequence > wanted.sequence:
                raise JournalError(
                    f"the journal in {self._disk} has no record that ends at sequence "
                    f"{wanted.sequence}: {segment.name} has {position.sequence} and goes on at "
                    f"byte {offset} with something else. A part of the journal is missing or "
                    "damaged; restore the folder from a copy."
                )
            self._check_chain(segment, offset, heading, position)
            position = Position(heading.last_sequence, heading.checksum)
            offset += heading.extent
        if position != wanted:
            raise JournalError(
                f"the record at sequence {wanted.sequence} in {self._place(segment.name)} is not "
                "the one asked for: this is the journal of another exchange, or a copy that parted."
            )
        self._name, self._offset = segment.name, offset

    def _rest_of(self, segment: AnySegment) -> Iterator[Record]:
        while True:
            heading = segment.heading(self._offset)
            if heading is None:
                return
            self._check_chain(segment, self._offset, heading, self.position)
            entries = segment.entries(heading, self._offset)
            if entries is None:
                return
            yield self._take(segment, heading, entries)

    def _take(self, segment: AnySegment, heading: Heading, entries: list[Entry]) -> Record:
        for entry in entries:
            if entry.timestamp_ns < self._timestamp_ns:
                raise damaged(self._place(segment.name), self._offset, "time goes back here")
            self._timestamp_ns = entry.timestamp_ns
        self.position = Position(heading.last_sequence, heading.checksum)
        self._offset += heading.extent
        return Record(
            heading.first_sequence, heading.commands, heading.epoch, entries, self.position
        )

    def _check_chain(
        self, segment: AnySegment, offset: int, heading: Heading, position: Position
    ) -> None:
        if (
            heading.previous != position.checksum
            or heading.first_sequence != position.sequence + 1
            or heading.commands == 0
        ):
            raise damaged(
                self._place(segment.name), offset, f"sequence {position.sequence + 1} is missing"
            )
        if heading.epoch != segment.header.epoch:
            raise damaged(
                self._place(segment.name),
                offset,
                f"a record of epoch {heading.epoch} in a segment of epoch {segment.header.epoch}",
            )

    def _enter(self, name: str) -> AnySegment:
        """Open the segment that must continue the one that was read to its end."""
        segment = self._opened(name)
        self._check_continues(segment)
        self._name, self._offset = name, segment.header.length
        self.epoch = segment.header.epoch
        return segment

    def _check_continues(self, segment: AnySegment) -> None:
        if segment.header.position != self.position:
            raise damaged(
                self._place(self._name or segment.name),
                self._offset,
                f"here should be sequence {self.position.sequence + 1}, and {segment.name} does "
                "not continue with it: a record is damaged, or a segment is missing or foreign",
            )
        if segment.header.epoch < self.epoch:
            raise damaged(
                self._place(segment.name),
                0,
                f"its epoch is {segment.header.epoch}, and before it there was {self.epoch}",
            )

    def _note_slack(self, segment: AnySegment) -> None:
        # A segment without a record gives its name to the one that follows it: it is not cut.
        if self._offset > segment.header.length and segment.file_length > self._offset:
            self.slack[segment.name] = self._offset

    def _end(self, segment: AnySegment) -> None:
        if not self._live:
            self.tear = segment.find_tear(self._offset)
            self._note_slack(segment)
            return
        written = not segment.is_blank(self._offset)
        self.tear = Tear(segment.name, self._offset) if written else None

    def _opened(self, name: str) -> AnySegment:
        return open_segment(self._disk, self._shard, name)

    def _place(self, name: str) -> str:
        return f"{self._disk}/{name}"
