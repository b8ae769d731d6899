"""A book built from WebSocket messages alone, with every rule of the stream checked. Pure.

A snapshot replaces the book. A delta must begin where the last message ended; quantity "0" removes
a level. After each message the book must have the checksum that the message says. What breaks a
rule is told, never repaired in silence: the book is void then, until the next snapshot.

Each side keeps its prices in order, the best first, and for each price the text that the checksum
is made of, which is made once when the level changes.
"""

from bisect import bisect_left
from typing import Final, final
from zlib import crc32

from msgspec import Struct

from scripts.watching.mistakes import GAP, WRONG_CHECKSUM, Mistakes

CHECKSUM_LEVELS: Final = 10
SNAPSHOT: Final = "snapshot"
# Zero, however many decimals it is written with.
_ZEROS: Final = frozenset("0.")


class DepthData(Struct, gc=False):
    """`data` of a depth message."""

    type: str
    first_sequence: int
    last_sequence: int
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]
    timestamp: str
    checksum: int


class BookState(Struct):
    """A book at one moment.

    Attributes:
        sequence: Changes of the book so far.
        bids: Price and quantity, best first.
        asks: Price and quantity, best first.
    """

    sequence: int
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]


@final
class _Side:
    """One side; keys rise from the best price on."""

    __slots__ = ("_keys", "_levels", "_sign")

    def __init__(self, sign: int) -> None:
        self._sign: Final = sign
        self._keys: Final[list[int]] = []
        self._levels: Final[dict[int, str]] = {}

    def clear(self) -> None:
        self._keys.clear()
        self._levels.clear()

    def change(self, changes: list[tuple[str, str]]) -> None:
        keys, levels, sign = self._keys, self._levels, self._sign
        for price, quantity in changes:
            # All prices of one market have the same decimals.
            key = sign * int(price.replace(".", ""))
            if not _ZEROS.issuperset(quantity):
                if key not in levels:
                    keys.insert(bisect_left(keys, key), key)
                levels[key] = f"{price}:{quantity}"
            elif levels.pop(key, None) is not None:
                # One that came and went within one message was never here.
                del keys[bisect_left(keys, key)]

    def best(self, count: int) -> str:
        levels = self._levels
        return ",".join([levels[key] for key in self._keys[:count]])

    def state(self) -> list[tuple[str, str]]:
        levels = (self._levels[key].partition(":") for key in self._keys)
        return [(price, quantity) for price, _, quantity in levels]


@final
class StreamBook:
    """The book of one market as one subscriber knows it.

    Attributes:
        sequence: Last sequence applied; -1 while there is no book.
        snapshots: Snapshots taken.
        deltas: Deltas taken.
        changes: Changes of the book that the deltas told of.
    """

    __slots__ = ("_asks", "_awaits_snapshot", "_bids", "changes", "deltas", "sequence", "snapshots")

    def __init__(self) -> None:
        self.sequence = -1
        self.snapshots = 0
        self.deltas = 0
        self.changes = 0
        self._awaits_snapshot = False
        self._bids: Final = _Side(-1)
        self._asks: Final = _Side(1)

    def void(self) -> None:
        """Have no book any more: the next message must be a snapshot."""
        self.sequence = -1
        self._awaits_snapshot = False

    def apply(self, data: DepthData, mistakes: Mistakes) -> bool:
        """Apply a message; return False where it is wrong, and a new subscription is needed.

        What comes then, before the next snapshot, is part of the same mistake.

        Complexity: O(log levels) for each change, and the checksum.
        """
        if data.type == SNAPSHOT:
            self.snapshots += 1
            self._bids.clear()
            self._asks.clear()
        elif self._awaits_snapshot:
            return True
        elif self.sequence < 0 or data.first_sequence != self.sequence + 1:
            mistakes.add(GAP, f"{data.first_sequence} after {self.sequence}")
            return self._lose()
        else:
            self.deltas += 1
            self.changes += data.last_sequence - self.sequence
        self._awaits_snapshot = False
        self.sequence = data.last_sequence
        self._bids.change(data.bids)
        self._asks.change(data.asks)
        checksum = crc32(self.best(CHECKSUM_LEVELS).encode())
        if checksum == data.checksum:
            return True
        what = f"{data.checksum} at {self.sequence}, where {checksum} is right"
        mistakes.add(WRONG_CHECKSUM, what)
        return self._lose()

    def best(self, count: int) -> str:
        """Return the best levels in the words of the checksum."""
        return f"{self._bids.best(count)}|{self._asks.best(count)}"

    def state(self) -> BookState:
        """Return the book, best levels first."""
        return BookState(self.sequence, self._bids.state(), self._asks.state())

    def _lose(self) -> bool:
        self.sequence = -1
        self._awaits_snapshot = True
        return False
