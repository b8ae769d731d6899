"""What a starting matcher does to a journal, before it reads and after.

Before: a process that was killed may have left a record in the system's memory that is not on
disk, and after a sync that failed the system holds a record that it will never write. Both are
read like any other, and would be gone after a power failure, when the matcher has long acted upon
them. Only the last record can be such a one, since the next is written when it is durable. So it
is written again, with the bytes that it has, and synced.

After: a segment that has a successor is cut to the records in it. What is cut was never
acknowledged: the successor continues where they end. The last one keeps its length, by which it
is known to be the last.
"""

from matcher.journal.disk import Disk
from matcher.journal.format import segment_names
from matcher.journal.reader import JournalReader
from matcher.journal.segments import open_segment


def settle(disk: Disk, shard: int) -> None:
    """Have on disk what a reader will see; call it before anything read is acted upon.

    Raises:
        JournalError: If the last segment is damaged.
        OSError: If the disk does not take it.

    Complexity: O(bytes of the last segment).
    """
    disk.sync_folder()
    names = segment_names(disk.names())
    if not names:
        return
    segment = open_segment(disk, shard, names[-1])
    offset, end = segment.header.length, segment.header.length
    # If the last heading is that of a torn record, the one before it is durable.
    while (heading := segment.heading(end)) is not None:
        offset, end = end, end + heading.extent
    file = disk.open(segment.name)
    try:
        if end > offset:
            file.write(offset, disk.read(segment.name, offset, end - offset))
        file.sync()
    finally:
        file.close()


def mend(disk: Disk, reader: JournalReader) -> list[str]:
    """Cut what is of no use off the segments that have a successor.

    Args:
        disk: The journal's folder.
        reader: Has read it to its end.

    Returns:
        Warnings for the log: what was found at the end.

    Raises:
        OSError: If the disk does not do it.
    """
    names = segment_names(disk.names())
    for name, length in reader.slack.items():
        if name in names[:-1]:
            disk.truncate(name, length)
    if reader.tear is None:
        return []
    return [
        f"{disk}/{reader.tear.segment}: a record at byte {reader.tear.offset} is incomplete and is "
        f"left out; a crash tore it, and it was never acknowledged. The journal ends at sequence "
        f"{reader.position.sequence}"
    ]
