"""A record of the journal, read from the bytes that go to the disk, without the reader's doubts."""

from matcher.journal.format import Position, Record
from matcher.journal.record import HEADING_LENGTH, read_entries, read_heading


def parse_record(data: bytes) -> Record:
    """Take a record apart."""
    heading = read_heading(data, 0)
    assert heading is not None
    return Record(
        heading.first_sequence,
        heading.commands,
        heading.epoch,
        read_entries(data, HEADING_LENGTH, heading.length),
        Position(heading.last_sequence, heading.checksum),
    )
