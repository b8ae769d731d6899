"""Puts the statistics of one market together from its parts, or refuses them."""

from itertools import pairwise
from typing import Final, final

from matcher.core.parts import (
    HighsPart,
    LowsPart,
    MarketRow,
    SecondRow,
    SecondsPart,
    SnapshotError,
    SpanRow,
)
from matcher.core.second import Second
from matcher.core.statistics import Statistics
from proto.intervals import INTERVALS, SECOND_NS, interval_bounds
from proto.span import Span
from proto.wide_sum import value_of


@final
class StatisticsRestoration:
    """Statistics that are being put together."""

    __slots__ = ("_highs", "_lows", "_market_id", "_seconds", "_spans", "_statistics", "_time_ns")

    def __init__(self, statistics: Statistics, row: MarketRow, timestamp_ns: int) -> None:
        """Begin.

        Args:
            statistics: Without anything.
            row: Its market.
            timestamp_ns: Engine time of the state.

        Raises:
            SnapshotError: If the row does not fit.
        """
        self._market_id: Final = row.definition.market_id
        self._statistics: Final = statistics
        self._time_ns: Final = timestamp_ns
        self._seconds: Final[list[Second]] = []
        self._highs: Final[list[tuple[int, int]]] = []
        self._lows: Final[list[tuple[int, int]]] = []
        statistics.trade_number = row.trade_number
        statistics.last_price_ticks = row.last_price_ticks
        self._spans: Final = [(span.interval, self._span(span)) for span in row.spans]
        if len({interval for interval, _ in self._spans}) < len(self._spans):
            raise self._error("two candles of one interval")

    def take(self, part: SecondsPart | HighsPart | LowsPart) -> None:
        """Put a part of its window in."""
        if isinstance(part, SecondsPart):
            self._seconds.extend(_second(row) for row in part.rows)
        elif isinstance(part, HighsPart):
            self._highs.extend((row.second, row.price_ticks) for row in part.rows)
        else:
            self._lows.extend((row.second, row.price_ticks) for row in part.rows)

    def finish(self) -> None:
        """Check what was put in, and hand it over.

        Raises:
            SnapshotError: If it is not what trades would have made.
        """
        seconds, highs, lows = self._seconds, self._highs, self._lows
        if any(later.second <= earlier.second for earlier, later in pairwise(seconds)):
            raise self._error("seconds out of order")
        # The last second is an extreme for as long as no other follows it.
        last = seconds[-1].second if seconds else -1
        if last > self._time_ns // SECOND_NS:
            raise self._error("a second that has not come yet")
        for extremes, sign in ((highs, 1), (lows, -1)):
            if (extremes[-1][0] if extremes else -1) != last:
                raise self._error("an extreme price without its second")
            for (second, price_ticks), (later_second, later_price_ticks) in pairwise(extremes):
                if second >= later_second or sign * (price_ticks - later_price_ticks) <= 0:
                    raise self._error("extreme prices out of order")
        self._statistics.restore(self._spans, seconds, highs, lows)

    def _span(self, row: SpanRow) -> Span:
        if row.interval not in INTERVALS:
            raise self._error(f"a candle of {row.interval!r}")
        if row.start_ns > self._time_ns:
            raise self._error("a candle that has not begun yet")
        start_ns, end_ns = interval_bounds(row.interval, row.start_ns)
        if start_ns != row.start_ns:
            raise self._error("a candle between two intervals")
        span = Span(start_ns, end_ns, row.open_price_ticks)
        span.high_price_ticks = row.high_price_ticks
        span.low_price_ticks = row.low_price_ticks
        span.close_price_ticks = row.close_price_ticks
        span.volume_lots = value_of(row.volume_lots)
        span.quote_volume_amount = value_of(row.quote_volume_amount)
        span.trades = row.trades
        return span

    def _error(self, what: str) -> SnapshotError:
        return SnapshotError(f"the statistics of market {self._market_id} have {what}")


def _second(row: SecondRow) -> Second:
    second = Second(row.second, row.open_price_ticks)
    second.volume_lots = value_of(row.volume_lots)
    second.quote_volume_amount = value_of(row.quote_volume_amount)
    second.trades = row.trades
    return second
