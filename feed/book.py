"""The L2 book of one market, as a feed keeps it: what the matcher answered, and the deltas since.

Theory of operation
-------------------
The matcher counts the changes of each book. A `DepthMessage` is the changes `first_sequence` ..
`last_sequence`, with the last word for each price. So a message
    * that ends at or below the book's sequence is old: skipped;
    * that starts exactly above it joins;
    * that starts at or below and ends above it straddles an answer: what it says of a price holds
      at its end whatever the book was before, so it is applied whole;
    * that starts further above leaves a gap: the book is not touched, and needs a new answer.

A mark of the book is its sequence plus a base. The book remembers which prices have changed since
which mark, so a reader at any mark that it remembers is told by one delta how to come to the
present, however many messages and answers lie between. An answer is a change like any other, as
long as its sequence is higher. Where it is not, the exchange has begun anew: then the base rises,
so that all marks of before are below all that follow, and nothing is remembered.

Doubt: after a gap the book is still the book at its own sequence, but nobody may be shown it as
the present one; `Market` holds that state.
"""

from typing import Final, final
from zlib import crc32

from feed.changes import Changes
from feed.levels import BookLevel, BookSide
from feed.source import NOTHING
from proto.market_data import DepthMessage, Level
from proto.scales import MarketScale

JOINED: Final = 1
OLD: Final = 2
GAP: Final = 3

# Prices whose changes are remembered; a delta of them all is about 200 KB.
CHANGES_MAX: Final = 10_000


@final
class FeedBook:
    """Price levels of one market.

    Attributes:
        sequence: Book sequence that the levels are at.
        timestamp_ns: Engine time of the last change, or of the answer that brought it.
        mark: The mark that the levels are at; NOTHING before they were first loaded.
    """

    __slots__ = (
        "_asks", "_base", "_bids", "_changes", "_checksum", "_checksum_mark", "_scale", "mark",
        "sequence", "timestamp_ns",
    )  # fmt: skip

    def __init__(self, scale: MarketScale) -> None:
        self.sequence = 0
        self.timestamp_ns = 0
        self.mark = NOTHING
        self._scale: Final = scale
        self._base = 0
        self._bids = BookSide(is_bid=True)
        self._asks = BookSide(is_bid=False)
        self._changes: Changes[BookLevel] = Changes(NOTHING, CHANGES_MAX)
        self._checksum = 0
        self._checksum_mark = NOTHING

    def load(self, sequence: int, bids: list[Level], asks: list[Level], timestamp_ns: int) -> None:
        """Make it the book of the matcher's answer.

        Args:
            sequence: Book sequence of the answer.
            bids: All buy levels.
            asks: All sell levels.
            timestamp_ns: Engine time of the answer.

        Complexity: O(levels x log levels).
        """
        changed_bids = self._bids.differences(bids)
        changed_asks = self._asks.differences(asks)
        differs = bool(changed_bids or changed_asks)
        if self.mark != NOTHING and sequence == self.sequence and not differs:
            return
        if self.mark == NOTHING or sequence <= self.sequence:
            self._begin(sequence)
            changed_bids, changed_asks = bids, asks
        self._move(sequence, timestamp_ns)
        self._put(self._bids, changed_bids)
        self._put(self._asks, changed_asks)

    def apply(self, message: DepthMessage) -> int:
        """Apply a delta.

        Returns:
            JOINED; or OLD or GAP with nothing changed.

        Complexity: O(levels in the message), and O(log levels) for each that comes or goes.
        """
        if message.last_sequence <= self.sequence:
            return OLD
        if message.first_sequence > self.sequence + 1:
            return GAP
        self._move(message.last_sequence, message.timestamp_ns)
        self._put(self._bids, message.bids)
        self._put(self._asks, message.asks)
        return JOINED

    def best_bids(self, levels_max: int | None = None) -> list[tuple[str, str]]:
        """Return the text of the best buy levels, best first; of all for None. O(those)."""
        scale = self._scale
        return [level.text(scale) for level in self._bids.best(levels_max)]

    def best_asks(self, levels_max: int | None = None) -> list[tuple[str, str]]:
        """Return the text of the best sell levels, best first; of all for None. O(those)."""
        scale = self._scale
        return [level.text(scale) for level in self._asks.best(levels_max)]

    def knows(self, mark: int) -> bool:
        """Tell whether all that has changed after a mark is remembered."""
        return mark >= self._changes.floor

    def sequence_at(self, mark: int) -> int:
        """Return the book sequence of a mark that it knows."""
        return mark - self._base

    def changed_since(self, mark: int) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Return the text of the bids and asks that have changed after a mark, as they are now.

        Args:
            mark: One that it knows.

        Complexity: O(levels that are returned).
        """
        scale = self._scale
        bids: list[tuple[str, str]] = []
        asks: list[tuple[str, str]] = []
        for level in self._changes.since(mark):
            (bids if level.is_bid else asks).append(level.text(scale))
        return bids, asks

    def checksum(self) -> int:
        """Return the checksum of the best levels; made once for a mark."""
        if self._checksum_mark != self.mark:
            scale = self._scale
            text = f"{self._bids.checksum_text(scale)}|{self._asks.checksum_text(scale)}"
            self._checksum = crc32(text.encode())
            self._checksum_mark = self.mark
        return self._checksum

    def _begin(self, sequence: int) -> None:
        """Be a book without levels, of which no mark of before says anything."""
        self._base = self.mark + 1
        self._bids = BookSide(is_bid=True)
        self._asks = BookSide(is_bid=False)
        self._changes = Changes(self._base + sequence, CHANGES_MAX)

    def _move(self, sequence: int, timestamp_ns: int) -> None:
        self.sequence = sequence
        self.timestamp_ns = timestamp_ns
        self.mark = self._base + sequence

    def _put(self, side: BookSide, levels: list[Level]) -> None:
        changes, mark = self._changes, self.mark
        for change in levels:
            level = side.put(change.price_ticks, change.quantity_lots)
            if level is None:
                continue
            forgotten = changes.record(level, mark)
            if forgotten is not None and not forgotten.quantity_lots:
                (self._bids if forgotten.is_bid else self._asks).forget(forgotten)
