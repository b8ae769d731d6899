"""One side of a book: price levels from best to worst, each a queue of orders.

Theory of operation
-------------------
A dict finds a level by its price; a sorted list of keys keeps them in order; the best level is
cached, because matching asks for nothing else. A key is the price of a bid, and the negated price
of an ask: on both sides the best level has the greatest key and sits at the end of the list, where
adding and removing are cheapest. An empty level is removed at once.

The queue of a level is a doubly linked list through the orders themselves, so an order leaves from
the middle in O(1).

What an iceberg order hides is counted apart (`hidden_lots`): the outside sees `quantity_lots`, a
taker reaches both.
"""

from collections.abc import Iterator
from typing import Final, final

from mypy_extensions import mypyc_attr

from matcher.core.order import Order
from matcher.core.sorted_keys import SortedKeys
from proto.codes import BUY, PARTIALLY_FILLED, SELL
from proto.market_data import Level as LevelView


@final
@mypyc_attr(acyclic=True)
class Level:
    """The orders at one price, first come first.

    Attributes:
        price_ticks: Price.
        side: BUY or SELL.
        quantity_lots: What its orders show, summed up.
        hidden_lots: What they hide.
        head: The oldest order.
        tail: The newest.
    """

    __slots__ = ("head", "hidden_lots", "price_ticks", "quantity_lots", "side", "tail")

    def __init__(self, price_ticks: int, side: int) -> None:
        self.price_ticks: Final = price_ticks
        self.side: Final = side
        self.quantity_lots = 0
        self.hidden_lots = 0
        self.head: Order | None = None
        self.tail: Order | None = None


