"""Data of the public streams: what everybody may read.

Trades and tickers are those of REST. What does not exist (the best price of an empty side) is null.
"""

from typing import Annotated, Final

from msgspec import Meta, Struct

from proto.api.answers import DecimalText, MarketState, Moment, PriceLevel, Ticker, Trade
from proto.intervals import INTERVALS

SNAPSHOT: Final = "snapshot"
DELTA: Final = "delta"

BookSequence = Annotated[
    int,
    Meta(ge=0, description="Counts the changes of this book, as in `GET /depth`.", examples=[12]),
]
Checksum = Annotated[
    int,
    Meta(
        ge=0,
        le=2**32 - 1,
        description=(
            "CRC-32, as of zlib, of the best 10 levels of each side after this message: "
            "`price:quantity`, best first, joined by `,`; bids, then `|`, then asks."
        ),
        examples=[950791183],
    ),
]
DepthType = Annotated[
    str,
    Meta(
        description="A `snapshot` replaces the book; a `delta` says what changed.",
        extra_json_schema={"enum": [SNAPSHOT, DELTA]},
    ),
]
IntervalName = Annotated[
    str,
    Meta(
        description="Length of the candle, as in `GET /klines`.",
        extra_json_schema={"enum": list(INTERVALS)},
    ),
]

# What a trade and a ticker are on their streams is what they are in REST.
TradeData = Trade
TickerData = Ticker


class DepthData(Struct, frozen=True, gc=False):
    """The whole book, or the changes that join the message before.

    In a delta `first_sequence` is one above the last message's `last_sequence`, and quantity "0"
    removes a price.
    """

    type: DepthType
    market: str
    first_sequence: BookSequence
    last_sequence: BookSequence
    bids: list[PriceLevel]
    asks: list[PriceLevel]
    timestamp: Moment
    checksum: Checksum


class TopData(Struct, frozen=True, gc=False):
    """The best levels of a book, best first, whole in each message."""

    market: str
    sequence: BookSequence
    bids: list[PriceLevel]
    asks: list[PriceLevel]
    timestamp: Moment


class BookTickerData(Struct, frozen=True, gc=False):
    """The best bid and the best ask; price and quantity of an empty side are null."""

    market: str
    sequence: BookSequence
    bid: DecimalText | None
    bid_quantity: DecimalText | None
    ask: DecimalText | None
    ask_quantity: DecimalText | None
    timestamp: Moment


class KlineData(Struct, frozen=True, gc=False):
    """A candle as REST shows it, and whose it is; once `closed`, it does not change any more."""

    market: str
    interval: IntervalName
    start: Moment
    end: Moment
    open: DecimalText
    high: DecimalText
    low: DecimalText
    close: DecimalText
    volume: DecimalText
    quote_volume: DecimalText
    trades: int
    closed: bool


class StatusData(Struct, frozen=True, gc=False):
    """The state of a market. `ends_at` is when an auction uncrosses by itself, else null.

    `timestamp` is when it changed; null where that was before the feed started. A message with the
    state that is known already says that rules, fees or the reference price have changed.
    """

    market: str
    state: MarketState
    ends_at: Moment | None
    timestamp: Moment | None
