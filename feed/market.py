"""One market: what arrives from Redis and the matcher in, messages of its streams out. Pure.

Theory of operation
-------------------
    UNSYNCED --begin_sync--> SYNCING --load--> LIVE --gap, desync--> UNSYNCED

UNSYNCED, deltas are dropped. `begin_sync` comes before the matcher is asked, and from then on
they are kept, so that `load` can join them to the answer. Nothing earlier is needed: what a
matcher has published it has also applied, so whatever was received before the question was asked
is in the answer. For the same reason the answer never lies behind what was sent to clients.

Everything received in one turn of the event loop leaves together in `flush`: one delta that holds
the last word for each price, each trade, the candles that closed, the candles that run. So the
more there is to do, the fewer messages it takes. Whoever joins a stream causes a `flush` first,
and then gets the state as it is: the next delta joins it.

A stream that nobody reads costs no text: the outlet is asked first.

Trades go to the clients as they come, in every state, each number once. A jump in their numbers is
logged, and the candles, no longer true, are loaded anew.

Doubts: a message may be lost with nothing after it to show the gap. `expect` holds the matcher's
book sequence until the second clock message from then on. (The first may have been on its way
already; the second follows all that was published before.) A book still behind then has a gap.
"""

import logging
from enum import Enum
from typing import Final, Protocol, final

from feed.candles import Candles
from feed.depth import GAP, JOINED, FeedBook
from feed.market_state import MarketState
from feed.messages import Data, MarketWriter, encode_stream_message
from feed.streams import DEPTH, STATUS, TICKER, TRADES, Stream, StreamNames
from proto.api.streams.market_data import StatusData
from proto.definitions import MarketStatus
from proto.events import MarketChange
from proto.intervals import INTERVALS
from proto.market_data import Candle, DepthMessage, PublicTrade, Ticker, TradesMessage
from proto.replies import MarketDataReply
from proto.scales import MarketScale

_LOG: Final = logging.getLogger("feed")

# Deltas kept while one question is under way. Beyond it, ask again.
KEPT_MESSAGES_MAX: Final = 20_000
_EXPECT_CLOCKS: Final = 2


class Outlet(Protocol):
    """Where the messages of streams go."""

    def wanted(self, stream: str) -> bool:
        """Tell whether anybody reads a stream."""
        ...

    def publish(self, stream: str, message: bytes) -> None:
        """Send a message to all who read a stream."""
        ...


class SyncState(Enum):
    """How far a market's state can be relied on."""

    UNSYNCED = 1
    SYNCING = 2
    LIVE = 3


