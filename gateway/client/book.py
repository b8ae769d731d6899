"""The order book of one market, kept in step from a depth stream, and checked after each message.

Theory of operation
-------------------
A snapshot replaces the book; a delta must begin one above where the last message ended, and names
the new quantity of each price that changed, "0" for a price that is gone. After each message the
CRC-32 of the best ten levels of each side must be that of the message. Where something does not
fit, the book empties itself and says so: it shows nothing rather than what may be wrong, until the
next snapshot. The same holds while there is no connection.

Each side is a list of prices in order, and a map from price to level. A change of a level finds its
place by bisection; a new price moves the pointers above it, which for the thousands of levels that
a book has is cheaper than any tree. A level keeps the text of the checksum, made once when it
changes, so that a check joins 20 texts.

A lock lets the user's thread read while another one applies messages (`gateway.client.Client` needs
that); where there is one thread only, nobody ever waits for it.
"""

import threading
from bisect import bisect_left
from decimal import Decimal
from itertools import islice
from typing import Final, NamedTuple, final
from zlib import crc32

from gateway.client.decimals import read_decimal
from gateway.client.errors import ProtocolError
from proto.api.streams.market_data import DELTA, SNAPSHOT, DepthData

CHECKSUM_LEVELS: Final = 10


class Level(NamedTuple):
    """A price, and what rests at it."""

    price: Decimal
    quantity: Decimal


class Depth(NamedTuple):
    """Both sides of a book at one moment, best first; `sequence` counts its changes."""

    sequence: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


# A level as it is to be set, and its text in the checksum.
_Change = tuple[Level, str]


@final
class _Side:
    __slots__ = ("_is_bids", "_levels", "_prices")

    def __init__(self, *, is_bids: bool) -> None:
        self._is_bids: Final = is_bids
        self._prices: Final[list[Decimal]] = []  # ascending
        self._levels: Final[dict[Decimal, _Change]] = {}

    def clear(self) -> None:
        self._prices.clear()
        self._levels.clear()

    def set_all(self, changes: list[_Change]) -> None:
        prices, levels = self._prices, self._levels
        for change in changes:
            price, quantity = change[0]
            if quantity:
                if price not in levels:
                    prices.insert(bisect_left(prices, price), price)
                levels[price] = change
            elif levels.pop(price, None) is not None:
                del prices[bisect_left(prices, price)]

    def best(self, count: int | None) -> list[_Change]:
        prices = reversed(self._prices) if self._is_bids else self._prices
        return [self._levels[price] for price in islice(prices, count)]

    def checked_text(self) -> str:
        return ",".join([text for _, text in self.best(CHECKSUM_LEVELS)])


@final
class OrderBook:
    """A book that follows its market. Reading it is safe from any thread.

    Attributes:
        market: Name of the market.
    """

    __slots__ = ("_asks", "_bids", "_lock", "_sequence", "_updates", "market")

    def __init__(self, market: str) -> None:
        self.market: Final = market
        self._bids: Final = _Side(is_bids=True)
        self._asks: Final = _Side(is_bids=False)
        self._lock: Final = threading.Lock()
        self._sequence: int | None = None
        self._updates = 0

    @property
    def ready(self) -> bool:
        """Whether the book is in step with its market; while it is not, it shows nothing."""
        return self._sequence is not None

    @property
    def sequence(self) -> int | None:
        """The number of changes of the book so far, as REST counts them; None while not ready."""
        return self._sequence

    @property
    def updates(self) -> int:
        """How often what the book shows was changed, the times that it emptied itself included."""
        return self._updates

    @property
    def best_bid(self) -> Level | None:
        """The highest bid, or None. O(1)."""
        return _first(self.depth(1).bids)

    @property
    def best_ask(self) -> Level | None:
        """The lowest ask, or None. O(1)."""
        return _first(self.depth(1).asks)

    @property
    def bids(self) -> tuple[Level, ...]:
        """All bids, best first. O(levels)."""
        return self.depth().bids

    @property
    def asks(self) -> tuple[Level, ...]:
        """All asks, best first. O(levels)."""
        return self.depth().asks

    def depth(self, count: int | None = None) -> Depth:
        """Return the best levels of both sides as they were at one moment. O(levels returned).

        Args:
            count: Most levels of each side; all where it is None.
        """
        with self._lock:
            bids, asks = self._bids.best(count), self._asks.best(count)
            sequence = self._sequence or 0
        return Depth(sequence, tuple([one for one, _ in bids]), tuple([one for one, _ in asks]))

    def apply(self, data: DepthData) -> bool:
        """Apply a message of the depth stream.

        Returns:
            False where the message does not join or its checksum is not the book's: the book is
            empty then, ignores deltas, and needs a new subscription.

        Raises:
            ProtocolError: If the message is none of a book; nothing was changed.

        Complexity: O(log levels) for each change, plus the checksum.
        """
        bids, asks = _changes(data.bids), _changes(data.asks)
        if data.market != self.market or data.type not in (SNAPSHOT, DELTA):
            raise ProtocolError(f"not a message of the book of {self.market}: {data.type[:40]!r}")
        if data.type == DELTA:
            if self._sequence is None:
                return True
            if data.first_sequence != self._sequence + 1:
                self.lose()
                return False
        with self._lock:
            if data.type == SNAPSHOT:
                self._bids.clear()
                self._asks.clear()
            self._bids.set_all(bids)
            self._asks.set_all(asks)
            self._sequence = data.last_sequence
            self._updates += 1
            # The lock is held until it is known, so that nobody ever sees a wrong book.
            is_right = self._checksum() == data.checksum
            if not is_right:
                self._empty()
        return is_right

    def lose(self) -> None:
        """Empty the book, which is not in step any more."""
        if self._sequence is not None:
            with self._lock:
                self._empty()
                self._updates += 1

    def _empty(self) -> None:
        self._bids.clear()
        self._asks.clear()
        self._sequence = None

    def _checksum(self) -> int:
        return crc32(f"{self._bids.checked_text()}|{self._asks.checked_text()}".encode())


def _changes(levels: list[tuple[str, str]]) -> list[_Change]:
    return [
        (Level(read_decimal(price), read_decimal(quantity)), f"{price}:{quantity}")
        for price, quantity in levels
    ]


def _first(levels: tuple[Level, ...]) -> Level | None:
    return levels[0] if levels else None
