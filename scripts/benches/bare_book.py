"""A yardstick: price-time matching and nothing else, as short as it comes in Python.

It has no balances, holds or fees, no checks, no events, no replies, no identifiers of its own and
no memory of what was placed: only queues at prices. It makes the same trades, which the bench
checks, so that its speed is what matching alone costs.
"""

from collections import deque
from typing import Final, final

from sortedcontainers import SortedDict  # type: ignore[import-untyped]

from proto.codes import BUY, FOK, GTC, MARKET
from proto.commands import CancelOrder, PlaceOrder

# order_id, quantity left
_Resting = list[int]


@final
class BareBook:
    """One market.

    Attributes:
        trades: Matches made.
        lots: Quantity matched.
    """

    def __init__(self) -> None:
        self.trades = 0
        self.lots = 0
        # Keys are prices for sells and negative prices for buys: the best is always the first.
        self._sides: Final = (SortedDict(), SortedDict())
        self._resting: Final[dict[int, _Resting]] = {}

    def place(self, order: PlaceOrder, order_id: int) -> None:
        """Match an order, and let the rest of it rest."""
        buys = order.side == BUY
        own, other = self._sides if buys else self._sides[::-1]
        limit = order.price_ticks if buys else -order.price_ticks
        at_any_price = order.order_type == MARKET
        left = order.quantity_lots
        if order.time_in_force == FOK and self._available(other, limit, left, at_any_price) < left:
            return
        while left and other:
            price, queue = other.peekitem(0)
            if price > limit and not at_any_price:
                break
            while left and queue:
                maker = queue[0]
                quantity = min(left, maker[1])
                if quantity:
                    self.trades += 1
                    self.lots += quantity
                    left -= quantity
                    maker[1] -= quantity
                if not maker[1]:
                    # Filled now, or cancelled before.
                    queue.popleft()
                    self._resting.pop(maker[0], None)
            if not queue:
                del other[price]
        if left and order.time_in_force == GTC:
            resting = [order_id, left]
            self._resting[order_id] = resting
            queue = own.get(-limit)
            if queue is None:
                own[-limit] = deque((resting,))
            else:
                queue.append(resting)

    def cancel(self, command: CancelOrder) -> None:
        """Take an order out; its empty place in the queue goes when the queue comes to it."""
        resting = self._resting.pop(command.order_id, None)
        if resting is not None:
            resting[1] = 0

    def _available(self, other: SortedDict, limit: int, wanted: int, at_any_price: bool) -> int:
        available = 0
        for price, queue in other.items():
            if available >= wanted or (price > limit and not at_any_price):
                break
            available += sum(resting[1] for resting in queue)
        return available
