"""What clients read: the data of the public streams, made from integers.

Numbers are text with exactly the market's decimals, "0" where a level is gone; times are ISO 8601
in UTC with microseconds; identifiers are text, since JSON readers lose precision above 2^53. What
does not exist (a price before the first trade) is null.
"""

from typing import Final, final

import msgspec
from msgspec import Struct

from feed.book import FeedBook
from proto.api.streams.envelopes import StreamMessage
from proto.api.streams.market_data import (
    DELTA,
    SNAPSHOT,
    BookTickerData,
    DepthData,
    KlineData,
    StatusData,
    TickerData,
    TopData,
    TradeData,
)
from proto.api.times import moment_text
from proto.codes import MARKET_STATE_NAMES, SELL
from proto.definitions import MarketStatus
from proto.market_data import Candle, PublicTrade, Ticker
from proto.scales import MarketScale
from proto.wide_sum import value_of

_ENCODER: Final = msgspec.json.Encoder()


def encode_stream_message(stream: str, data: Struct) -> bytes:
    """Encode one message of a stream as JSON."""
    return _ENCODER.encode(StreamMessage(stream, data))


def iso_or_none(timestamp_ns: int) -> str | None:
    """Write nanoseconds since the epoch; null where there is no such time."""
    return moment_text(timestamp_ns) if timestamp_ns else None


@final
class MarketWriter:
    """Writes the data of one market.

    Attributes:
        market: Name of the market.
    """

    __slots__ = ("_scale", "market")

    def __init__(self, scale: MarketScale) -> None:
        self._scale: Final = scale
        self.market: Final = scale.market.name

    def snapshot(self, book: FeedBook) -> DepthData:
        """Write a whole book. O(levels)."""
        return DepthData(
            SNAPSHOT,
            self.market,
            book.sequence,
            book.sequence,
            book.best_bids(),
            book.best_asks(),
            moment_text(book.timestamp_ns),
            book.checksum(),
        )

    def delta(self, book: FeedBook, mark: int) -> DepthData:
        """Write all that has changed in a book after a mark that it knows. O(changes)."""
        bids, asks = book.changed_since(mark)
        return DepthData(
            DELTA,
            self.market,
            book.sequence_at(mark) + 1,
            book.sequence,
            bids,
            asks,
            moment_text(book.timestamp_ns),
            book.checksum(),
        )

    def top(self, book: FeedBook, levels: int) -> TopData:
        """Write the best levels of a book. O(levels)."""
        return TopData(
            self.market,
            book.sequence,
            book.best_bids(levels),
            book.best_asks(levels),
            moment_text(book.timestamp_ns),
        )

    def book_ticker(self, book: FeedBook) -> BookTickerData:
        """Write the best prices of a book."""
        (bid, bid_quantity), (ask, ask_quantity) = (
            best[0] if best else (None, None) for best in (book.best_bids(1), book.best_asks(1))
        )
        return BookTickerData(
            self.market,
            book.sequence,
            bid,
            bid_quantity,
            ask,
            ask_quantity,
            moment_text(book.timestamp_ns),
        )

    def trade(self, trade: PublicTrade) -> TradeData:
        """Write a trade."""
        scale = self._scale
        return TradeData(
            str(trade.trade_id),
            self.market,
            scale.price(trade.price_ticks),
            scale.quantity(trade.quantity_lots),
            scale.quote_amount(trade.quote_amount),
            # The buyer made where the taker sold.
            trade.taker_side == SELL,
            moment_text(trade.timestamp_ns),
        )

    def ticker(self, ticker: Ticker) -> TickerData:
        """Write a ticker."""
        scale = self._scale
        first, last = ticker.open_price_ticks, ticker.last_price_ticks
        return TickerData(
            self.market,
            self._price_or_none(first),
            self._price_or_none(ticker.high_price_ticks),
            self._price_or_none(ticker.low_price_ticks),
            self._price_or_none(last),
            scale.quantity(value_of(ticker.volume_lots)),
            scale.quote_amount(value_of(ticker.quote_volume_amount)),
            scale.price(last - first) if first and last else None,
            self._price_or_none(ticker.bid_price_ticks),
            self._price_or_none(ticker.ask_price_ticks),
            ticker.trades,
            moment_text(ticker.timestamp_ns),
        )

    def kline(self, candle: Candle, *, closed: bool) -> KlineData:
        """Write a candle."""
        scale = self._scale
        return KlineData(
            self.market,
            candle.interval,
            moment_text(candle.start_ns),
            moment_text(candle.end_ns),
            scale.price(candle.open_price_ticks),
            scale.price(candle.high_price_ticks),
            scale.price(candle.low_price_ticks),
            scale.price(candle.close_price_ticks),
            scale.quantity(value_of(candle.volume_lots)),
            scale.quote_amount(value_of(candle.quote_volume_amount)),
            candle.trades,
            closed,
        )

    def status(self, status: MarketStatus, changed_ns: int) -> StatusData:
        """Write a status; `changed_ns` is 0 where it is not known when it became so."""
        return StatusData(
            self.market,
            MARKET_STATE_NAMES[status.state],
            iso_or_none(status.ends_ns),
            iso_or_none(changed_ns),
        )

    def _price_or_none(self, price_ticks: int) -> str | None:
        return self._scale.price(price_ticks) if price_ticks else None
