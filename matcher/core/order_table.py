"""Orders by identifier.

Theory of operation
-------------------
An order stands at the place that its identifier names, or at the next free one behind it. The key
is read in the order, so a look-up touches the place and the order, and a place costs eight bytes; a
dict would keep a hash and a number object besides.

Identifiers are given one after the other. Taken as they are they would fill neighbouring places, in
a run of thousands without a gap, and whatever leaves would have to look at all that follow it. So
the number is multiplied by the golden ratio first, which lays numbers that follow each other as far
apart as there is room (Knuth, The Art of Computer Programming, volume 3, section 6.4).

A table that is full is copied whole, at once, between two commands: with a million orders that is
a pause of tens of milliseconds. So there are many tables, none of which grows so large.

When an order leaves, those behind it that stand there only because it was in their way move up: no
place is ever marked as used up.
"""

from typing import Final, final

from mypy_extensions import i64

from matcher.core.order import Order

# Powers of two.
_TABLE_BITS: Final = 6
_TABLES: Final = 1 << _TABLE_BITS
_PLACES_MIN: Final = 16
# Bits of a number that decide its place: of 30 the product with the factor stays below 2^62.
_NUMBER_MASK: Final = (1 << 30) - 1
_PRODUCT_BITS: Final = 32
_PRODUCT_MASK: Final = (1 << _PRODUCT_BITS) - 1
# 2^32 divided by the golden ratio.
_GOLDEN: Final = 0x9E3779B1


@final
class _Table:
    """One table; at most half of its places are taken."""

    __slots__ = ("_mask", "_places", "_shift", "count")

    def __init__(self) -> None:
        self._places: list[Order | None] = [None] * _PLACES_MIN
        self._mask = _PLACES_MIN - 1
        self._shift = _PRODUCT_BITS + 1 - _PLACES_MIN.bit_length()
        self.count = 0

    def find(self, order_id: int) -> Order | None:
        places, mask = self._places, self._mask
        place = _place(order_id, self._shift)
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
        places, mask, shift = self._places, self._mask, self._shift
        place = _place(order.order_id, shift)
        while places[place] is not order:
            place = (place + 1) & mask
        self.count -= 1
        # Those that follow without a gap may have wanted this place.
        free, place = place, (place + 1) & mask
        follower = places[place]
        while follower is not None:
            wanted = _place(follower.order_id, shift)
            if (place - wanted) & mask >= (place - free) & mask:
                places[free] = follower
                free = place
            place = (place + 1) & mask
            follower = places[place]
        places[free] = None

    def longest_run(self) -> int:
        longest = run = 0
        # Twice around: a run may go on at the beginning.
        for order in self._places + self._places:
            run = 0 if order is None else run + 1
            longest = max(longest, run)
        return longest

    def _put(self, order: Order) -> None:
        places, mask = self._places, self._mask
        place = _place(order.order_id, self._shift)
        while places[place] is not None:
            place = (place + 1) & mask
        places[place] = order

    def _grow(self) -> None:
        orders = [order for order in self._places if order is not None]
        length = (self._mask + 1) * 2
        self._mask = length - 1
        self._shift -= 1
        self._places = [None] * length
        for order in orders:
            self._put(order)


def _place(order_id: i64, shift: i64) -> i64:
    """Return the place that an identifier names, in a table of 2^(32 - shift) places."""
    # Numbers of 64 bits: compiled, a product of two others that are large is an object.
    product = ((order_id >> _TABLE_BITS) & _NUMBER_MASK) * _GOLDEN
    return (product & _PRODUCT_MASK) >> shift


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

    def longest_run(self) -> int:
        """Count the most places taken without a gap: what a look-up may have to pass.

        Complexity: O(places).
        """
        return max([table.longest_run() for table in self._tables])
