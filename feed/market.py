"""One market: what arrives from Redis and the matcher in, what its streams are made from out. Pure.

Theory of operation
-------------------
    UNSYNCED --begin_sync--> SYNCING --load--> LIVE --gap, desync--> UNSYNCED

UNSYNCED, deltas are dropped. `begin_sync` comes before the matcher is asked, and from then on
they are kept, so that `load` can join them to the answer. Nothing earlier is needed: what a
matcher has published it has also applied, so whatever was received before the question was asked
is in the answer. For the same reason the answer never lies behind what was sent to clients.

Book and candles are told only while the market is LIVE. Meanwhile those who read them stand where
they are; then they get what has changed, by one delta, like anybody who was away.

Everything received in one turn of the event loop is told together in `flush`, which makes the
channels advance that may have moved. So the more there is to do, the fewer messages it takes, and
what nobody reads costs no text. Tickers and states of the market are told when they come.

Trades have a source of their own, which takes them in every state. A jump in their numbers makes
the candles untrue, and so the market unsynced.

Doubt: a message may be lost with nothing after it to show the gap. `expect` holds the matcher's
book sequence until the second clock message from then on. (The first may have been on its way
already; the second follows all that was published before.) A book still behind then has a gap.
"""

import logging
from enum import Enum
from typing import Final, Protocol, final

from feed.book import GAP, JOINED
from feed.content import ContentSource
from feed.market_contents import MarketContents
from feed.source import Source
from feed.streams import EVERY_CHANGE, STATUS, TICKER, TRADES, Stream, StreamNames
from feed.tickers import TickersContent
from proto.definitions import MarketStatus
from proto.events import MarketChange
from proto.market_data import DepthMessage, Ticker, TradesMessage
from proto.replies import MarketDataReply
from proto.scales import MarketScale

_LOG: Final = logging.getLogger("feed")

# Messages kept while one question is under way. Beyond it, ask again.
KEPT_MESSAGES_MAX: Final = 20_000
_EXPECT_CLOCKS: Final = 2
# Streams that are true in every state of a market.
_ALWAYS_TOLD: Final = frozenset((TICKER, STATUS))


class Outlet(Protocol):
    """Who reads what, as far as a market knows it."""

    def advance(self, key: str) -> None:
        """Tell the readers of a channel what is new."""
        ...


class Trades(Source, Protocol):
    """The source of a market's trades."""

    def on_trades(self, message: TradesMessage) -> None:
        """Take trades."""
        ...

    def on_clock(self) -> bool:
        """Take a clock message; return whether there may be something to tell."""
        ...

    def begin_sync(self) -> None:
        """Take note that the matcher is about to be asked."""
        ...

    def load(self, number: int, last_trade_id: int) -> None:
        """Take how many trades there are, and up to which identifier, as the matcher says."""
        ...


class SyncState(Enum):
    """How far a market's book and candles can be relied on."""

    UNSYNCED = 1
    SYNCING = 2
    LIVE = 3


