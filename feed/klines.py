"""The candles of one interval of a market, as their stream tells them.

Whoever has just come gets the candle that runs. Then the candle comes whenever it has changed, and
once more when it is closed. Who was away over a close gets what closed meanwhile, the last few, and
then the candle that runs.
"""

from typing import Final, final

from feed.candles import Candles
from feed.content import encode_data
from feed.kept import Kept
from feed.messages import MarketWriter
from feed.source import NOTHING, Portion


@final
class KlineContent:
    """The running candle of one interval, and those that have closed."""

    __slots__ = ("_candles", "_interval", "_kept", "_writer")

    def __init__(self, candles: Candles, interval: str, writer: MarketWriter) -> None:
        self._candles: Final = candles
        self._interval: Final = interval
        self._writer: Final = writer
        self._kept: Final = Kept()

    def mark(self) -> int:
        """Return the number of the last change."""
        return self._candles.mark(self._interval)

    def since(self, mark: int) -> Portion:
        """Return what closed after a mark, and the running candle if it changed after it."""
        now = self.mark()
        if mark == now:
            return Portion([], mark)
        kept = self._kept.find(now, mark)
        if kept is not None:
            return kept
        return self._kept.keep(now, mark, self._texts(mark))

    def _texts(self, mark: int) -> list[bytes]:
        candles, interval, writer = self._candles, self._interval, self._writer
        closed = [] if mark == NOTHING else candles.closed_since(interval, mark)
        texts = [encode_data(writer.kline(candle, closed=True)) for candle in closed]
        # Trades opened it after the last close, so whoever does not have all has not seen it so.
        running = candles.running(interval)
        if running is not None:
            texts.append(encode_data(writer.kline(running, closed=False)))
        return texts
