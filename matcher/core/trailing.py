"""Trailing stops of one market, of one side and one kind of trail.

Theory of operation
-------------------
*Keys.* Every price in here is multiplied by `sign`: 1 for stops that buy, -1 for stops that sell.
Seen like this, each stop follows the lowest key since it began to wait, and fires at or above that
key plus its trail. A stop that has seen no price follows NO_PRICE, which every price is below.

*Groups.* Stops that follow the same key form a group. In a group the order of trails is the order
of firing, whatever the key is, so a group is moved by changing one number. No stop follows less
than the last price does, so a new price moves exactly the groups that follow a key above it, and
from then on these are one group. Two that become one move the entries of the smaller into the
larger: an entry that is moved finds itself in a group of at least twice the size, so it is moved at
most log2(n) times among n stops. (A removal that halves a group has paid for moving it once more.)
A stop costs O(log n) to add and O(log n) for each time that it is moved; a price that rises through
100,000 stops which began to wait at one price moves one group and no stop.

*Firing.* The trigger of the stop with the smallest trail stands for its group; an ordered list of
them tells which groups a price fires from, and its first (`nearest_key`) tells for most prices that
there is none.
"""

from typing import Final, final

from sortedcontainers import SortedList  # type: ignore[import-untyped]

from matcher.core.order import Order
from proto.limits import INTEGER_MAX

# Above every price and every trigger that a price can reach.
NO_PRICE: Final = INTEGER_MAX + 1

BASIS_POINTS: Final = 10_000


@final
class _Group:
    """Stops that follow one price.

    Attributes:
        followed_key: Key of that price.
        entries: Trail, order_id and order of each, in this order.
    """

    __slots__ = ("entries", "followed_key")

    def __init__(self, followed_key: int) -> None:
        self.followed_key = followed_key
        self.entries: Final = SortedList()


