"""Ticker and candles the slow, obvious way: from a list of all trades."""

from collections.abc import Sequence

from proto.events import Trade
from proto.intervals import INTERVALS, interval_bounds
from proto.market_data import Candle, Ticker

SECOND_NS = 10**9
DAY_SECONDS = 24 * 60 * 60


def ticker(trades: Sequence[Trade], timestamp_ns: int, bid: int, ask: int) -> Ticker:
    """A trade counts while its second is one of the last 86,400."""
    now = timestamp_ns // SECOND_NS
    window = [t for t in trades if now - t.timestamp_ns // SECOND_NS < DAY_SECONDS]
    prices = [t.price_ticks for t in window] or [0]
    return Ticker(
        timestamp_ns,
        prices[0],
        max(prices),
        min(prices),
        trades[-1].price_ticks if trades else 0,
        sum(t.quantity_lots for t in window),
        sum(t.quote_amount for t in window),
        len(window),
        bid,
        ask,
    )


def candles(trades: Sequence[Trade], timestamp_ns: int) -> list[Candle]:
    """One for each interval around the moment that had a trade."""
    found = []
    for interval in INTERVALS:
        start_ns, end_ns = interval_bounds(interval, timestamp_ns)
        inside = [t for t in trades if start_ns <= t.timestamp_ns < end_ns]
        if inside:
            prices = [t.price_ticks for t in inside]
            found.append(
                Candle(
                    interval,
                    start_ns,
                    end_ns,
                    prices[0],
                    max(prices),
                    min(prices),
                    prices[-1],
                    sum(t.quantity_lots for t in inside),
                    sum(t.quote_amount for t in inside),
                    len(inside),
                )
            )
    return found
