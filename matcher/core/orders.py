"""The orders that the engine knows: every open one, and those placed last.

Theory of operation
-------------------
An order is found by its id (`order_table.py`) and, where it has one, by its owner's client_order_id
(`Account.names`). All known orders stand in one queue. When more than `capacity` were placed since,
the oldest leaves: forgotten if it is closed, sent to the back if it is open, which gives it another
round. So the last `capacity` orders placed are always known, every open one is, and which ones are
forgotten is a function of the commands alone.

New orders join the queue with rising ids, and those sent back have lower ids than any order that
left before: an id above `_left_id` tells that an order stands in the queue for the first time.

The queue is a list that is read from `_head` on; what lies before it is cut off when it is half of
the list, so that an order is moved less than once.
"""

from typing import Final, final

from matcher.core.order import Order
from matcher.core.order_list import OrderList
from matcher.core.order_table import OrderTable
from proto.ids import OrderId

# The queue is not cut for less.
_CUT_MIN: Final = 4_096


@final
class Orders:
    """Open and recent orders."""

    __slots__ = ("_by_id", "_capacity", "_first_round", "_head", "_left_id", "_named", "_queue")

    def __init__(self, capacity: int) -> None:
        self._capacity: Final = capacity
        self._queue: Final[list[Order | None]] = []
        self._head = 0
        self._first_round = 0
        self._left_id = OrderId(0)
        self._by_id: Final = OrderTable()
        self._named = 0

    def accept(self, order: Order) -> None:
        """Know a new order. Complexity: O(1) amortised."""
        self._index(order)
        self._queue.append(order)
        self._first_round += 1
        if self._first_round > self._capacity:
            self._evict()

    def find(self, order_id: int) -> Order | None:
        """Find an order by its identifier."""
        return self._by_id.find(order_id)

    def known(self) -> list[Order]:
        """List all known orders in the order of the queue. Complexity: O(orders)."""
        return [order for order in self._queue if order is not None]

    def position(self) -> tuple[int, OrderId]:
        """Return how many orders stand in the queue for the first time, and the last that left."""
        return self._first_round, self._left_id

    def restore(self, queue: list[Order], left_id: OrderId) -> bool:
        """Take over what `known` and `position` listed, where there is nothing yet.

        Args:
            queue: All known orders in the order of the queue.
            left_id: The last that left the queue for the first time.

        Returns:
            False where two of them have the same identifier, or two of one owner the same name.

        Complexity: O(orders).
        """
        assert not self._queue
        self._queue.extend(queue)
        self._left_id = left_id
        for order in queue:
            name = order.client_order_id
            if self.find(order.order_id) is not None or (name and name in order.account.names):
                return False
            self._index(order)
            if order.order_id > left_id:
                self._first_round += 1
        return True

    def named(self) -> int:
        """Count the orders that have a client_order_id. Complexity: O(1)."""
        return self._named

    def __len__(self) -> int:
        return len(self._by_id)

    def capacity(self) -> int:
        """Return how many orders may stand in the queue for the first time."""
        return self._capacity

    def check_invariants(self) -> None:
        """Assert that the ways to find an order agree. Complexity: O(orders)."""
        queue = self.known()
        assert all(self.find(order.order_id) is order for order in queue)
        assert len([o for o in queue if o.order_id > self._left_id]) == self._first_round
        assert self._first_round <= self._capacity
        named = [order for order in queue if order.client_order_id]
        assert all(order.account.names[order.client_order_id] is order for order in named)
        assert len(self._by_id) == len(queue)
        assert self._named == len(named)

    def _index(self, order: Order) -> None:
        self._by_id.add(order)
        name = order.client_order_id
        if name:
            order.seat.account.names[name] = order
            self._named += 1

    def _forget(self, order: Order) -> None:
        self._by_id.remove(order)
        name = order.client_order_id
        if name:
            del order.seat.account.names[name]
            self._named -= 1
        special = order.special
        if special is not None and special.order_list is not None:
            self._leave_list(special.order_list)

    def _leave_list(self, order_list: OrderList) -> None:
        """Take a list apart whose orders are all forgotten: it holds them, and they hold it."""
        if all(self.find(order.order_id) is None for order in order_list.orders):
            order_list.orders.clear()

    def _evict(self) -> None:
        queue = self._queue
        while True:
            head = self._head
            order = queue[head]
            assert order is not None
            queue[head] = None
            self._head = head + 1
            if head >= _CUT_MIN and head * 2 >= len(queue):
                del queue[: self._head]
                self._head = 0
            if order.is_open():
                queue.append(order)
            else:
                self._forget(order)
            if order.order_id > self._left_id:
                self._left_id = order.order_id
                self._first_round -= 1
                return
