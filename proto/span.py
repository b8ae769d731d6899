"""Trades summed up over an interval: a candle that may still change.

The matcher keeps the running candles of each market, and so does each feed; this is their
arithmetic, so that both come to the same candle.
"""

from typing import Final, final

from mypy_extensions import mypyc_attr

from proto.market_data import Candle
from proto.wide_sum import sum_of, value_of


@final
@mypyc_attr(acyclic=True)
class Span:
    """The trades from `start_ns` up to `end_ns`, summed up.

    Attributes:
        start_ns: First nanosecond.
        end_ns: First nanosecond after it.
        open_price_ticks: First price.
        high_price_ticks: Highest price.
        low_price_ticks: Lowest price.
        close_price_ticks: Last price.
        volume_lots: Sum of quantities.
        quote_volume_amount: Sum of price x quantity.
        trades: Number of trades.
    """

    __slots__ = (
        "close_price_ticks",
        "end_ns",
        "high_price_ticks",
        "low_price_ticks",
        "open_price_ticks",
        "quote_volume_amount",
        "start_ns",
        "trades",
        "volume_lots",
    )

    def __init__(self, start_ns: int, end_ns: int, open_price_ticks: int) -> None:
        self.start_ns: Final = start_ns
        self.end_ns: Final = end_ns
        self.open_price_ticks: Final = open_price_ticks
        self.high_price_ticks = open_price_ticks
        self.low_price_ticks = open_price_ticks
        self.close_price_ticks = open_price_ticks
        self.volume_lots = 0
        self.quote_volume_amount = 0
        self.trades = 0

    @classmethod
    def of(cls, candle: Candle) -> "Span":
        """Take up a candle, to go on with it."""
        span = cls(candle.start_ns, candle.end_ns, candle.open_price_ticks)
        span.high_price_ticks = candle.high_price_ticks
        span.low_price_ticks = candle.low_price_ticks
        span.close_price_ticks = candle.close_price_ticks
        span.volume_lots = value_of(candle.volume_lots)
        span.quote_volume_amount = value_of(candle.quote_volume_amount)
        span.trades = candle.trades
        return span

    def add(self, price_ticks: int, quantity_lots: int, quote_amount: int) -> None:
        """Add a trade."""
        if price_ticks > self.high_price_ticks:
            self.high_price_ticks = price_ticks
        elif price_ticks < self.low_price_ticks:
            self.low_price_ticks = price_ticks
        self.close_price_ticks = price_ticks
        self.volume_lots += quantity_lots
        self.quote_volume_amount += quote_amount
        self.trades += 1

    def merge(self, later: "Span") -> None:
        """Add all trades of a later span."""
        self.high_price_ticks = max(self.high_price_ticks, later.high_price_ticks)
        self.low_price_ticks = min(self.low_price_ticks, later.low_price_ticks)
        self.close_price_ticks = later.close_price_ticks
        self.volume_lots += later.volume_lots
        self.quote_volume_amount += later.quote_volume_amount
        self.trades += later.trades

    def widened(self, start_ns: int, end_ns: int) -> "Span":
        """Copy it as the only trades of a longer interval, or of its own."""
        span = Span(start_ns, end_ns, self.open_price_ticks)
        span.merge(self)
        return span

    def candle(self, interval: str) -> Candle:
        """Return it as the candle of an interval."""
        return Candle(
            interval,
            self.start_ns,
            self.end_ns,
            self.open_price_ticks,
            self.high_price_ticks,
            self.low_price_ticks,
            self.close_price_ticks,
            sum_of(self.volume_lots),
            sum_of(self.quote_volume_amount),
            self.trades,
        )
