"""Does what the benches use of the package limit-order-book, slowly, and aborts as it does.

The tests put this folder before the installed packages, so that they need no C++ compiler.
"""

import os


class LimitOrderBook:
    """Orders as `[order_id, quantity]` in a list at each price, by side."""

    def __init__(self) -> None:
        self._bids: dict[int, list[list[int]]] = {}
        self._asks: dict[int, list[list[int]]] = {}

    def limit_buy(self, order_id: int, quantity: int, price: int) -> None:
        self._limit(self._bids, order_id, self._take(self._asks, quantity, price), price)

    def limit_sell(self, order_id: int, quantity: int, price: int) -> None:
        self._limit(self._asks, order_id, self._take(self._bids, quantity, price), price)

    def market_buy(self, order_id: int, quantity: int) -> None:
        self._take(self._asks, quantity, None)

    def market_sell(self, order_id: int, quantity: int) -> None:
        self._take(self._bids, quantity, None)

    def has(self, order_id: int) -> bool:
        return any(order[0] == order_id for queue in self._queues() for order in queue)

    def cancel(self, order_id: int) -> None:
        if not self.has(order_id):
            os.abort()
        for queue in self._queues():
            queue[:] = [order for order in queue if order[0] != order_id]

    def count(self) -> int:
        return sum(len(queue) for queue in self._queues())

    def _queues(self) -> list[list[list[int]]]:
        return [*self._bids.values(), *self._asks.values()]

    def _limit(
        self, side: dict[int, list[list[int]]], order_id: int, left: int, price: int
    ) -> None:
        assert left < 1 << 32
        if left:
            side.setdefault(price, []).append([order_id, left])

    def _take(self, side: dict[int, list[list[int]]], quantity: int, limit: int | None) -> int:
        """Take from the best price on, and return what is left."""
        for price in sorted(side, reverse=side is self._bids):
            if limit is not None and (price < limit if side is self._bids else price > limit):
                break
            while quantity and side[price]:
                maker = side[price][0]
                traded = min(quantity, maker[1])
                quantity -= traded
                maker[1] -= traded
                if not maker[1]:
                    side[price].pop(0)
        return quantity
