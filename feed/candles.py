"""The running candle of each interval of one market, and the last that have closed.

Theory of operation
-------------------
A candle is known by its start. It runs from its first trade until engine time reaches its end:
a trade at or after the end says so, and so does the clock, since every message after the clock's
has that time or a later one. A candle closes once; an interval without a trade makes none.

Every interval starts on a whole minute, so trades of one minute always lie in the same candle,
whatever the interval. They are summed up once, as the fresh trades, and these are folded into the
candles of all intervals when their minute is over. So a trade costs the same however many intervals
there are; who wants to see a running candle gets it together with the fresh trades.

Whatever changes a candle has the next number. Trades change the running candle of every interval,
so one number serves them all; a close is of one interval.

Trades are counted by their number. Those up to the last one counted are skipped, a jump is a gap,
and then the sums are no longer true: the candles are loaded anew from the matcher.
"""

from typing import Final, final

from proto.intervals import INTERVALS, MINUTE_NS, interval_bounds
from proto.market_data import Candle, PublicTrade
from proto.span import Span

# Closed candles that are kept for each interval, for those who were away when they closed.
CLOSED_MAX: Final = 5


@final
class Candles:
    """The candles of one market.

    Attributes:
        number: Number of the last trade counted.
        changed: Number of the change that the running candles are at; 0 before the first.
    """

    __slots__ = (
        "_closed", "_fresh", "_next_end_ns", "_running", "_time_ns", "_version", "changed",
        "number",
    )  # fmt: skip

    def __init__(self) -> None:
        self.number = 0
        self.changed = 0
        self._version = 0
        self._time_ns = 0
        # Without the fresh trades.
        self._running: Final[dict[str, Span]] = {}
        self._fresh: Span | None = None
        # The earliest end of those that run: most calls of `advance` have nothing to do.
        self._next_end_ns: int | None = None
        self._closed: Final[dict[str, list[tuple[int, Candle]]]] = {
            interval: [] for interval in INTERVALS
        }

    def mark(self, interval: str) -> int:
        """Return the number of the last change of an interval's candles."""
        closed = self._closed[interval]
        return max(self.changed, closed[-1][0]) if closed else self.changed

    def running(self, interval: str) -> Candle | None:
        """Return the candle of an interval that runs now, if there is one."""
        span, fresh = self._running.get(interval), self._fresh
        if fresh is not None:
            if span is None:
                span = fresh.widened(*interval_bounds(interval, fresh.start_ns))
            else:
                span = span.widened(span.start_ns, span.end_ns)
                span.merge(fresh)
        return None if span is None else span.candle(interval)

    def closed_since(self, interval: str, mark: int) -> list[Candle]:
        """Return the candles of an interval that closed after a change, oldest first.

        They are the last CLOSED_MAX at most.
        """
        return [candle for closed_at, candle in self._closed[interval] if closed_at > mark]

    def add(self, trades: list[PublicTrade]) -> None:
        """Count trades that come directly after those counted so far.

        Args:
            trades: In order; the first has the number `self.number` + 1.

        Complexity: O(trades + minutes x intervals).
        """
        assert trades[0].number == self.number + 1
        for trade in trades:
            fresh = self._fresh
            if fresh is None or trade.timestamp_ns >= fresh.end_ns:
                fresh = self._begin_minute(trade)
            fresh.add(trade.price_ticks, trade.quantity_lots, trade.quote_amount)
        self.number = trades[-1].number
        self._note_change()
        self.advance(trades[-1].timestamp_ns)

    def advance(self, timestamp_ns: int) -> bool:
        """Take note of engine time, and close the candles that have ended; say if there were."""
        self._time_ns = max(self._time_ns, timestamp_ns)
        if self._next_end_ns is None or self._time_ns < self._next_end_ns:
            return False
        self._fold()
        ended = [name for name, span in self._running.items() if span.end_ns <= self._time_ns]
        for interval in ended:
            self._close(interval)
        self._find_next_end()
        return bool(ended)

    def load(self, number: int, candles: list[Candle], timestamp_ns: int) -> None:
        """Replace the candles by what the matcher says; closes those that have ended meanwhile.

        One that the matcher has left behind closes here only if all its trades are known.

        Args:
            number: Trades of the market so far.
            candles: The last candle of each interval that had a trade; it may have ended.
            timestamp_ns: Engine time of the answer.
        """
        before = [self.running(interval) for interval in INTERVALS]
        self._fold()
        missed = number - self.number
        for candle in candles:
            span = self._running.get(candle.interval)
            # All trades that were missed are in the later candle: ours has all it ever had.
            if span and candle.start_ns > span.start_ns and 0 <= missed <= candle.trades:
                self._close(candle.interval)
        self._running.clear()
        for candle in candles:
            not_closed_here = candle.end_ns > self._time_ns
            # What ended before anything was followed here is history: nobody waits for it.
            if not_closed_here and (candle.end_ns > timestamp_ns or self._time_ns):
                self._running[candle.interval] = Span.of(candle)
        self.number = number
        if before != [self.running(interval) for interval in INTERVALS]:
            self._note_change()
        self._find_next_end()
        self.advance(timestamp_ns)

    def _begin_minute(self, trade: PublicTrade) -> Span:
        """Begin to sum up the trades of a minute, of which this is the first."""
        self.advance(trade.timestamp_ns)
        # The minute before is over, so its trades have been folded.
        assert self._fresh is None
        start_ns = trade.timestamp_ns // MINUTE_NS * MINUTE_NS
        fresh = self._fresh = Span(start_ns, start_ns + MINUTE_NS, trade.price_ticks)
        # No candle that holds this minute ends before it does.
        self._next_end_ns = fresh.end_ns
        return fresh

    def _fold(self) -> None:
        """Put the fresh trades into the candles of all intervals."""
        fresh = self._fresh
        if fresh is None:
            return
        self._fresh = None
        for interval in INTERVALS:
            span = self._running.get(interval)
            if span is None:
                bounds_ns = interval_bounds(interval, fresh.start_ns)
                self._running[interval] = fresh.widened(*bounds_ns)
            else:
                span.merge(fresh)

    def _close(self, interval: str) -> None:
        self._version += 1
        closed = self._closed[interval]
        closed.append((self._version, self._running.pop(interval).candle(interval)))
        del closed[:-CLOSED_MAX]

    def _note_change(self) -> None:
        self._version += 1
        self.changed = self._version

    def _find_next_end(self) -> None:
        assert self._fresh is None
        self._next_end_ns = min((span.end_ns for span in self._running.values()), default=None)
