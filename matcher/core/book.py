"""The book of one market: two ladders, and the count of their changes.

Theory of operation
-------------------
The book holds what rests; it does not match (`matching.py`) and knows no money (`ledger.py`). Every
change of a level's total that is told to the outside gets the next number of `sequence`, so that a
reader who misses one notices.

The two ladders never cross while the market trades; while it collects orders for an auction, and
until it trades again, they may.
"""

from typing import Final, final

from matcher.core.events import Events
from matcher.core.instrument import Instrument
from matcher.core.ladder import Ladder, Level
from matcher.core.order import Order
from proto.codes import BUY, CONTINUOUS, POST_ONLY, SELL
from proto.market_data import Level as LevelView


@final
class Book:
    """Resting orders of one market.

    Attributes:
        instrument: What is traded.
        bids: Resting buy orders.
        asks: Resting sell orders.
        sequence: Level changes told so far.
    """

    __slots__ = ("asks", "bids", "instrument", "sequence")

    def __init__(self, instrument: Instrument) -> None:
        self.instrument: Final = instrument
        self.bids: Final = Ladder(BUY)
        self.asks: Final = Ladder(SELL)
        self.sequence = 0

    def own_side(self, side: int) -> Ladder:
        """Return the ladder that an order of this side rests in."""
        return self.bids if side == BUY else self.asks

    def other_side(self, side: int) -> Ladder:
        """Return the ladder that an order of this side takes from."""
        return self.asks if side == BUY else self.bids

    def add(self, order: Order, events: Events) -> None:
        """Let an order rest. Complexity: O(1); O(log levels) where the price is new."""
        self.tell(order.side, self.own_side(order.side).add(order), events)

    def remove(self, order: Order, events: Events) -> None:
        """Take an order out. Complexity: O(1); O(log levels) where its level ends."""
        self.tell(order.side, self.own_side(order.side).remove(order), events)

    def tell(self, side: int, level: Level, events: Events) -> None:
        """Number a change of a level, and tell its new total."""
        self.sequence = sequence = self.sequence + 1
        events.level_change(
            self.instrument.market_id, sequence, side, level.price_ticks, level.quantity_lots
        )

    def depth(self, levels: int) -> tuple[list[LevelView], list[LevelView]]:
        """List the best bids and asks, at most so many of each. Complexity: O(levels)."""
        return self.bids.view(levels), self.asks.view(levels)

    def is_crossed(self) -> bool:
        """Say whether a bid and an ask would trade."""
        bid, ask = self.bids.best, self.asks.best
        return bid is not None and ask is not None and bid.price_ticks >= ask.price_ticks

    def check_invariants(self, state: int) -> None:
        """Assert that both sides are sound and do not cross where they must not.

        Args:
            state: State of the market.

        Complexity: O(orders).
        """
        self.bids.check_invariants()
        self.asks.check_invariants()
        assert state not in (CONTINUOUS, POST_ONLY) or not self.is_crossed()
