"""The orders of one market that wait for a price.

Theory of operation
-------------------
A trigger looks in one of two directions. A rising one fires at or above its price: a stop-loss or
a trailing stop that buys, a take-profit that sells. A falling one fires at or below it: the others.
Prices of falling triggers are kept negated (`sign`, as in `trailing.py`), so both directions are
the same code: the lowest key fires first.

Whatever waits, its condition is not met by the last price. So each direction knows the lowest key
that fires something and the highest key that a trailing stop follows; together they leave a range
of prices around the last one, `_quiet_from` to `_quiet_to`, in which nothing fires and no trailing
stop moves. A price in it costs two comparisons, however many orders wait.

What a price fires comes out in the order of docs/trading-rules.md, section 7: the trigger price
that is nearest to the price before first, then the lower order_id. Before the first trade the price
before is 0. A trailing stop that goes, whether it fires or is removed, takes along the trigger
price that it had then, in `special.trigger_price_ticks`.
"""

from typing import Final, final

from sortedcontainers import SortedList  # type: ignore[import-untyped]

from matcher.core.order import Order
from matcher.core.trailing import NO_PRICE, TrailingStops
from proto.codes import BUY, NO_TRIGGER, TAKE_PROFIT, TRAILING_STOP


@final
class _Direction:
    """All triggers that look up, or all that look down.

    Attributes:
        sign: 1 where they rise, -1 where they fall: what makes a key of a price.
        fixed: Key of the trigger price, order_id and order of each whose trigger stays.
        in_ticks: Trailing stops with trails in ticks.
        in_basis_points: The others.
    """

    __slots__ = ("fixed", "in_basis_points", "in_ticks", "sign")

    def __init__(self, sign: int) -> None:
        self.sign: Final = sign
        self.fixed: Final = SortedList()
        self.in_ticks: Final = TrailingStops(False)
        self.in_basis_points: Final = TrailingStops(True)

    def trailing(self, order: Order) -> TrailingStops:
        """Return where a trailing stop of this direction stands."""
        assert order.special is not None
        return self.in_ticks if order.special.trail_ticks else self.in_basis_points

    def key(self, price_ticks: int) -> int:
        """Return the key of a price; NO_PRICE where there is none yet."""
        return self.sign * price_ticks if price_ticks else NO_PRICE

    def price_of(self, trigger_key: int) -> int:
        """Return the price of a trigger; 0 where no price fires it."""
        return 0 if trigger_key >= NO_PRICE else max(0, self.sign * trigger_key)

    def fixed_key(self, order: Order) -> int:
        """Return the key at which an order with a fixed trigger fires."""
        assert order.special is not None
        return self.sign * order.special.trigger_price_ticks

    def nearest_key(self) -> int:
        """Return the lowest key at which something fires, or NO_PRICE. Complexity: O(1)."""
        fixed_key: int = self.fixed[0][0] if self.fixed else NO_PRICE
        return min(fixed_key, self.in_ticks.nearest_key, self.in_basis_points.nearest_key)

    def farthest_key(self) -> int:
        """Return the highest key that is followed, or -NO_PRICE. Complexity: O(1)."""
        return max(self.in_ticks.farthest_key, self.in_basis_points.farthest_key)

    def arrive(self, price_ticks: int) -> list[tuple[int, Order]]:
        """Let a price arrive.

        Returns:
            Key of its trigger and order of each that fires, in no order; they are out.

        Complexity: O(log orders) amortised, and for each that fires.
        """
        price_key = self.sign * price_ticks
        fired: list[tuple[int, Order]] = []
        fixed = self.fixed
        while fixed and fixed[0][0] <= price_key:
            trigger_key, _, order = fixed.pop(0)
            fired.append((trigger_key, order))
        for stops in (self.in_ticks, self.in_basis_points):
            # A price that is followed goes the other way than one that fires.
            if price_key < stops.farthest_key:
                stops.follow(price_key)
            elif stops.nearest_key <= price_key:
                fired += stops.fire(price_key)
        return fired

    def orders(self) -> list[Order]:
        """List all orders, in no order. Complexity: O(orders)."""
        listed = [entry[2] for entry in self.fixed]
        return listed + self.in_ticks.orders() + self.in_basis_points.orders()