@final
@mypyc_attr(acyclic=True)
class Ladder:
    """All levels of one side.

    Attributes:
        best: The level that a taker meets first; None when the side is empty.
        levels: Levels by price, in no order.
    """

    __slots__ = ("_keys", "_sign", "best", "levels")

    def __init__(self, side: int) -> None:
        self._sign: Final = 1 if side == BUY else -1
        self._keys: Final = SortedKeys()
        self.levels: Final[dict[int, Level]] = {}
        self.best: Level | None = None

    def best_price_ticks(self) -> int:
        """Return the best price, or 0 when the side is empty. Complexity: O(1)."""
        best = self.best
        return 0 if best is None else best.price_ticks

    def meets(self, limit_ticks: int) -> bool:
        """Say whether a taker from the other side with this limit trades here. Complexity: O(1)."""
        best = self.best
        if best is None:
            return False
        if self._sign > 0:
            return best.price_ticks >= limit_ticks
        return best.price_ticks <= limit_ticks

    def add(self, order: Order) -> Level:
        """Put an order at the end of the queue at its price.

        Returns:
            The level.

        Complexity: O(1); O(log levels) where the price is new.
        """
        level = self.levels.get(order.price_ticks)
        if level is None:
            level = self._add_level(order.price_ticks)
        # As `_append`, without the call: nearly every order passes here.
        tail = level.tail
        if tail is None:
            level.head = order
        else:
            tail.next = order
            order.previous = tail
        level.tail = order
        level.quantity_lots += order.quantity_lots - order.executed_lots
        special = order.special
        if special is not None and special.hidden_lots:
            level.quantity_lots -= special.hidden_lots
            level.hidden_lots += special.hidden_lots
        return level

    def remove(self, order: Order) -> Level:
        """Take an order out, wherever it stands in its queue.

        Returns:
            The level, which is gone from the ladder if this was its last order.

        Complexity: O(1); O(log levels) where the level ends.
        """
        level = self.levels[order.price_ticks]
        level.quantity_lots -= order.quantity_lots - order.executed_lots
        special = order.special
        if special is not None and special.hidden_lots:
            level.quantity_lots += special.hidden_lots
            level.hidden_lots -= special.hidden_lots
        # As `_unlink`, without the call.
        before = order.previous
        behind = order.next
        if before is None:
            level.head = behind
        else:
            before.next = behind
            order.previous = None
        if behind is None:
            level.tail = before
        else:
            behind.previous = before
            order.next = None
        if level.head is None:
            self._remove_level(level)
        return level

    def refresh(self, order: Order, number: int) -> None:
        """Let an iceberg order that shows nothing any more show its next part, at the back.

        Args:
            order: It rests, and hides something.
            number: Number of its new place, with the shard as in an identifier.

        Complexity: O(1).
        """
        special = order.special
        assert special is not None
        assert order.shown_lots() == 0
        level = self.levels[order.price_ticks]
        shown_lots = min(special.display_lots, special.hidden_lots)
        special.hidden_lots -= shown_lots
        level.hidden_lots -= shown_lots
        level.quantity_lots += shown_lots
        order.priority = number
        _unlink(level, order)
        _append(level, order)

    def reduce(self, order: Order, lots: int) -> Level:
        """Take lots away from an order that keeps its place: what is hidden first.

        Args:
            order: It rests.
            lots: Less than what is left of it.

        Returns:
            The level.

        Complexity: O(1).
        """
        assert 0 < lots < order.quantity_lots - order.executed_lots
        level = self.levels[order.price_ticks]
        order.quantity_lots -= lots
        special = order.special
        if special is not None and special.hidden_lots:
            hidden_lots = min(lots, special.hidden_lots)
            special.hidden_lots -= hidden_lots
            level.hidden_lots -= hidden_lots
            lots -= hidden_lots
        level.quantity_lots -= lots
        return level

    def reach(self, limit_ticks: int, quantity_lots: int) -> tuple[int, int]:
        """Measure what a taker from the other side would trade here, without doing it.

        Args:
            limit_ticks: The taker's limit.
            quantity_lots: The taker's quantity.

        Returns:
            Lots that it would get, at most its quantity; and the sum of price x lots over them.

        Complexity: O(levels reached).
        """
        lots = tick_lots = 0
        best = self.best
        if best is None:
            return 0, 0
        if best.quantity_lots >= quantity_lots and self.meets(limit_ticks):
            return quantity_lots, best.price_ticks * quantity_lots
        limit_key = self._sign * limit_ticks
        for key in self._keys.descending():
            if key < limit_key or lots == quantity_lots:
                break
            level = self.levels[abs(key)]
            taken = min(level.quantity_lots + level.hidden_lots, quantity_lots - lots)
            lots += taken
            tick_lots += taken * level.price_ticks
        return lots, tick_lots

    def crossing(self, limit_ticks: int) -> Iterator[Level]:
        """Go through the levels that a taker with this limit meets, best first.

        Nothing may change meanwhile.

        Args:
            limit_ticks: The taker's limit.

        Complexity: O(1) a level.
        """
        limit_key = self._sign * limit_ticks
        for key in self._keys.descending():
            if key < limit_key:
                return
            yield self.levels[abs(key)]

    def view(self, levels: int) -> list[LevelView]:
        """List levels, best first.

        Args:
            levels: The most to list.

        Complexity: O(levels).
        """
        views: list[LevelView] = []
        for key in self._keys.descending():
            if len(views) == levels:
                break
            level = self.levels[abs(key)]
            views.append(LevelView(level.price_ticks, level.quantity_lots))
        return views

    def orders(self) -> list[Order]:
        """List all orders in the order in which they would trade. Complexity: O(orders)."""
        listed: list[Order] = []
        for key in self._keys.descending():
            order = self.levels[abs(key)].head
            while order is not None:
                listed.append(order)
                order = order.next
        return listed

    def check_invariants(self) -> None:
        """Assert that keys, levels, queues and sums agree. Complexity: O(orders)."""
        self._keys.check_invariants()
        sign = self._sign
        keys = sorted((sign * price_ticks for price_ticks in self.levels), reverse=True)
        assert list(self._keys.descending()) == keys
        assert self.best is (self.levels[abs(keys[0])] if keys else None)
        for price_ticks, level in self.levels.items():
            assert level.price_ticks == price_ticks
            assert level.head is not None
            lots = hidden_lots = 0
            previous = None
            order: Order | None = level.head
            while order is not None:
                assert order.status <= PARTIALLY_FILLED
                assert order.price_ticks == price_ticks
                assert order.previous is previous
                assert previous is None or previous.priority < order.priority
                assert order.shown_lots() > 0
                lots += order.shown_lots()
                if order.special is not None:
                    assert 0 <= order.special.hidden_lots
                    hidden_lots += order.special.hidden_lots
                previous, order = order, order.next
            assert level.tail is previous
            assert level.quantity_lots == lots
            assert level.hidden_lots == hidden_lots

    def _add_level(self, price_ticks: int) -> Level:
        level = Level(price_ticks, BUY if self._sign > 0 else SELL)
        self.levels[price_ticks] = level
        self._keys.add(self._sign * price_ticks)
        best = self.best
        if best is None or self._sign * (price_ticks - best.price_ticks) > 0:
            self.best = level
        return level

    def _remove_level(self, level: Level) -> None:
        assert level.quantity_lots == level.hidden_lots == 0
        del self.levels[level.price_ticks]
        self._keys.remove(self._sign * level.price_ticks)
        if level is self.best:
            self.best = self.levels[abs(self._keys.greatest())] if self.levels else None


def _append(level: Level, order: Order) -> None:
    tail = level.tail
    if tail is None:
        level.head = order
    else:
        tail.next = order
        order.previous = tail
    level.tail = order


def _unlink(level: Level, order: Order) -> None:
    before = order.previous
    behind = order.next
    if before is None:
        level.head = behind
    else:
        before.next = behind
    if behind is None:
        level.tail = before
    else:
        behind.previous = before
    order.previous = order.next = None
