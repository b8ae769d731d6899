"""The status of one market: what the matcher answered last, and the changes that came since. Pure.

A change has the sequence of its command, an answer the sequence that the matcher had reached. A
change at or below the answer's is in the answer, so what clients see never goes back.
"""

from typing import final

from proto.definitions import MarketStatus
from proto.events import MarketChange


@final
class MarketState:
    """A market's status.

    Attributes:
        status: The status; None until it is known.
        changed_ns: Engine time of the change that brought it; 0 where that was before anything
            was followed here.
    """

    __slots__ = ("_sequence", "changed_ns", "status")

    def __init__(self) -> None:
        self.status: MarketStatus | None = None
        self.changed_ns = 0
        self._sequence = 0

    def load(self, status: MarketStatus, sequence: int) -> bool:
        """Take what the matcher says; `sequence` is that of the last command it knew.

        Returns:
            Whether the state, or the end of an auction, is another than was known.
        """
        known = self.status
        # Always: where it is lower than before, the exchange began anew.
        self._sequence = sequence
        self.status = status
        if known and (known.state, known.ends_ns) == (status.state, status.ends_ns):
            return False
        self.changed_ns = 0
        return True

    def apply(self, change: MarketChange) -> bool:
        """Take a change; return False, with nothing done, where it is known."""
        if change.sequence <= self._sequence:
            return False
        self._sequence = change.sequence
        self.status = change.status
        self.changed_ns = change.timestamp_ns
        return True
