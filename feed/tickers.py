"""The tickers of all markets, as the stream `tickers` tells them.

The matcher publishes once a second the tickers that have changed, and then its clock. So what has
changed since the last clock is told together, when the clock comes.
"""

from typing import Final, final

from feed.changes import Changes
from feed.content import encode_data
from feed.kept import Kept
from feed.latest import Latest
from feed.source import NOTHING, Portion
from proto.api.streams.market_data import TickerData


@final
class TickersContent:
    """The markets' tickers, in the order in which they last changed."""

    __slots__ = ("_changes", "_kept", "_version")

    def __init__(self) -> None:
        self._changes: Final[Changes[Latest[TickerData]]] = Changes(NOTHING, None)
        self._version = NOTHING
        self._kept: Final = Kept()

    def record(self, ticker: Latest[TickerData]) -> None:
        """Take note that a market's ticker has changed."""
        self._version += 1
        self._changes.record(ticker, self._version)

    def mark(self) -> int:
        """Return the number of the last change."""
        return self._version

    def since(self, mark: int) -> Portion:
        """Return the tickers that have changed after a mark, in one message."""
        now = self._version
        if mark == now:
            return Portion([], mark)
        kept = self._kept.find(now, mark)
        if kept is not None:
            return kept
        tickers = [ticker.data() for ticker in self._changes.since(mark)]
        return self._kept.keep(now, mark, [encode_data(tickers)])