@final
class Market:
    """The streams of one market.

    Attributes:
        market_id: Its identifier, to ask the matcher with.
        name: Its name, as in channels and streams.
        state: Whether the book and the candles are true.
        gaps: How often something was found to be missing.
    """

    def __init__(self, scale: MarketScale, outlet: Outlet) -> None:
        self.market_id: Final = scale.market.market_id
        self.name: Final = scale.market.name
        self.state = SyncState.UNSYNCED
        self.gaps = 0
        self._outlet: Final = outlet
        self._writer: Final = MarketWriter(scale)
        self._streams: Final = StreamNames(self.name)
        self._book: Final = FeedBook()
        self._candles: Final = Candles(INTERVALS)
        self._ticker: Ticker | None = None
        self._market_state: Final = MarketState()
        self._clock_ns = 0
        self._expected_sequence = 0
        self._expected_clocks = 0
        # Number of the last trade that clients saw; None until there is one.
        self._shown_number: int | None = None
        self._kept_depth: Final[list[DepthMessage]] = []
        self._kept_trades: Final[list[TradesMessage]] = []
        # Received in this turn and not sent yet.
        self._deltas: Final[list[DepthMessage]] = []
        self._deltas_first_sequence = 0
        self._trades: Final[list[PublicTrade]] = []
        self._closed: Final[list[Candle]] = []
        self._candles_changed = False
        self._snapshot_text: tuple[int, bytes] | None = None

    def on_depth(self, message: DepthMessage) -> None:
        """Take changes of the book."""
        if self.state is SyncState.LIVE:
            next_sequence = self._book.sequence + 1
            outcome = self._book.apply(message)
            if outcome == JOINED:
                if not self._deltas:
                    # Not the message's own first: it may straddle the snapshot that clients have.
                    self._deltas_first_sequence = next_sequence
                self._deltas.append(message)
            elif outcome == GAP:
                self._note_gap("book", self._book.sequence + 1, message.first_sequence)
                self.desync()
        elif self.state is SyncState.SYNCING:
            self._kept_depth.append(message)
            self._bound_kept()

    def on_trades(self, message: TradesMessage) -> None:
        """Take trades."""
        if not message.trades:
            return
        self._show_trades(message)
        if self.state is SyncState.LIVE:
            self._count_trades(message)
        elif self.state is SyncState.SYNCING:
            self._kept_trades.append(message)
            self._bound_kept()

    def on_ticker(self, ticker: Ticker) -> None:
        """Take the last 24 hours as they are now."""
        self._ticker = ticker
        if self._outlet.wanted(self._streams.ticker):
            self._publish(self._streams.ticker, self._writer.ticker(ticker))

    def on_status(self, change: MarketChange) -> None:
        """Take a change of the market's status."""
        if self._market_state.apply(change):
            self._publish_status()

    def load_status(self, status: MarketStatus, sequence: int) -> None:
        """Take the status that the matcher answered with, as it was after a command."""
        if self._market_state.load(status, sequence):
            self._publish_status()

    def on_clock(self, timestamp_ns: int) -> None:
        """Take engine time; all that was published before has arrived or is lost."""
        self._clock_ns = timestamp_ns
        if self.state is not SyncState.LIVE:
            return
        self._closed.extend(self._candles.advance(timestamp_ns))
        if self._expected_clocks:
            self._expected_clocks -= 1
            if not self._expected_clocks and self._expected_sequence > self._book.sequence:
                self._note_gap("book", self._book.sequence + 1, self._expected_sequence)
                self.desync()

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
        self.state = SyncState.SYNCING

    def load(self, reply: MarketDataReply) -> bool:
        """Take the matcher's answer, and join to it what arrived meanwhile.

        Returns:
            Whether the market is live. If not, ask again.
        """
        if self.state is not SyncState.SYNCING:
            return False
        # What was sent so far must leave before the new snapshot does.
        self.flush()
        self._book.load(reply.book_sequence, reply.bids, reply.asks, reply.ticker.timestamp_ns)
        if any(self._book.apply(message) == GAP for message in self._kept_depth):
            self.desync()
            return False
        kept_trades = list(self._kept_trades)
        self.desync()
        self.state = SyncState.LIVE
        self._snapshot_text = None
        self._load_candles(reply, kept_trades)
        if self._outlet.wanted(self._streams.depth):
            self._outlet.publish(self._streams.depth, self._snapshot())
        self.on_ticker(reply.ticker)
        self.flush()
        # Only a second gap among the kept trades ends this.
        return self.state is SyncState.LIVE

    def greet(self, stream: Stream) -> bytes | None:
        """Make the first message for a client that joins a stream in this turn.

        Returns:
            The snapshot, ticker, status or running candle; None where there is none, or none yet:
            then it comes by the stream.
        """
        assert stream.market == self.name
        self.flush()
        live = self.state is SyncState.LIVE
        if stream.kind == DEPTH:
            return self._snapshot() if live else None
        if stream.kind == TICKER:
            ticker = self._ticker
            return self._encode(stream.name, self._writer.ticker(ticker)) if ticker else None
        if stream.kind == STATUS:
            status = self._status_data()
            return self._encode(stream.name, status) if status else None
        if stream.kind == TRADES or not live:
            return None
        candle = self._candles.running(stream.interval)
        if candle is None:
            return None
        return self._encode(stream.name, self._writer.kline(candle, closed=False))

    def flush(self) -> None:
        """Send what this turn has brought."""
        if self._deltas:
            if self._outlet.wanted(self._streams.depth):
                delta = self._writer.delta(self._deltas_first_sequence, self._deltas)
                self._publish(self._streams.depth, delta)
            self._deltas.clear()
        if self._trades:
            if self._outlet.wanted(self._streams.trades):
                for trade in self._trades:
                    self._publish(self._streams.trades, self._writer.trade(trade))
            self._trades.clear()
        if self._closed or self._candles_changed:
            self._flush_candles()

    def _flush_candles(self) -> None:
        for candle in self._closed:
            self._publish_candle(candle, closed=True)
        self._closed.clear()
        if self._candles_changed:
            self._candles_changed = False
            for interval in INTERVALS:
                if self._outlet.wanted(self._streams.klines[interval]):
                    candle_or_none = self._candles.running(interval)
                    if candle_or_none is not None:
                        self._publish_candle(candle_or_none, closed=False)

    def _publish_candle(self, candle: Candle, *, closed: bool) -> None:
        stream = self._streams.klines[candle.interval]
        if self._outlet.wanted(stream):
            self._publish(stream, self._writer.kline(candle, closed=closed))

    def _show_trades(self, message: TradesMessage) -> None:
        shown = self._shown_number
        if shown is not None and message.first_number > shown + 1:
            self._note_gap("trades", shown + 1, message.first_number)
        self._trades.extend(t for t in message.trades if shown is None or t.number > shown)
        self._shown_number = max(shown or 0, message.trades[-1].number)

    def _count_trades(self, message: TradesMessage) -> None:
        """Add trades to the candles; a jump in their numbers makes the market unsynced."""
        number = self._candles.number
        if message.first_number > number + 1:
            self.desync()
            return
        trades = [trade for trade in message.trades if trade.number > number]
        if trades:
            self._closed.extend(self._candles.add(trades))
            self._candles_changed = True

    def _load_candles(self, reply: MarketDataReply, kept: list[TradesMessage]) -> None:
        number, timestamp_ns = reply.trade_number, reply.ticker.timestamp_ns
        self._closed.extend(self._candles.load(number, reply.candles, timestamp_ns))
        self._candles_changed = True
        for message in kept:
            if self.state is SyncState.LIVE:
                self._count_trades(message)
        if self.state is not SyncState.LIVE:
            return
        self._closed.extend(self._candles.advance(self._clock_ns))
        if self._shown_number is not None:
            # Lower only where the exchange began anew: its trades must not be taken for old ones.
            self._shown_number = min(self._shown_number, self._candles.number)

    def _snapshot(self) -> bytes:
        cached = self._snapshot_text
        if cached is None or cached[0] != self._book.sequence:
            text = self._encode(self._streams.depth, self._writer.snapshot(self._book))
            cached = self._snapshot_text = (self._book.sequence, text)
        return cached[1]

    def _status_data(self) -> StatusData | None:
        known = self._market_state
        return self._writer.status(known.status, known.changed_ns) if known.status else None

    def _publish_status(self) -> None:
        status = self._status_data()
        if status and self._outlet.wanted(self._streams.status):
            self._publish(self._streams.status, status)

    def _publish(self, stream: str, data: Data) -> None:
        self._outlet.publish(stream, self._encode(stream, data))

    def _encode(self, stream: str, data: Data) -> bytes:
        return encode_stream_message(stream, data)

    def _bound_kept(self) -> None:
        if len(self._kept_depth) + len(self._kept_trades) > KEPT_MESSAGES_MAX:
            self.desync()

    def _note_gap(self, what: str, first: int, next_known: int) -> None:
        self.gaps += 1
        _LOG.warning("%s: %s %d to %d missed", self.name, what, first, next_known - 1)
