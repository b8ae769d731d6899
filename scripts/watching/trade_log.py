"""The trades of one market, summed up over any span by looking at all of them. Pure.

It shares no arithmetic with the matcher and the feed, whose running sums it is to judge.
"""

from array import array
from bisect import bisect_left
from itertools import accumulate
from typing import Final, NamedTuple, final

import numpy as np

from proto.events import Trade
from proto.scales import MarketScale


class Sums(NamedTuple):
    """What trades of a span add up to, in the text of the market."""

    open: str
    high: str
    low: str
    close: str
    volume: str
    quote_volume: str
    trades: int


@final
class TradeLog:
    """Trades in the order in which they happened.

    Attributes:
        scale: The market.
    """

    def __init__(self, scale: MarketScale) -> None:
        self.scale: Final = scale
        self._times_us: Final = array("q")
        self._prices: Final = array("q")
        self._lots: Final = array("q")
        self._amounts: Final = array("q")
        self._lots_until: list[int] = [0]
        self._amounts_until: list[int] = [0]

    def __len__(self) -> int:
        return len(self._times_us)

    def add(self, trade: Trade) -> None:
        """Add a trade, not older than the last one."""
        self._times_us.append(trade.timestamp_ns // 1_000)
        self._prices.append(trade.price_ticks)
        self._lots.append(trade.quantity_lots)
        self._amounts.append(trade.quote_amount)

    def before(self, moment_us: int) -> int:
        """Return how many trades there were before a moment."""
        return bisect_left(self._times_us, moment_us)

    def last_price(self, end: int) -> str | None:
        """Return the price of the last of the first so many trades."""
        return self.scale.price(self._prices[end - 1]) if end else None

    def change(self, begin: int, end: int) -> str | None:
        """Return the last price less the first one of a span; None where it has no trade."""
        if begin == end:
            return None
        return self.scale.price(self._prices[end - 1] - self._prices[begin])

    def sums(self, begin: int, end: int) -> Sums | None:
        """Sum up the trades from one place on, before another; None where there are none.

        Complexity: O(trades).
        """
        if begin == end:
            return None
        self._accumulate()
        scale, prices = self.scale, np.frombuffer(self._prices, dtype=np.int64)[begin:end]
        return Sums(
            scale.price(int(prices[0])),
            scale.price(int(prices.max())),
            scale.price(int(prices.min())),
            scale.price(int(prices[-1])),
            scale.quantity(self._lots_until[end] - self._lots_until[begin]),
            scale.quote_amount(self._amounts_until[end] - self._amounts_until[begin]),
            end - begin,
        )

    def _accumulate(self) -> None:
        """Sum up from the first trade to each, in integers that have no bound."""
        if len(self._lots_until) <= len(self):
            self._lots_until = list(accumulate(self._lots, initial=0))
            self._amounts_until = list(accumulate(self._amounts, initial=0))
