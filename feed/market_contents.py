"""What the streams of one market tell, apart from its trades: book, candles, ticker and state."""

from functools import partial
from typing import Final, final

from msgspec.structs import replace

from feed.book import FeedBook
from feed.candles import Candles
from feed.content import Content
from feed.depth import BestContent, DepthContent
from feed.klines import KlineContent
from feed.latest import Latest
from feed.market_state import MarketState
from feed.messages import MarketWriter
from feed.streams import BOOK_TICKER, DEPTH, KLINE, STATUS, TICKER, TOP, TOP_LEVELS, Stream
from proto.api.streams.market_data import StatusData, TickerData
from proto.definitions import MarketStatus
from proto.events import MarketChange
from proto.market_data import Ticker
from proto.scales import MarketScale


@final
class MarketContents:
    """What is known of a market, and how it is told.

    Attributes:
        book: Its book.
        candles: Its candles.
        state: Its status.
        ticker: Its last 24 hours.
    """

    def __init__(self, scale: MarketScale) -> None:
        self.book: Final = FeedBook(scale)
        self.candles: Final = Candles()
        self.ticker: Final[Latest[TickerData]] = Latest(self._write_ticker)
        self._writer: Final = MarketWriter(scale)
        self._ticker: Ticker | None = None
        self.state: Final = MarketState()
        self._status: Final[Latest[StatusData]] = Latest(self._write_status)
        # By kind of stream, and number of levels.
        self._contents: Final[dict[tuple[str, int], Content]] = {
            (TICKER, 0): self.ticker,
            (STATUS, 0): self._status,
            (DEPTH, 0): DepthContent(self.book, self._writer),
            (BOOK_TICKER, 0): BestContent(
                self.book, 1, partial(self._writer.book_ticker, self.book)
            ),
        }
        for levels in TOP_LEVELS:
            write = partial(self._writer.top, self.book, levels)
            self._contents[TOP, levels] = BestContent(self.book, levels, write)

    def content(self, stream: Stream) -> Content:
        """Return what a stream tells."""
        if stream.kind == KLINE:
            return KlineContent(self.candles, stream.interval, self._writer)
        return self._contents[stream.kind, stream.levels]

    def set_ticker(self, ticker: Ticker) -> None:
        """Take the last 24 hours as they are now."""
        self._ticker = ticker
        self.ticker.change()

    def is_new(self, ticker: Ticker) -> bool:
        """Tell whether a ticker is later than the known one, and differs by more than its time."""
        known = self._ticker
        if known is None:
            return True
        is_later = ticker.timestamp_ns > known.timestamp_ns
        return is_later and replace(ticker, timestamp_ns=known.timestamp_ns) != known

    def apply_status(self, change: MarketChange) -> bool:
        """Take a change of the market's status; return whether it is to be told."""
        return self._note_status(self.state.apply(change))

    def load_status(self, status: MarketStatus, sequence: int, asked_at: int) -> bool:
        """Take the status that the matcher answered with; return whether it is to be told."""
        return self._note_status(self.state.load(status, sequence, asked_at))

    def _note_status(self, is_new: bool) -> bool:
        if is_new:
            self._status.change()
        return is_new

    def _write_ticker(self) -> TickerData:
        assert self._ticker is not None
        return self._writer.ticker(self._ticker)

    def _write_status(self) -> StatusData:
        assert self.state.status is not None
        return self._writer.status(self.state.status, self.state.changed_ns)
