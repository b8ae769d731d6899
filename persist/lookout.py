"""Notices what a silent stream cannot show: that the history went on without it.

A hole in the stream is seen when something comes behind it. Where nothing comes, because Redis has
lost what was last in it and nobody has traded since, only the matcher knows that there is more. So
after a silence the matcher is asked how far the history reaches; and where the answer is still
beyond the position after a second silence, what lies between is not merely on its way.
"""

from typing import Final, final

from persist.continuity import MissingEventsError, Position
from proto.replies import HistoryEndReply

# Reads without an entry before the matcher is asked; each waits for about a second.
SILENT_READS: Final = 2


class ForeignHistoryError(Exception):
    """The database holds what the matcher's journal does not."""


@final
class Lookout:
    """Watches one stream for one session."""

    def __init__(self) -> None:
        self._silent_reads = 0
        self._suspected_sequence: int | None = None

    def on_read(self, entries: int) -> bool:
        """Take note of how many entries a read gave; return whether to ask for the end now."""
        if entries:
            self._silent_reads = 0
            self._suspected_sequence = None
            return False
        self._silent_reads += 1
        if self._silent_reads < SILENT_READS:
            return False
        self._silent_reads = 0
        return True

    def missing(self, position: Position, end: HistoryEndReply) -> MissingEventsError | None:
        """Return what is missing where the history ends, if anything is.

        Args:
            position: How far the database reaches.
            end: How far the journal reaches.

        Raises:
            ForeignHistoryError: If the two are not of one exchange.
        """
        check_same_history(position, end)
        if end.last_sequence == position.last_sequence:
            self._suspected_sequence = None
            return None
        if self._suspected_sequence != position.last_sequence:
            self._suspected_sequence = position.last_sequence
            return None
        return MissingEventsError(position.shard, position.last_sequence + 1, end.last_sequence)


def check_same_history(position: Position, end: HistoryEndReply) -> None:
    """Check that a database does not hold more than the journal.

    Raises:
        ForeignHistoryError: If it does.
    """
    if position.last_sequence > end.last_sequence or position.epoch > end.epoch:
        raise ForeignHistoryError(
            f"the database reaches sequence {position.last_sequence} of epoch {position.epoch}, "
            f"the matcher's journal ends at {end.last_sequence} of epoch {end.epoch}: they are of "
            "two exchanges, or a part of the journal is missing. Nothing is written. Restore the "
            "journal, or give a new exchange an empty database."
        )
