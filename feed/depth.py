"""The L2 book of one market, as a feed keeps it: a snapshot, and the deltas that join it.

Theory of operation
-------------------
The matcher counts the changes of each book. A snapshot is the book at one sequence; a
`DepthMessage` is the changes `first_sequence` .. `last_sequence`, with the last word for each
price. So a message
    * that ends at or below the book's sequence is old: skipped;
    * that starts exactly above it joins;
    * that starts at or below and ends above it straddles a snapshot: what it says of a price holds
      at its end whatever the book was before, so it is applied whole;
    * that starts further above leaves a gap: the book is not touched, and needs a new snapshot.

Doubt: after a gap the book is still the book at its own sequence, but nobody may be shown it as
the present one; `Market` holds that state.
"""

from typing import Final, final

from proto.market_data import DepthMessage, Level

JOINED: Final = 1
OLD: Final = 2
GAP: Final = 3


@final
class FeedBook:
    """Price levels of one market.

    Attributes:
        sequence: Book sequence that the levels are at.
        timestamp_ns: Engine time of the last change, or of the snapshot.
    """

    __slots__ = ("_asks", "_bids", "sequence", "timestamp_ns")

    def __init__(self) -> None:
        self._bids: dict[int, int] = {}
        self._asks: dict[int, int] = {}
        self.sequence = 0
        self.timestamp_ns = 0

    def load(self, sequence: int, bids: list[Level], asks: list[Level], timestamp_ns: int) -> None:
        """Replace the book by a snapshot.

        Args:
            sequence: Book sequence of the snapshot.
            bids: All buy levels.
            asks: All sell levels.
            timestamp_ns: Engine time of the snapshot.
        """
        self._bids = {level.price_ticks: level.quantity_lots for level in bids}
        self._asks = {level.price_ticks: level.quantity_lots for level in asks}
        self.sequence = sequence
        self.timestamp_ns = timestamp_ns

    def apply(self, message: DepthMessage) -> int:
        """Apply a delta.

        Returns:
            JOINED; or OLD or GAP with nothing changed.

        Complexity: O(levels in the message).
        """
        if message.last_sequence <= self.sequence:
            return OLD
        if message.first_sequence > self.sequence + 1:
            return GAP
        _put(self._bids, message.bids)
        _put(self._asks, message.asks)
        self.sequence = message.last_sequence
        self.timestamp_ns = message.timestamp_ns
        return JOINED

    def bids(self) -> list[tuple[int, int]]:
        """Return price in ticks and quantity in lots, highest price first. O(n log n)."""
        return sorted(self._bids.items(), reverse=True)

    def asks(self) -> list[tuple[int, int]]:
        """Return price in ticks and quantity in lots, lowest price first. O(n log n)."""
        return sorted(self._asks.items())


def _put(side: dict[int, int], levels: list[Level]) -> None:
    for level in levels:
        if level.quantity_lots:
            side[level.price_ticks] = level.quantity_lots
        else:
            # A level may come and go within one message.
            side.pop(level.price_ticks, None)
