"""The orders that the engine knows: every open one, and those placed last.

Theory of operation
-------------------
An order is found by its id and, where it has one, by its owner's client_order_id. All known orders
stand in one queue. When more than `capacity` were placed since, the oldest leaves: forgotten if it
is closed, sent to the back if it is open, which gives it another round. So the last `capacity`
orders placed are always known, every open one is, and which ones are forgotten is a function of
the commands alone.

New orders join the queue with rising ids, and those sent back have lower ids than any order that
left before: an id above `_left_id` tells that an order stands in the queue for the first time.
"""

from collections import deque
from typing import Final, final

from matcher.core.order import Order
from proto.ids import OrderId


@final
class Orders:
    """Open and recent orders.

    Attributes:
        by_id: All known orders.
        open_by_user: Open orders of each user, oldest first.
    """

    __slots__ = (
        "_by_client",
        "_capacity",
        "_first_round",
        "_left_id",
        "_queue",
        "by_id",
        "open_by_user",
    )

    def __init__(self, capacity: int) -> None:
        self._capacity: Final = capacity
        self._queue: Final[deque[Order]] = deque()
        self._first_round = 0
        self._left_id = OrderId(0)
        self._by_client: Final[dict[tuple[int, str], Order]] = {}
        self.by_id: Final[dict[int, Order]] = {}
        self.open_by_user: Final[dict[int, dict[int, Order]]] = {}

    def accept(self, order: Order) -> None:
        """Know a new order. Complexity: O(1) amortised."""
        self.by_id[order.order_id] = order
        if order.client_order_id:
            self._by_client[order.user_id, order.client_order_id] = order
        self._queue.append(order)
        self._first_round += 1
        if self._first_round > self._capacity:
            self._evict()

    def find_client(self, user_id: int, client_order_id: str) -> Order | None:
        """Find an order by its owner's name for it."""
        return self._by_client.get((user_id, client_order_id))

    def find(self, user_id: int, order_id: int, client_order_id: str) -> Order | None:
        """Find an order of a user.

        Args:
            user_id: Owner; an order of somebody else is not found.
            order_id: Its id, or 0.
            client_order_id: The owner's name for it, used where order_id is 0.
        """
        if not order_id:
            return self._by_client.get((user_id, client_order_id))
        order = self.by_id.get(order_id)
        return order if order is not None and order.user_id == user_id else None

    def open(self, order: Order) -> None:
        """Note that an order rests."""
        orders = self.open_by_user.get(order.user_id)
        if orders is None:
            orders = self.open_by_user[order.user_id] = {}
        orders[order.order_id] = order

    def close(self, order: Order) -> None:
        """Note that an order rests no more."""
        del self.open_by_user[order.user_id][order.order_id]

    def open_count(self, user_id: int) -> int:
        """Count a user's open orders. Complexity: O(1)."""
        orders = self.open_by_user.get(user_id)
        return 0 if orders is None else len(orders)

    def known(self) -> list[Order]:
        """List all known orders in the order of the queue. Complexity: O(orders)."""
        return list(self._queue)

    def position(self) -> tuple[int, OrderId]:
        """Return how many orders stand in the queue for the first time, and the last that left."""
        return self._first_round, self._left_id

    def restore(self, queue: list[Order], left_id: OrderId) -> None:
        """Take over what `known` and `position` listed, where there is nothing yet.

        Orders that rest are then to be opened, oldest first.

        Args:
            queue: All known orders in the order of the queue.
            left_id: The last that left the queue for the first time.

        Complexity: O(orders).
        """
        assert not self._queue
        self._queue.extend(queue)
        self._left_id = left_id
        for order in queue:
            self.by_id[order.order_id] = order
            if order.client_order_id:
                self._by_client[order.user_id, order.client_order_id] = order
            if order.order_id > left_id:
                self._first_round += 1

    def names(self) -> int:
        """Count the orders that can be found by a client_order_id. Complexity: O(1)."""
        return len(self._by_client)

    def capacity(self) -> int:
        """Return how many orders may stand in the queue for the first time."""
        return self._capacity

    def check_invariants(self) -> None:
        """Assert that the ways to find an order agree. Complexity: O(orders)."""
        queue = self._queue
        assert {order.order_id: order for order in queue} == self.by_id
        assert len(queue) == len(self.by_id)
        assert len([o for o in queue if o.order_id > self._left_id]) == self._first_round
        assert self._first_round <= self._capacity
        named = [order for order in queue if order.client_order_id]
        assert len(named) == len(self._by_client)
        for order in named:
            assert self._by_client[order.user_id, order.client_order_id] is order
        opened = {o.order_id: o for orders in self.open_by_user.values() for o in orders.values()}
        assert opened == {order.order_id: order for order in queue if order.is_open()}

    def _evict(self) -> None:
        while True:
            order = self._queue.popleft()
            if order.is_open():
                self._queue.append(order)
            else:
                del self.by_id[order.order_id]
                if order.client_order_id:
                    del self._by_client[order.user_id, order.client_order_id]
            if order.order_id > self._left_id:
                self._left_id = order.order_id
                self._first_round -= 1
                return
