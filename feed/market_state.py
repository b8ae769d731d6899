"""The status of one market: what the matcher answered last, and the changes that came since. Pure.

A change has the sequence of its command, an answer the sequence that the matcher had reached. A
change at or below the answer's is in the answer. A change may also overtake an answer that does not
have it; then the answer is left. So what clients see never goes back.
"""

from typing import final

from proto.definitions import MarketStatus
from proto.events import MarketChange


@final
class MarketState:
    """A market's status.

    Attributes:
        sequence: Of the last command that is known to be in it.
        status: The status; None until it is known.
        changed_ns: Engine time of the change that brought it; 0 where that was before anything
            was followed here.
    """

    __slots__ = ("changed_ns", "sequence", "status")

    def __init__(self) -> None:
        self.status: MarketStatus | None = None
        self.changed_ns = 0
        self.sequence = 0

    def load(self, status: MarketStatus, sequence: int, asked_at: int) -> bool:
        """Take what the matcher says.

        Args:
            status: Its answer.
            sequence: Of the last command that it knew.
            asked_at: What `sequence` was here when it was asked.

        Returns:
            Whether the state, or the end of an auction, is another than was known.
        """
        if sequence < self.sequence != asked_at:
            return False
        known = self.status
        # Where it is lower than when it was asked, the exchange began anew.
        self.sequence = sequence
        self.status = status
        if known and (known.state, known.ends_ns) == (status.state, status.ends_ns):
            return False
        self.changed_ns = 0
        return True

    def apply(self, change: MarketChange) -> bool:
        """Take a change; return False, with nothing done, where it is known."""
        if change.sequence <= self.sequence:
            return False
        self.sequence = change.sequence
        self.status = change.status
        self.changed_ns = change.timestamp_ns
        return True