@final
class Market:
    """One market.

    Attributes:
        market_id: Its identifier, to ask the matcher with.
        name: Its name, as in channels and streams.
        trades: What `trades@` is made from.
        state: Whether the book and the candles are true.
        gaps: How often something was found to be missing.
    """

    def __init__(
        self, scale: MarketScale, outlet: Outlet, trades: Trades, tickers: TickersContent
    ) -> None:
        """Begin unsynced.

        Args:
            scale: The market.
            outlet: Told which channels have moved.
            trades: Takes its trades.
            tickers: Told when its ticker has changed.
        """
        self.market_id: Final = scale.market.market_id
        self.name: Final = scale.market.name
        self.trades: Final = trades
        self.state = SyncState.UNSYNCED
        self.gaps = 0
        self._outlet: Final = outlet
        self._streams: Final = StreamNames(self.name)
        self._contents: Final = MarketContents(scale)
        self._book: Final = self._contents.book
        self._candles: Final = self._contents.candles
        self._tickers: Final = tickers
        self._clock_ns = 0
        self._expected_sequence = 0
        self._expected_clocks = 0
        self._kept_depth: Final[list[DepthMessage]] = []
        self._kept_trades: Final[list[TradesMessage]] = []
        # What may have moved since the last flush.
        self._book_moved = False
        self._candles_moved = False
        self._trades_moved = False

    def source(self, stream: Stream) -> Source:
        """Return what a stream of this market is made from."""
        if stream.kind == TRADES:
            return self.trades
        content = self._contents.content(stream)
        if stream.kind in _ALWAYS_TOLD:
            return ContentSource(stream.name, content)
        return ContentSource(stream.name, content, self._is_live)

    def on_depth(self, message: DepthMessage) -> None:
        """Take changes of the book."""
        if self.state is SyncState.LIVE:
            outcome = self._book.apply(message)
            if outcome == JOINED:
                self._book_moved = True
            elif outcome == GAP:
                self._note_gap("book", self._book.sequence + 1, message.first_sequence)
        elif self.state is SyncState.SYNCING:
            self._kept_depth.append(message)
            self._bound_kept()

    def on_trades(self, message: TradesMessage) -> None:
        """Take trades."""
        if not message.trades:
            return
        self.trades.on_trades(message)
        self._trades_moved = True
        if self.state is SyncState.LIVE:
            self._count_trades(message)
        elif self.state is SyncState.SYNCING:
            self._kept_trades.append(message)
            self._bound_kept()

    def on_ticker(self, ticker: Ticker) -> None:
        """Take the last 24 hours as they are now."""
        self._contents.set_ticker(ticker)
        self._tickers.record(self._contents.ticker)
        self._outlet.advance(self._streams.ticker)

    def on_status(self, change: MarketChange) -> None:
        """Take a change of the market's status."""
        if self._contents.apply_status(change):
            self._outlet.advance(self._streams.status)

    @property
    def status_sequence(self) -> int:
        """Sequence of the last command that is known to be in the status."""
        return self._contents.state.sequence

    def load_status(self, status: MarketStatus, sequence: int, asked_at: int) -> None:
        """Take the status that the matcher answered with, as it was after a command.

        Args:
            status: The status.
            sequence: Of the command.
            asked_at: What `status_sequence` was when the matcher was asked.
        """
        if self._contents.load_status(status, sequence, asked_at):
            self._outlet.advance(self._streams.status)

    def on_clock(self, timestamp_ns: int) -> bool:
        """Take engine time; all that was published before has arrived or is lost.

        Returns:
            Whether anything has moved, so that a flush is due.
        """
        self._clock_ns = timestamp_ns
        gaps = self.gaps
        if self.trades.on_clock():
            self._trades_moved = True
        if self.state is SyncState.LIVE:
            if self._candles.advance(timestamp_ns):
                self._candles_moved = True
            self._look_at_expected()
        return self._trades_moved or self._candles_moved or self.gaps > gaps

    def expect(self, book_sequence: int) -> None:
        """Hold a book sequence that the matcher has told, and see whether the book gets there."""
        if self.state is SyncState.LIVE:
            self._expected_sequence = book_sequence
            self._expected_clocks = _EXPECT_CLOCKS

    def desync(self) -> None:
        """Stop relying on what is held here: something may have been missed."""
        self.state = SyncState.UNSYNCED
        self._expected_clocks = 0
        self._kept_depth.clear()
        self._kept_trades.clear()

    def begin_sync(self) -> None:
        """Keep what arrives from now on; the matcher is about to be asked."""
        self.desync()
        self.trades.begin_sync()
        self.state = SyncState.SYNCING

    def load(self, reply: MarketDataReply) -> bool:
        """Take the matcher's answer, and join to it what arrived meanwhile; a flush is due then.

        Returns:
            Whether the market is live. If not, ask again.
        """
        if self.state is not SyncState.SYNCING:
            return False
        timestamp_ns = reply.ticker.timestamp_ns
        self.trades.load(reply.trade_number, reply.last_trade_id)
        self._trades_moved = True
        self._book.load(reply.book_sequence, reply.bids, reply.asks, timestamp_ns)
        self._book_moved = True
        if any(self._book.apply(message) == GAP for message in self._kept_depth):
            self.desync()
            return False
        kept_trades = list(self._kept_trades)
        self.desync()
        self.state = SyncState.LIVE
        self._load_candles(reply, kept_trades)
        # A later one may have overtaken the answer.
        if self._contents.is_new(reply.ticker):
            self.on_ticker(reply.ticker)
        # Only a second gap among the kept trades ends this.
        return self.state is SyncState.LIVE

    def flush(self) -> bool:
        """Tell what this turn has brought, except at the paces that `advance` is for.

        Returns:
            Whether the book has moved.
        """
        # What is not told since the market is not live is told when it has been loaded.
        book_moved, self._book_moved = self._book_moved, False
        trades_moved, self._trades_moved = self._trades_moved, False
        candles_moved, self._candles_moved = self._candles_moved, False
        if book_moved:
            self.advance(EVERY_CHANGE)
        if trades_moved:
            self._outlet.advance(self._streams.trades)
        if candles_moved and self.state is SyncState.LIVE:
            for name in self._streams.klines.values():
                self._outlet.advance(name)
        return book_moved

    def advance(self, pace: str) -> None:
        """Tell the book at one of its paces."""
        if self.state is SyncState.LIVE:
            advance = self._outlet.advance
            for name in self._streams.books[pace]:
                advance(name)

    def _is_live(self) -> bool:
        return self.state is SyncState.LIVE

    def _look_at_expected(self) -> None:
        if self._expected_clocks:
            self._expected_clocks -= 1
            if not self._expected_clocks and self._expected_sequence > self._book.sequence:
                self._note_gap("book", self._book.sequence + 1, self._expected_sequence + 1)

    def _count_trades(self, message: TradesMessage) -> None:
        """Add trades to the candles; a jump in their numbers makes the market unsynced."""
        number = self._candles.number
        if message.first_number > number + 1:
            self._note_gap("trades", number + 1, message.first_number)
            return
        trades = [trade for trade in message.trades if trade.number > number]
        if trades:
            self._candles.add(trades)
            self._candles_moved = True

    def _load_candles(self, reply: MarketDataReply, kept: list[TradesMessage]) -> None:
        self._candles.load(reply.trade_number, reply.candles, reply.ticker.timestamp_ns)
        self._candles_moved = True
        for message in kept:
            if self.state is SyncState.LIVE:
                self._count_trades(message)
        if self.state is SyncState.LIVE:
            self._candles.advance(self._clock_ns)

    def _bound_kept(self) -> None:
        if len(self._kept_depth) + len(self._kept_trades) > KEPT_MESSAGES_MAX:
            self.desync()

    def _note_gap(self, what: str, first: int, next_known: int) -> None:
        """Count what is missing, and stop relying on what is held here."""
        self.gaps += 1
        _LOG.warning("%s: %s %d to %d missed", self.name, what, first, next_known - 1)
        self.desync()
