"""The one price at which a crossed book uncrosses.

Theory of operation
-------------------
At a price, what is bought there or higher meets what is sold there or lower; the smaller of the two
trades, and the difference is the imbalance. Both sums change only where a level is: on the ticks
between two such places they are the same. So the ticks from the best ask to the best bid fall into
few stretches, and of each stretch only the tick that is nearest to the reference price can win.

The winner, of all ticks: the one at which most trades; of those, the one with the smallest
imbalance; of those, the nearest to the reference price. A reference price that is not there yet is
0, to which the lowest is the nearest. Two ticks on both sides of the reference price are never as
good and as near: the imbalance only falls with the price, so the tick between them is as good, and
nearer, or better. See docs/trading-rules.md, section 9.
"""

from typing import Final, final

from matcher.core.ladder import Ladder, Level


@final
class Uncrossing:
    """What an uncrossing does.

    Attributes:
        price_ticks: Price of all its trades.
        quantity_lots: What trades; at least 1.
        imbalance_lots: What is left of what would trade at the price: more to buy where positive.
    """

    __slots__ = ("imbalance_lots", "price_ticks", "quantity_lots")

    def __init__(self, price_ticks: int, quantity_lots: int, imbalance_lots: int) -> None:
        self.price_ticks: Final = price_ticks
        self.quantity_lots: Final = quantity_lots
        self.imbalance_lots: Final = imbalance_lots

    def is_better_than(self, other: "Uncrossing", reference_price_ticks: int) -> bool:
        """Say whether this is the one to choose of two at different prices."""
        if self.quantity_lots != other.quantity_lots:
            return self.quantity_lots > other.quantity_lots
        if abs(self.imbalance_lots) != abs(other.imbalance_lots):
            return abs(self.imbalance_lots) < abs(other.imbalance_lots)
        distance_ticks = abs(self.price_ticks - reference_price_ticks)
        return distance_ticks < abs(other.price_ticks - reference_price_ticks)


def find_uncrossing(bids: Ladder, asks: Ladder, reference_price_ticks: int) -> Uncrossing | None:
    """Find the price at which a book uncrosses.

    Args:
        bids: Buy orders.
        asks: Sell orders.
        reference_price_ticks: Reference price of the market; 0 where there is none.

    Returns:
        What trades; None where nothing crosses.

    Complexity: O(levels between the best ask and the best bid).
    """
    best_bid, best_ask = bids.best, asks.best
    if best_bid is None or best_ask is None or best_bid.price_ticks < best_ask.price_ticks:
        return None
    # In the order of rising prices; what is bought falls from all of it, what is sold rises from 0.
    bid_levels = list(bids.crossing(best_ask.price_ticks))[::-1]
    ask_levels = list(asks.crossing(best_bid.price_ticks))
    bought_lots = sum(_lots(level) for level in bid_levels)
    sold_lots = 0
    found: Uncrossing | None = None
    first_ticks = best_ask.price_ticks
    bid_index = ask_index = 0
    while first_ticks <= best_bid.price_ticks:
        if ask_index < len(ask_levels) and ask_levels[ask_index].price_ticks == first_ticks:
            sold_lots += _lots(ask_levels[ask_index])
            ask_index += 1
        # The stretch ends on a bid, or right before an ask.
        bid = bid_levels[bid_index]
        last_ticks = bid.price_ticks
        if ask_index < len(ask_levels):
            last_ticks = min(last_ticks, ask_levels[ask_index].price_ticks - 1)
        price_ticks = min(max(reference_price_ticks, first_ticks), last_ticks)
        lots = min(bought_lots, sold_lots)
        candidate = Uncrossing(price_ticks, lots, bought_lots - sold_lots)
        if found is None or candidate.is_better_than(found, reference_price_ticks):
            found = candidate
        if last_ticks == bid.price_ticks:
            bought_lots -= _lots(bid)
            bid_index += 1
        first_ticks = last_ticks + 1
    return found


def _lots(level: Level) -> int:
    return level.quantity_lots + level.hidden_lots
