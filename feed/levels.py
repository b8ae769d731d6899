"""The price levels of one side of a feed's book, in order, with their text.

A dict finds a level; a sorted list of keys keeps the order. A key is the price of an ask, and the
negated price of a bid: so the best level of either side has the least key, and the best few are the
first few of the list.

A level that is gone has no quantity and no key in the list, but its object may stay, for as long as
somebody may have to be told that it is gone.

The text of a level is made when somebody first needs it, and kept: deltas, tops, snapshots and the
checksum all show the same. So is a side's part of the checksum's text, until something changes
among the levels that it shows.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Final, final

from sortedcontainers import SortedList  # type: ignore[import-untyped]

from proto.limits import INTEGER_MAX
from proto.market_data import Level
from proto.scales import MarketScale

# Levels of a side that the checksum covers.
CHECKSUM_LEVELS: Final = 10
# Removes a level. A number without decimals, so that it is found without arithmetic.
GONE: Final = "0"


@final
class BookLevel:
    """A price, and what rests at it.

    Attributes:
        is_bid: Whether it is of the buyers' side.
        price_ticks: Price.
        quantity_lots: What rests at it; 0 where it is gone.
    """

    __slots__ = ("_price_text", "_text", "is_bid", "price_ticks", "quantity_lots")

    def __init__(self, is_bid: bool, price_ticks: int) -> None:
        self.is_bid: Final = is_bid
        self.price_ticks: Final = price_ticks
        self.quantity_lots = 0
        self._price_text: str | None = None
        self._text: tuple[str, str] | None = None

    def text(self, scale: MarketScale) -> tuple[str, str]:
        """Return price and quantity as clients read them."""
        text = self._text
        if text is None:
            price = self._price_text
            if price is None:
                price = self._price_text = scale.price(self.price_ticks)
            lots = self.quantity_lots
            text = self._text = (price, scale.quantity(lots) if lots else GONE)
        return text

    def change(self, quantity_lots: int) -> None:
        """Set what rests at it."""
        self.quantity_lots = quantity_lots
        self._text = None


@final
class BookSide:
    """The levels of one side."""

    __slots__ = ("_checksum_edge", "_checksum_text", "_is_bid", "_keys", "_levels", "_sign")

    def __init__(self, is_bid: bool) -> None:
        self._is_bid: Final = is_bid
        self._sign: Final = -1 if is_bid else 1
        self._keys: Final = SortedList()
        # By key; with those that are gone and not forgotten.
        self._levels: Final[dict[int, BookLevel]] = {}
        self._checksum_text: str | None = None
        # The last key that a change of would change the text.
        self._checksum_edge = INTEGER_MAX

    def best(self, levels_max: int | None = None) -> list[BookLevel]:
        """Return the best levels, best first. O(those that are returned).

        Args:
            levels_max: How many at most; None for all.
        """
        return list(map(self._levels.__getitem__, islice(self._keys, levels_max)))

    def put(self, price_ticks: int, quantity_lots: int) -> BookLevel | None:
        """Set what rests at a price, 0 for nothing.

        Returns:
            The level, or None where that was so already.

        Complexity: O(1); O(log levels) where a level comes or goes.
        """
        key = self._sign * price_ticks
        level = self._levels.get(key)
        if level is None:
            if not quantity_lots:
                return None
            level = self._levels[key] = BookLevel(self._is_bid, price_ticks)
        elif level.quantity_lots == quantity_lots:
            return None
        if not level.quantity_lots:
            self._keys.add(key)
        elif not quantity_lots:
            self._keys.remove(key)
        level.change(quantity_lots)
        if key <= self._checksum_edge:
            self._checksum_text = None
        return level

    def checksum_text(self, scale: MarketScale) -> str:
        """Return the side's part of the checksum's text."""
        text = self._checksum_text
        if text is None:
            keys = list(islice(self._keys, CHECKSUM_LEVELS))
            levels = self._levels
            text = ",".join([":".join(levels[key].text(scale)) for key in keys])
            self._checksum_text = text
            self._checksum_edge = keys[-1] if len(keys) == CHECKSUM_LEVELS else INTEGER_MAX
        return text

    def forget(self, level: BookLevel) -> None:
        """Drop a level that is gone."""
        assert not level.quantity_lots
        del self._levels[self._sign * level.price_ticks]

    def differences(self, levels: Iterable[Level]) -> list[Level]:
        """Return the changes that would make it hold these levels and no others. O(levels)."""
        wanted = {level.price_ticks: level.quantity_lots for level in levels}
        here = {level.price_ticks: level.quantity_lots for level in self.best()}
        gone = [Level(price_ticks, 0) for price_ticks in here if price_ticks not in wanted]
        changed = [
            Level(price_ticks, lots)
            for price_ticks, lots in wanted.items()
            if here.get(price_ticks) != lots
        ]
        return gone + changed
