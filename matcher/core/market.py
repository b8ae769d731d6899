"""A market: what is traded, its book, and what its trades add up to."""

from typing import Final, final

from matcher.core.book import Book
from matcher.core.instrument import Instrument
from matcher.core.statistics import Statistics
from proto.market_data import Ticker


@final
class Market:
    """One market.

    Attributes:
        instrument: What is traded, under which rules.
        book: Resting orders.
        statistics: Ticker and running candles.
    """

    __slots__ = ("book", "instrument", "statistics")

    def __init__(self, instrument: Instrument) -> None:
        self.instrument: Final = instrument
        self.book: Final = Book(instrument)
        self.statistics: Final = Statistics()

    def ticker(self, timestamp_ns: int) -> Ticker:
        """Sum up the 24 hours up to a moment, with the best prices as they are now."""
        bid_price_ticks = self.book.bids.best_price_ticks()
        ask_price_ticks = self.book.asks.best_price_ticks()
        return self.statistics.ticker(timestamp_ns, bid_price_ticks, ask_price_ticks)
