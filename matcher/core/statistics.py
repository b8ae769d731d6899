"""Ticker and running candles of one market, fed trade by trade.

Theory of operation
-------------------
*The 24 hours.* Trades are summed up by the second. The window is the last 86,400 seconds, the
running one included, so a trade counts until its second is a day old: exact to the second. Sums
are kept as trades come and as seconds leave; highest and lowest price come from two monotonic
queues, from which a second is dropped once a later one is at least as extreme.

*Candles.* A trade updates the running minute only. When a trade opens a new minute, the finished
one is merged into the candle of every longer interval. The running candle of a longer interval is
thus its merged part together with the running minute.

Reading changes nothing: a replay never sees the questions that were asked, and must come to the
same state without them. So a reader counts off what left the window since the last trade.
"""

from collections import deque
from typing import Final, final

from matcher.core.second import Second
from proto.intervals import DAY_NS, INTERVALS, MINUTE_NS, SECOND_NS, interval_bounds
from proto.market_data import Candle, Ticker
from proto.span import Span
from proto.wide_sum import sum_of

WINDOW_SECONDS: Final = DAY_NS // SECOND_NS
MINUTE: Final = "1m"
LONGER_INTERVALS: Final = tuple(interval for interval in INTERVALS if interval != MINUTE)


@final
class Statistics:
    """What the trades of one market add up to.

    Attributes:
        trade_number: Trades so far; the number of the last one.
        last_price_ticks: Price of the last trade; 0 before the first.
    """

    __slots__ = (
        "_highs",
        "_lows",
        "_minute",
        "_quote_volume_amount",
        "_rolled",
        "_running",
        "_second_high_ticks",
        "_second_low_ticks",
        "_seconds",
        "_trades",
        "_volume_lots",
        "last_price_ticks",
        "trade_number",
    )

    def __init__(self) -> None:
        self.trade_number = 0
        self.last_price_ticks = 0
        self._seconds: Final[deque[Second]] = deque()
        # The last of them, and its highest and lowest price: most trades change neither.
        self._running: Second | None = None
        self._second_high_ticks = 0
        self._second_low_ticks = 0
        # Second and price; prices strictly fall in `_highs` and strictly rise in `_lows`.
        self._highs: Final[deque[tuple[int, int]]] = deque()
        self._lows: Final[deque[tuple[int, int]]] = deque()
        self._volume_lots = 0
        self._quote_volume_amount = 0
        self._trades = 0
        self._minute: Span | None = None
        self._rolled: Final[dict[str, Span]] = {}

    def add(
        self, timestamp_ns: int, price_ticks: int, quantity_lots: int, quote_amount: int
    ) -> None:
        """Add a trade, not older than the last one. Complexity: O(1) amortised."""
        self.trade_number += 1
        self.last_price_ticks = price_ticks
        second = timestamp_ns // SECOND_NS
        running = self._running
        if running is None or running.second != second:
            self._expire(second - WINDOW_SECONDS)
            running = self._running = Second(second, price_ticks)
            self._seconds.append(running)
            self._extremes(second, price_ticks)
        elif not self._second_low_ticks <= price_ticks <= self._second_high_ticks:
            self._extremes(second, price_ticks)
        running.volume_lots += quantity_lots
        running.quote_volume_amount += quote_amount
        running.trades += 1
        self._volume_lots += quantity_lots
        self._quote_volume_amount += quote_amount
        self._trades += 1
        minute = self._minute
        if minute is None or timestamp_ns >= minute.end_ns:
            minute = self._open_minute(timestamp_ns, price_ticks)
        minute.add(price_ticks, quantity_lots, quote_amount)

    def ticker(self, timestamp_ns: int, bid_price_ticks: int, ask_price_ticks: int) -> Ticker:
        """Sum up the 24 hours up to a moment, not before the last trade.

        Args:
            timestamp_ns: End of the window.
            bid_price_ticks: Best bid, or 0.
            ask_price_ticks: Best ask, or 0.

        Complexity: O(seconds that left the window since the last trade).
        """
        gone_second = timestamp_ns // SECOND_NS - WINDOW_SECONDS
        open_price_ticks = high_price_ticks = low_price_ticks = 0
        volume_lots = quote_volume_amount = trades = 0
        if self._seconds and self._seconds[-1].second > gone_second:
            volume_lots = self._volume_lots
            quote_volume_amount = self._quote_volume_amount
            trades = self._trades
            for second in self._seconds:
                if second.second > gone_second:
                    open_price_ticks = second.open_price_ticks
                    break
                volume_lots -= second.volume_lots
                quote_volume_amount -= second.quote_volume_amount
                trades -= second.trades
            high_price_ticks = _first_after(self._highs, gone_second)
            low_price_ticks = _first_after(self._lows, gone_second)
        return Ticker(
            timestamp_ns,
            open_price_ticks,
            high_price_ticks,
            low_price_ticks,
            self.last_price_ticks,
            sum_of(volume_lots),
            sum_of(quote_volume_amount),
            trades,
            bid_price_ticks,
            ask_price_ticks,
        )

    def candles(self, timestamp_ns: int) -> list[Candle]:
        """List the running candles at a moment: those with a trade, shortest interval first."""
        candles: list[Candle] = []
        minute = self._minute
        if minute is None:
            return candles
        if timestamp_ns < minute.end_ns:
            candles.append(minute.candle(MINUTE))
        for interval in LONGER_INTERVALS:
            start_ns, end_ns = interval_bounds(interval, timestamp_ns)
            rolled = self._rolled.get(interval)
            span: Span | None = None
            if rolled is not None and rolled.start_ns == start_ns:
                span = rolled.widened(start_ns, end_ns)
            if minute.start_ns >= start_ns:
                if span is None:
                    span = minute.widened(start_ns, end_ns)
                else:
                    span.merge(minute)
            if span is not None:
                candles.append(span.candle(interval))
        return candles

    def seconds(self) -> list[Second]:
        """List the seconds of the window, oldest first. Complexity: O(seconds)."""
        return list(self._seconds)

    def extremes(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """List the queues that the highest and the lowest price come from.

        Each is of seconds and prices, oldest first. Complexity: O(seconds).
        """
        return list(self._highs), list(self._lows)

    def spans(self) -> list[tuple[str, Span]]:
        """List the last minute with a trade, then what was merged into each longer interval."""
        spans = [] if self._minute is None else [(MINUTE, self._minute)]
        spans += self._rolled.items()
        return spans

    def restore(
        self,
        spans: list[tuple[str, Span]],
        seconds: list[Second],
        highs: list[tuple[int, int]],
        lows: list[tuple[int, int]],
    ) -> None:
        """Take over what `spans`, `seconds` and `extremes` listed, where there is nothing yet.

        Complexity: O(seconds).
        """
        assert not self._seconds
        for interval, span in spans:
            if interval == MINUTE:
                self._minute = span
            else:
                self._rolled[interval] = span
        for second in seconds:
            self._seconds.append(second)
            self._volume_lots += second.volume_lots
            self._quote_volume_amount += second.quote_volume_amount
            self._trades += second.trades
        self._highs.extend(highs)
        self._lows.extend(lows)
        if self._seconds:
            self._running = self._seconds[-1]
            self._second_high_ticks = self._highs[-1][1]
            self._second_low_ticks = self._lows[-1][1]

    def content(self) -> list[tuple[int | str, ...]]:
        """List all of it as plain values, for comparing two states. Complexity: O(seconds)."""
        content: list[tuple[int | str, ...]] = [
            (self.trade_number, self.last_price_ticks),
            (self._volume_lots, self._quote_volume_amount, self._trades),
        ]
        content += [
            (
                s.second,
                s.open_price_ticks,
                s.volume_lots,
                s.quote_volume_amount,
                s.trades,
            )
            for s in self._seconds
        ]
        content += self._highs
        content += self._lows
        for interval, span in self.spans():
            candle = span.candle(interval)
            prices = (candle.open_price_ticks, candle.high_price_ticks, candle.low_price_ticks)
            volumes = (span.volume_lots, span.quote_volume_amount, candle.trades)
            bounds = (candle.start_ns, candle.end_ns)
            content.append((interval, *bounds, *prices, candle.close_price_ticks, *volumes))
        return content

    def check_invariants(self) -> None:
        """Assert that the sums are those of the seconds. Complexity: O(seconds)."""
        seconds = self._seconds
        assert self._volume_lots == sum(second.volume_lots for second in seconds)
        assert self._quote_volume_amount == sum(second.quote_volume_amount for second in seconds)
        assert self._trades == sum(second.trades for second in seconds)
        for (second, price), (later_second, later_price) in zip(
            self._highs, list(self._highs)[1:], strict=False
        ):
            assert second < later_second
            assert price > later_price

    def _expire(self, gone_second: int) -> None:
        seconds = self._seconds
        while seconds and seconds[0].second <= gone_second:
            second = seconds.popleft()
            self._volume_lots -= second.volume_lots
            self._quote_volume_amount -= second.quote_volume_amount
            self._trades -= second.trades
        for extremes in (self._highs, self._lows):
            while extremes and extremes[0][0] <= gone_second:
                extremes.popleft()

    def _extremes(self, second: int, price_ticks: int) -> None:
        highs = self._highs
        while highs and highs[-1][1] <= price_ticks:
            highs.pop()
        # In one and the same second, only its own extreme ever matters.
        if not highs or highs[-1][0] != second:
            highs.append((second, price_ticks))
        lows = self._lows
        while lows and lows[-1][1] >= price_ticks:
            lows.pop()
        if not lows or lows[-1][0] != second:
            lows.append((second, price_ticks))
        self._second_high_ticks = highs[-1][1]
        self._second_low_ticks = lows[-1][1]

    def _open_minute(self, timestamp_ns: int, price_ticks: int) -> Span:
        finished = self._minute
        if finished is not None:
            for interval in LONGER_INTERVALS:
                self._roll(interval, finished)
        start_ns = timestamp_ns // MINUTE_NS * MINUTE_NS
        self._minute = minute = Span(start_ns, start_ns + MINUTE_NS, price_ticks)
        return minute

    def _roll(self, interval: str, finished: Span) -> None:
        rolled = self._rolled.get(interval)
        if rolled is not None and finished.start_ns < rolled.end_ns:
            rolled.merge(finished)
        else:
            start_ns, end_ns = interval_bounds(interval, finished.start_ns)
            self._rolled[interval] = finished.widened(start_ns, end_ns)


def _first_after(extremes: deque[tuple[int, int]], gone_second: int) -> int:
    for second, price_ticks in extremes:
        if second > gone_second:
            return price_ticks
    return 0