@final
class TrailingStops:
    """Trailing stops that all buy or all sell, with trails that are all ticks or all basis points.

    Attributes:
        nearest_key: The lowest key at which one fires; NO_PRICE or more where there is none.
        farthest_key: The highest key that one follows: any lower price moves it. -NO_PRICE where
            there is none.
    """

    __slots__ = (
        "_followed",
        "_group_of",
        "_groups",
        "_in_basis_points",
        "_nearest",
        "farthest_key",
        "nearest_key",
    )

    def __init__(self, in_basis_points: bool) -> None:
        self._in_basis_points: Final = in_basis_points
        self._groups: Final[dict[int, _Group]] = {}
        self._group_of: Final[dict[int, _Group]] = {}
        # The keys of `_groups`; and of each group where it fires first, with its key.
        self._followed: Final = SortedList()
        self._nearest: Final = SortedList()
        self.nearest_key: int = NO_PRICE
        self.farthest_key: int = -NO_PRICE

    def __len__(self) -> int:
        return len(self._group_of)

    def add(self, order: Order, followed_key: int) -> None:
        """Let a stop follow from a key. Complexity: O(log stops)."""
        assert order.order_id not in self._group_of
        group = self._groups.get(followed_key)
        if group is None:
            group = _Group(followed_key)
        else:
            self._take_out(group)
        group.entries.add(self._entry(order))
        self._group_of[order.order_id] = group
        self._put_in(group)

    def remove(self, order: Order) -> None:
        """Let a stop wait no more. Complexity: O(log stops)."""
        group = self._group_of.pop(order.order_id)
        self._take_out(group)
        group.entries.remove(self._entry(order))
        if group.entries:
            self._put_in(group)

    def follow(self, price_key: int) -> None:
        """Move every stop that follows a higher key to this one; there is one.

        Complexity: O(log stops) amortised; see the theory of operation.
        """
        followed = self._followed
        moved: _Group | None = None
        while followed and followed[-1] >= price_key:
            group = self._groups[followed[-1]]
            self._take_out(group)
            moved = group if moved is None else self._united(moved, group)
        assert moved is not None
        moved.followed_key = price_key
        self._put_in(moved)

    def fire(self, price_key: int) -> list[tuple[int, Order]]:
        """Take out every stop that fires at this key.

        Returns:
            Key of its trigger and order of each, in no order.

        Complexity: O(log stops) for each.
        """
        fired: list[tuple[int, Order]] = []
        while self.nearest_key <= price_key:
            group = self._groups[self._nearest[0][1]]
            self._take_out(group)
            entries = group.entries
            while entries:
                trail, order_id, order = entries[0]
                trigger_key = self._trigger_key(group.followed_key, trail)
                if trigger_key > price_key:
                    self._put_in(group)
                    break
                entries.pop(0)
                del self._group_of[order_id]
                fired.append((trigger_key, order))
        return fired

    def followed_key(self, order: Order) -> int:
        """Return the key that a stop follows. Complexity: O(1)."""
        return self._group_of[order.order_id].followed_key

    def trigger_key(self, order: Order) -> int:
        """Return the key at which a stop fires. Complexity: O(1)."""
        return self._trigger_key(self.followed_key(order), self._trail(order))

    def trigger_key_from(self, order: Order, followed_key: int) -> int:
        """Return the key at which a stop would fire that follows a key; it need not be here."""
        return self._trigger_key(followed_key, self._trail(order))

    def orders(self) -> list[Order]:
        """List all stops, in no order. Complexity: O(stops)."""
        return [entry[2] for group in self._groups.values() for entry in group.entries]

    def check_invariants(self, price_key: int) -> None:
        """Assert that groups, entries and keys agree. Complexity: O(stops log stops).

        Args:
            price_key: Key of the last price; NO_PRICE where there was none.
        """
        assert list(self._followed) == sorted(self._groups)
        assert self.farthest_key == (self._followed[-1] if self._groups else -NO_PRICE)
        nearest: list[tuple[int, int]] = []
        for followed_key, group in self._groups.items():
            assert group.followed_key == followed_key
            assert followed_key <= price_key
            assert list(group.entries) == sorted(self._entry(entry[2]) for entry in group.entries)
            assert all(self._group_of[entry[1]] is group for entry in group.entries)
            nearest.append((self._trigger_key(followed_key, group.entries[0][0]), followed_key))
        assert list(self._nearest) == sorted(nearest)
        assert self.nearest_key == (min(nearest)[0] if nearest else NO_PRICE)
        assert price_key < self.nearest_key or price_key == NO_PRICE
        assert len(self.orders()) == len(self._group_of)

    def _trail(self, order: Order) -> int:
        special = order.special
        assert special is not None
        trail = special.trail_bps if self._in_basis_points else special.trail_ticks
        assert trail > 0
        return trail

    def _entry(self, order: Order) -> tuple[int, int, Order]:
        return self._trail(order), order.order_id, order

    def _trigger_key(self, followed_key: int, trail: int) -> int:
        if self._in_basis_points:
            # A trail of less than a tick is one tick: a stop never fires where it begins.
            return followed_key + max(1, abs(followed_key) * trail // BASIS_POINTS)
        return followed_key + trail

    def _united(self, one: _Group, other: _Group) -> _Group:
        """Put the smaller of two groups into the larger, which is returned."""
        if len(one.entries) < len(other.entries):
            one, other = other, one
        for entry in other.entries:
            self._group_of[entry[1]] = one
        one.entries.update(other.entries)
        return one

    def _put_in(self, group: _Group) -> None:
        followed_key = group.followed_key
        assert followed_key not in self._groups
        self._groups[followed_key] = group
        self._followed.add(followed_key)
        self._nearest.add((self._trigger_key(followed_key, group.entries[0][0]), followed_key))
        self.farthest_key = self._followed[-1]
        self.nearest_key = self._nearest[0][0]

    def _take_out(self, group: _Group) -> None:
        """Take a group out, before anything of it changes but for the stop that has just left."""
        followed_key = group.followed_key
        del self._groups[followed_key]
        self._followed.remove(followed_key)
        self._nearest.remove((self._trigger_key(followed_key, group.entries[0][0]), followed_key))
        self.farthest_key = self._followed[-1] if self._followed else -NO_PRICE
        self.nearest_key = self._nearest[0][0] if self._nearest else NO_PRICE
