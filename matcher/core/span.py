"""Trades summed up: those of one second, and those of a candle that may still change."""

from typing import Final, final

from proto.market_data import Candle
from proto.wide_sum import sum_of


@final
class Second:
    """The trades of one second.

    Attributes:
        second: Seconds since the epoch.
        open_price_ticks: First price.
        volume_lots: Sum of quantities.
        quote_volume_amount: Sum of price x quantity.
        trades: Number of trades.
    """

    __slots__ = (
        "open_price_ticks",
        "quote_volume_amount",
        "second",
        "trades",
        "volume_lots",
    )

    def __init__(self, second: int, open_price_ticks: int) -> None:
        self.second: Final = second
        self.open_price_ticks: Final = open_price_ticks
        self.volume_lots = 0
        self.quote_volume_amount = 0
        self.trades = 0


@final
class Span:
    """The trades from `start_ns` up to `end_ns`, summed up: a candle that may still change.

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
        self.start_ns = start_ns
        self.end_ns = end_ns
        self.open_price_ticks = open_price_ticks
        self.high_price_ticks = open_price_ticks
        self.low_price_ticks = open_price_ticks
        self.close_price_ticks = open_price_ticks
        self.volume_lots = 0
        self.quote_volume_amount = 0
        self.trades = 0

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
        """Copy it as the only trades of a longer interval."""
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
