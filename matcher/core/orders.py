"""The orders that the engine knows: every open one, and those placed last.

Theory of operation
-------------------
An order is found by its id and, where it has one, by its owner's client_order_id. All known orders
stand in one queue. When more than `capacity` were placed since, the oldest leaves: forgotten if it
is closed, sent to the back if it is open, which gives it another round. So the last `capacity`
orders placed are always known, every open one is, and which ones are forgotten is a function of
the commands alone.

A dict that is full is copied whole, at once, between two commands: with a million entries that is a
pause of 60 ms. So the orders are indexed in many dicts by their identifiers' last bits, and names
in one for each user, none of which grows so large.

New orders join the queue with rising ids, and those sent back have lower ids than any order that
left before: an id above `_left_id` tells that an order stands in the queue for the first time.
"""

from collections import deque
from typing import Final, final

from matcher.core.order import Order
from proto.ids import OrderId

# A power of two.
_ID_DICTS: Final = 64
_ID_MASK: Final = _ID_DICTS - 1


@final
class Orders:
    """Open and recent orders."""

    __slots__ = (
        "_by_id",
        "_by_name",
        "_capacity",
        "_first_round",
        "_left_id",
        "_queue",
    )

    def __init__(self, capacity: int) -> None:
        self._capacity: Final = capacity
        self._queue: Final[deque[Order]] = deque()
        self._first_round = 0
        self._left_id = OrderId(0)
        self._by_id: Final[list[dict[int, Order]]] = [{} for _ in range(_ID_DICTS)]
        # By user, then by client_order_id; a user without named orders has no entry.
        self._by_name: Final[dict[int, dict[str, Order]]] = {}

    def accept(self, order: Order) -> None:
        """Know a new order. Complexity: O(1) amortised."""
        if order.client_order_id:
            self._index(order)
        else:
            self._by_id[order.order_id & _ID_MASK][order.order_id] = order
        self._queue.append(order)
        self._first_round += 1
        if self._first_round > self._capacity:
            self._evict()

    def find_client(self, user_id: int, client_order_id: str) -> Order | None:
        """Find an order by its owner's name for it."""
        orders = self._by_name.get(user_id)
        return None if orders is None else orders.get(client_order_id)

    def find_id(self, order_id: int) -> Order | None:
        """Find an order by its identifier."""
        return self._by_id[order_id & _ID_MASK].get(order_id)

    def find(self, user_id: int, order_id: int, client_order_id: str) -> Order | None:
        """Find an order of a user.

        Args:
            user_id: Owner; an order of somebody else is not found.
            order_id: Its id, or 0.
            client_order_id: The owner's name for it, used where order_id is 0.
        """
        if not order_id:
            return self.find_client(user_id, client_order_id)
        order = self.find_id(order_id)
        return order if order is not None and order.user_id == user_id else None

    def known(self) -> list[Order]:
        """List all known orders in the order of the queue. Complexity: O(orders)."""
        return list(self._queue)

    def position(self) -> tuple[int, OrderId]:
        """Return how many orders stand in the queue for the first time, and the last that left."""
        return self._first_round, self._left_id

    def restore(self, queue: list[Order], left_id: OrderId) -> None:
        """Take over what `known` and `position` listed, where there is nothing yet.

        Args:
            queue: All known orders in the order of the queue.
            left_id: The last that left the queue for the first time.

        Complexity: O(orders).
        """
        assert not self._queue
        self._queue.extend(queue)
        self._left_id = left_id
        for order in queue:
            self._index(order)
            if order.order_id > left_id:
                self._first_round += 1

    def found(self) -> tuple[int, int]:
        """Count the orders found by their identifiers and by a client_order_id.

        Complexity: O(users).
        """
        by_id = sum(len(orders) for orders in self._by_id)
        return by_id, sum(len(orders) for orders in self._by_name.values())

    def capacity(self) -> int:
        """Return how many orders may stand in the queue for the first time."""
        return self._capacity

    def check_invariants(self) -> None:
        """Assert that the ways to find an order agree. Complexity: O(orders)."""
        queue = self._queue
        assert all(self.find_id(order.order_id) is order for order in queue)
        assert len([o for o in queue if o.order_id > self._left_id]) == self._first_round
        assert self._first_round <= self._capacity
        named = [order for order in queue if order.client_order_id]
        assert all(self.find_client(o.user_id, o.client_order_id) is o for o in named)
        assert self.found() == (len(queue), len(named))
        assert all(self._by_name.values())

    def _index(self, order: Order) -> None:
        order_id = order.order_id
        self._by_id[order_id & _ID_MASK][order_id] = order
        if order.client_order_id:
            orders = self._by_name.get(order.user_id)
            if orders is None:
                orders = self._by_name[order.user_id] = {}
            orders[order.client_order_id] = order

    def _forget(self, order: Order) -> None:
        del self._by_id[order.order_id & _ID_MASK][order.order_id]
        if order.client_order_id:
            orders = self._by_name[order.user_id]
            del orders[order.client_order_id]
            if not orders:
                del self._by_name[order.user_id]

    def _evict(self) -> None:
        while True:
            order = self._queue.popleft()
            if order.is_open():
                self._queue.append(order)
            else:
                self._forget(order)
            if order.order_id > self._left_id:
                self._left_id = order.order_id
                self._first_round -= 1
                return
