"""Orders by identifier.

Theory of operation
-------------------
Identifiers are given one after the other, so the last bits of a number spread orders evenly by
themselves: an order stands at the place that they name, or at the next free one behind it. The key
is read in the order, so a look-up touches the place and the order, and a place costs eight bytes; a
dict would keep a hash and a number object besides.

A table that is full is copied whole, at once, between two commands: with a million orders that is
a pause of tens of milliseconds. So there are many tables, none of which grows so large.

When an order leaves, those behind it that stand there only because it was in their way move up: no
place is ever marked as used up.
"""

from typing import Final, final

from matcher.core.order import Order

# Powers of two.
_TABLE_BITS: Final = 6
_TABLES: Final = 1 << _TABLE_BITS
_PLACES_MIN: Final = 16


@final
class _Table:
    """One table; at most half of its places are taken."""

    __slots__ = ("_mask", "_places", "count")

    def __init__(self) -> None:
        self._places: list[Order | None] = [None] * _PLACES_MIN
        self._mask = _PLACES_MIN - 1
        self.count = 0

    def find(self, order_id: int) -> Order | None:
        places, mask = self._places, self._mask
        place = (order_id >> _TABLE_BITS) & mask
        order = places[place]
        while order is not None and order.order_id != order_id:
            place = (place + 1) & mask
            order = places[place]
        return order

    def add(self, order: Order) -> None:
        self.count += 1
        if self.count * 2 > self._mask + 1:
            self._grow()
        self._put(order)

    def remove(self, order: Order) -> None:
        places, mask = self._places, self._mask
        place = (order.order_id >> _TABLE_BITS) & mask
        while places[place] is not order:
            place = (place + 1) & mask
        self.count -= 1
        # Those that follow without a gap may have wanted this place.
        free, place = place, (place + 1) & mask
        follower = places[place]
        while follower is not None:
            wanted = (follower.order_id >> _TABLE_BITS) & mask
            if (place - wanted) & mask >= (place - free) & mask:
                places[free] = follower
                free = place
            place = (place + 1) & mask
            follower = places[place]
        places[free] = None

    def _put(self, order: Order) -> None:
        places, mask = self._places, self._mask
        place = (order.order_id >> _TABLE_BITS) & mask
        while places[place] is not None:
            place = (place + 1) & mask
        places[place] = order

    def _grow(self) -> None:
        orders = [order for order in self._places if order is not None]
        length = (self._mask + 1) * 2
        self._mask = length - 1
        self._places = [None] * length
        for order in orders:
            self._put(order)


@final
class OrderTable:
    """Known orders by identifier."""

    __slots__ = ("_tables",)

    def __init__(self) -> None:
        self._tables: Final = [_Table() for _ in range(_TABLES)]

    def __len__(self) -> int:
        return sum([table.count for table in self._tables])

    def find(self, order_id: int) -> Order | None:
        """Find an order. Complexity: O(1)."""
        return self._tables[order_id & (_TABLES - 1)].find(order_id)

    def add(self, order: Order) -> None:
        """Add an order that is not there. Complexity: O(1) amortised."""
        self._tables[order.order_id & (_TABLES - 1)].add(order)

    def remove(self, order: Order) -> None:
        """Remove an order that is there. Complexity: O(1)."""
        self._tables[order.order_id & (_TABLES - 1)].remove(order)
