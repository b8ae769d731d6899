"""The running candle of each interval of one market, and which candles have closed.

Theory of operation
-------------------
A candle is known by its start. It runs from its first trade until engine time reaches its end:
a trade at or after the end says so, and so does the clock, since every message after the clock's
has that time or a later one. A candle closes once; an interval without a trade makes none.

Every interval starts on a whole minute, so trades of one minute always lie in the same candle,
whatever the interval. They are summed up first, once, and the sum is folded into each of the
intervals: the cost of a trade does not grow with the number of intervals.

Trades are counted by their number. Those up to the last one counted are skipped, a jump is a gap,
and then the sums are no longer true: the candles are loaded anew from the matcher.
"""

from collections.abc import Iterable
from typing import Final, final

from proto.intervals import MINUTE_NS, interval_bounds
from proto.market_data import Candle, PublicTrade
from proto.wide_sum import sum_of, value_of


@final
class RunningCandle:
    """A candle that trades are folded into.

    Attributes: those of `proto.market_data.Candle`.
    """

    __slots__ = (
        "close_price_ticks",
        "end_ns",
        "high_price_ticks",
        "interval",
        "low_price_ticks",
        "open_price_ticks",
        "quote_volume_amount",
        "start_ns",
        "trades",
        "volume_lots",
    )

    def __init__(self, candle: Candle) -> None:
        self.interval: Final = candle.interval
        self.start_ns: Final = candle.start_ns
        self.end_ns: Final = candle.end_ns
        self.open_price_ticks: Final = candle.open_price_ticks
        self.high_price_ticks = candle.high_price_ticks
        self.low_price_ticks = candle.low_price_ticks
        self.close_price_ticks = candle.close_price_ticks
        self.volume_lots = value_of(candle.volume_lots)
        self.quote_volume_amount = value_of(candle.quote_volume_amount)
        self.trades = candle.trades

    def fold(self, minute: Candle) -> None:
        """Add trades that came after those that are in already."""
        self.high_price_ticks = max(self.high_price_ticks, minute.high_price_ticks)
        self.low_price_ticks = min(self.low_price_ticks, minute.low_price_ticks)
        self.close_price_ticks = minute.close_price_ticks
        self.volume_lots += value_of(minute.volume_lots)
        self.quote_volume_amount += value_of(minute.quote_volume_amount)
        self.trades += minute.trades

    def freeze(self) -> Candle:
        """Return the candle as it is now."""
        return Candle(
            self.interval,
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


@final
class Candles:
    """The running candles of one market.

    Attributes:
        number: Number of the last trade counted.
    """

    __slots__ = ("_intervals", "_next_end_ns", "_running", "_time_ns", "number")

    def __init__(self, intervals: Iterable[str]) -> None:
        self._intervals: Final = tuple(intervals)
        self._running: Final[dict[str, RunningCandle]] = {}
        self._time_ns = 0
        # The earliest end of those that run: most calls of `advance` have nothing to do.
        self._next_end_ns: int | None = None
        self.number = 0

    def running(self, interval: str) -> Candle | None:
        """Return the candle of an interval that runs now, if there is one."""
        candle = self._running.get(interval)
        return candle.freeze() if candle is not None else None

    def add(self, trades: list[PublicTrade]) -> list[Candle]:
        """Count trades that come directly after those counted so far.

        Args:
            trades: In order; the first has the number `self.number` + 1.

        Returns:
            The candles that closed, in the order in which they did.

        Complexity: O(trades + minutes x intervals).
        """
        assert trades[0].number == self.number + 1
        closed: list[Candle] = []
        for minute in _minutes(trades):
            closed.extend(self.advance(minute.start_ns))
            for interval in self._intervals:
                running = self._running.get(interval)
                if running is None:
                    self._open(interval, minute)
                else:
                    running.fold(minute)
        self.number = trades[-1].number
        closed.extend(self.advance(trades[-1].timestamp_ns))
        return closed

    def advance(self, timestamp_ns: int) -> list[Candle]:
        """Take note of engine time, and close the candles that have ended.

        Returns:
            Those candles; each is returned once.
        """
        self._time_ns = max(self._time_ns, timestamp_ns)
        if self._next_end_ns is None or self._time_ns < self._next_end_ns:
            return []
        ended = [candle for candle in self._running.values() if candle.end_ns <= self._time_ns]
        for candle in ended:
            del self._running[candle.interval]
        self._find_next_end()
        return [candle.freeze() for candle in ended]

    def load(self, number: int, candles: list[Candle], timestamp_ns: int) -> list[Candle]:
        """Replace the candles by what the matcher says.

        Args:
            number: Trades of the market so far.
            candles: The last candle of each interval that had a trade; it may have ended.
            timestamp_ns: Engine time of the answer.

        Returns:
            Candles that were running here and have closed, as far as they are known exactly.
        """
        closed: list[Candle] = []
        missed = number - self.number
        for candle in candles:
            running = self._running.get(candle.interval)
            # All trades that were missed are in the later candle: ours has all it ever had.
            if running and candle.start_ns > running.start_ns and 0 <= missed <= candle.trades:
                closed.append(running.freeze())
        self._running.clear()
        for candle in candles:
            not_closed_here = candle.end_ns > self._time_ns
            # What ended before anything was followed here is history: nobody waits for it.
            if not_closed_here and (candle.end_ns > timestamp_ns or self._time_ns):
                self._running[candle.interval] = RunningCandle(candle)
        self.number = number
        self._find_next_end()
        return closed + self.advance(timestamp_ns)

    def _open(self, interval: str, minute: Candle) -> None:
        start_ns, end_ns = interval_bounds(interval, minute.start_ns)
        self._running[interval] = RunningCandle(
            Candle(
                interval,
                start_ns,
                end_ns,
                minute.open_price_ticks,
                minute.high_price_ticks,
                minute.low_price_ticks,
                minute.close_price_ticks,
                minute.volume_lots,
                minute.quote_volume_amount,
                minute.trades,
            )
        )
        if self._next_end_ns is None or end_ns < self._next_end_ns:
            self._next_end_ns = end_ns

    def _find_next_end(self) -> None:
        self._next_end_ns = min((candle.end_ns for candle in self._running.values()), default=None)


def _minutes(trades: list[PublicTrade]) -> list[Candle]:
    """Sum up trades minute by minute."""
    minutes: list[Candle] = []
    first = 0
    for index, trade in enumerate(trades):
        minute = trade.timestamp_ns // MINUTE_NS
        last = index + 1 == len(trades)
        if last or trades[index + 1].timestamp_ns // MINUTE_NS != minute:
            minutes.append(_sum(minute * MINUTE_NS, trades[first : index + 1]))
            first = index + 1
    return minutes


def _sum(start_ns: int, trades: list[PublicTrade]) -> Candle:
    prices = [trade.price_ticks for trade in trades]
    return Candle(
        "1m",
        start_ns,
        start_ns + MINUTE_NS,
        prices[0],
        max(prices),
        min(prices),
        prices[-1],
        sum(trade.quantity_lots for trade in trades),
        sum(trade.quote_amount for trade in trades),
        len(trades),
    )