@final
class Triggers:
    """Orders of one market that wait for their triggers.

    An order's side, trigger and trails must not change while it is here.

    Attributes:
        is_empty: Whether nothing waits.
    """

    __slots__ = (
        "_falling",
        "_price_ticks",
        "_quiet_from_ticks",
        "_quiet_to_ticks",
        "_rising",
        "is_empty",
    )

    def __init__(self) -> None:
        self._price_ticks = 0
        self._rising: Final = _Direction(1)
        self._falling: Final = _Direction(-1)
        self.is_empty = True
        # Beyond every price: nothing waits.
        self._quiet_from_ticks: int = 1 - NO_PRICE
        self._quiet_to_ticks: int = NO_PRICE - 1

    def __len__(self) -> int:
        """Return how many orders wait. Complexity: O(1)."""
        rising, falling = self._rising, self._falling
        return (
            len(rising.fixed)
            + len(rising.in_ticks)
            + len(rising.in_basis_points)
            + len(falling.fixed)
            + len(falling.in_ticks)
            + len(falling.in_basis_points)
        )

    def add(self, order: Order, last_price_ticks: int) -> bool:
        """Let an order begin to wait; a trailing stop follows from the last price on.

        Args:
            order: With a trigger.
            last_price_ticks: Last price of the market, the one that arrived last; 0 before the
                first trade.

        Returns:
            Whether its condition is met already: it fires, and does not wait.

        Complexity: O(log orders).
        """
        # While nothing waits, prices need not be told.
        assert last_price_ticks == self._price_ticks or self.is_empty
        self._price_ticks = last_price_ticks
        direction = self._direction(order)
        if _is_trailing(order):
            direction.trailing(order).add(order, direction.key(last_price_ticks))
        elif not self._add_fixed(order, direction):
            return True
        self._measure()
        return False

    def remove(self, order: Order) -> None:
        """Take out an order that waits; it may be neither fired nor unknown.

        Complexity: O(log orders).
        """
        direction = self._direction(order)
        if _is_trailing(order):
            self._keep_trigger_price(order, self.trigger_price_ticks(order))
            direction.trailing(order).remove(order)
        else:
            direction.fixed.remove((direction.fixed_key(order), order.order_id, order))
        self._measure()

    def arrive(self, price_ticks: int) -> list[Order]:
        """Let the price of a fill arrive.

        Args:
            price_ticks: Price; not 0.

        Returns:
            What fires, taken out, in the order in which it does.

        Complexity: O(1) where nothing fires and no trailing stop moves; otherwise O(log orders)
        amortised, and for each that fires.
        """
        before_ticks = self._price_ticks
        self._price_ticks = price_ticks
        if self._quiet_from_ticks <= price_ticks <= self._quiet_to_ticks:
            return []
        fired: list[tuple[int, int, Order]] = []
        for direction in (self._rising, self._falling):
            for trigger_key, order in direction.arrive(price_ticks):
                trigger_price_ticks = direction.sign * trigger_key
                self._keep_trigger_price(order, trigger_price_ticks)
                distance_ticks = abs(trigger_price_ticks - before_ticks)
                fired.append((distance_ticks, order.order_id, order))
        self._measure()
        fired.sort()
        return [order for _, _, order in fired]

    def trigger_price_ticks(self, order: Order) -> int:
        """Return the price at which an order that waits fires as things stand.

        Returns:
            0 for a trailing stop before any price, and for one whose trail is not less than the
            price that it follows: it cannot fire yet.

        Complexity: O(1).
        """
        assert order.special is not None
        if not _is_trailing(order):
            return order.special.trigger_price_ticks
        direction = self._direction(order)
        return direction.price_of(direction.trailing(order).trigger_key(order))

    def first_trigger_price_ticks(self, order: Order, last_price_ticks: int) -> int:
        """Return the price at which an order would fire that began to wait now; see above.

        Args:
            order: With a trigger; it is not here.
            last_price_ticks: Last price of the market; 0 before the first trade.

        Complexity: O(1).
        """
        assert order.special is not None
        if not _is_trailing(order):
            return order.special.trigger_price_ticks
        direction = self._direction(order)
        stops, followed_key = direction.trailing(order), direction.key(last_price_ticks)
        return direction.price_of(stops.trigger_key_from(order, followed_key))

    def followed_ticks(self, order: Order) -> int:
        """Return the highest or lowest price that a trailing stop has seen; 0 for any other order.

        Also 0 before any price. Complexity: O(1).
        """
        if not _is_trailing(order):
            return 0
        followed_key = self._direction(order).trailing(order).followed_key(order)
        return 0 if followed_key == NO_PRICE else abs(followed_key)

    def orders(self) -> list[Order]:
        """List all orders that wait, oldest first. Complexity: O(orders log orders)."""
        listed = [(o.order_id, o) for o in self._rising.orders() + self._falling.orders()]
        return [order for _, order in sorted(listed)]

    def restore_price(self, last_price_ticks: int) -> None:
        """Take over the last price, from a snapshot, before any order is restored."""
        assert not len(self)
        self._price_ticks = last_price_ticks

    def restore(self, order: Order, followed_ticks: int) -> bool:
        """Take over an order that waits, from a snapshot.

        Args:
            order: The order.
            followed_ticks: What `followed_ticks` said of it.

        Returns:
            Whether it can wait like this; otherwise it does not.

        Complexity: O(log orders).
        """
        direction = self._direction(order)
        if _is_trailing(order):
            price_key = direction.key(self._price_ticks)
            followed_key = direction.key(followed_ticks)
            if followed_key > price_key or (followed_key == NO_PRICE) != (price_key == NO_PRICE):
                return False
            stops = direction.trailing(order)
            stops.add(order, followed_key)
            if stops.trigger_key(order) <= price_key < NO_PRICE:
                stops.remove(order)
                return False
        elif followed_ticks or not self._add_fixed(order, direction):
            return False
        self._measure()
        return True

    def check_invariants(self) -> None:
        """Assert that nothing waits that should have fired. Complexity: O(orders log orders)."""
        price_ticks = self._price_ticks
        for direction in (self._rising, self._falling):
            price_key = direction.key(price_ticks)
            direction.in_ticks.check_invariants(price_key)
            direction.in_basis_points.check_invariants(price_key)
            entries = [(direction.fixed_key(o), o.order_id, o) for _, _, o in direction.fixed]
            assert list(direction.fixed) == sorted(entries)
            assert all(self._direction(order) is direction for order in direction.orders())
            assert price_ticks == 0 or all(entry[0] > price_key for entry in entries)
        order_ids = [order.order_id for order in self.orders()]
        assert len(set(order_ids)) == len(order_ids) == len(self)
        quiet = (self._quiet_from_ticks, self._quiet_to_ticks)
        self._measure()
        assert quiet == (self._quiet_from_ticks, self._quiet_to_ticks)
        assert self.is_empty == (not order_ids)

    def _direction(self, order: Order) -> _Direction:
        special = order.special
        assert special is not None
        assert special.trigger != NO_TRIGGER
        rises = (order.side == BUY) != (special.trigger == TAKE_PROFIT)
        return self._rising if rises else self._falling

    def _add_fixed(self, order: Order, direction: _Direction) -> bool:
        """Add an order whose trigger stays, unless its condition is met."""
        trigger_key = direction.fixed_key(order)
        if self._price_ticks and trigger_key <= direction.key(self._price_ticks):
            return False
        direction.fixed.add((trigger_key, order.order_id, order))
        return True

    def _keep_trigger_price(self, order: Order, trigger_price_ticks: int) -> None:
        assert order.special is not None
        order.special.trigger_price_ticks = trigger_price_ticks

    def _measure(self) -> None:
        """Find the prices that change nothing. Complexity: O(1)."""
        self.is_empty = len(self) == 0
        rising, falling = self._rising, self._falling
        self._quiet_from_ticks = max(rising.farthest_key(), 1 - falling.nearest_key())
        self._quiet_to_ticks = min(rising.nearest_key() - 1, -falling.farthest_key())


def _is_trailing(order: Order) -> bool:
    special = order.special
    return special is not None and special.trigger == TRAILING_STOP
