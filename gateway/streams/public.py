"""Streams that everybody may read."""

from typing import Final

from gateway import examples as rest
from gateway.examples import Example
from gateway.streams.channel import PUBLIC_TAG, Channel
from proto.api.streams.market_data import (
    BookTickerData,
    DepthData,
    KlineData,
    StatusData,
    TickerData,
    TopData,
    TradeData,
)

_TATA: Final = {"market": "TATA_INR"}
_SNAPSHOT: Final[Example] = {
    "type": "snapshot",
    "market": "TATA_INR",
    "first_sequence": 12,
    "last_sequence": 12,
    "bids": [["100.00", "10"], ["99.95", "3"]],
    "asks": [["100.10", "7"]],
    "timestamp": "2024-01-01T00:00:00.000000Z",
    "checksum": 950791183,
}
_DELTA: Final[Example] = {
    "type": "delta",
    "market": "TATA_INR",
    "first_sequence": 13,
    "last_sequence": 14,
    "bids": [["99.95", "0"]],
    "asks": [["100.05", "2"]],
    "timestamp": "2024-01-01T00:00:01.000000Z",
    "checksum": 559611739,
}
_TOP: Final[Example] = {
    "market": "TATA_INR",
    "sequence": 14,
    "bids": [["100.00", "10"]],
    "asks": [["100.05", "2"], ["100.10", "7"]],
    "timestamp": "2024-01-01T00:00:01.000000Z",
}
_CANDLE: Final[Example] = {**_TATA, "interval": "1h", **rest.CANDLE, "closed": False}
_STATUS: Final[Example] = {
    "market": "TATA_INR",
    "state": "auction",
    "ends_at": "2024-01-01T00:01:00.000000Z",
    "timestamp": "2024-01-01T00:00:00.000000Z",
}
_BOOK: Final = (
    "First a snapshot of the whole book, which may also come again at any time and replaces the "
    "book; then deltas, each beginning one above where the last message ended. A price that a "
    'delta names has the new quantity, and "0" removes it, also one that was never there. If your '
    "checksum differs, subscribe again. In `pre_open` and `auction` the book may cross."
)

PUBLIC: Final = (
    Channel(
        key="depth",
        address="depth@{market}",
        tag=PUBLIC_TAG,
        title="The book, as it changes",
        description=_BOOK,
        data=DepthData,
        examples={"A snapshot": _SNAPSHOT, "A delta": _DELTA},
        values=_TATA,
    ),
    Channel(
        key="depthPaced",
        address="depth@{market}@{pace}",
        tag=PUBLIC_TAG,
        title="The book, at a pace",
        description="The same with what changed meanwhile in one delta. " + _BOOK,
        data=DepthData,
        examples={"A delta": _DELTA},
        values={**_TATA, "pace": "100ms"},
    ),
    Channel(
        key="top",
        address="depth{levels}@{market}",
        tag=PUBLIC_TAG,
        title="The best levels",
        description="Whole in each message: at once, and when one of them has changed.",
        data=TopData,
        examples={"The best levels": _TOP},
        values={**_TATA, "levels": "5"},
    ),
    Channel(
        key="topPaced",
        address="depth{levels}@{market}@{pace}",
        tag=PUBLIC_TAG,
        title="The best levels, at a pace",
        description="Whole in each message: at once, and when one of them has changed.",
        data=TopData,
        examples={"The best levels": _TOP},
        values={**_TATA, "levels": "10", "pace": "1s"},
    ),
    Channel(
        key="bookTicker",
        address="bookTicker@{market}",
        tag=PUBLIC_TAG,
        title="The best bid and the best ask",
        description="At once, and when one of them has changed.",
        data=BookTickerData,
        examples={
            "Both sides": {
                "market": "TATA_INR",
                "sequence": 14,
                "bid": "100.00",
                "bid_quantity": "10",
                "ask": "100.05",
                "ask_quantity": "2",
                "timestamp": "2024-01-01T00:00:01.000000Z",
            }
        },
        values=_TATA,
    ),
    Channel(
        key="trades",
        address="trades@{market}",
        tag=PUBLIC_TAG,
        title="Every trade",
        description=(
            "Complete: each trade once, in order. `after` with the last `trade_id` goes on there."
        ),
        data=TradeData,
        examples={"A trade": rest.TRADE},
        values=_TATA,
    ),
    Channel(
        key="ticker",
        address="ticker@{market}",
        tag=PUBLIC_TAG,
        title="The last 24 hours",
        description="At once, and then once a second if something has changed.",
        data=TickerData,
        examples={"A ticker": rest.TICKER},
        values=_TATA,
    ),
    Channel(
        key="tickers",
        address="tickers",
        tag=PUBLIC_TAG,
        title="The last 24 hours of all markets",
        description="All at once, and then once a second those that have changed, together.",
        data=list[TickerData],
        examples={"Those that have changed": [rest.TICKER]},
    ),
    Channel(
        key="kline",
        address="kline_{interval}@{market}",
        tag=PUBLIC_TAG,
        title="The running candle",
        description=(
            "At once, if there is one, and as it changes. Once with `closed`: then it is the "
            "candle of `GET /api/v1/klines`."
        ),
        data=KlineData,
        examples={"A candle that runs": _CANDLE},
        values={**_TATA, "interval": "1h"},
    ),
    Channel(
        key="status",
        address="status@{market}",
        tag=PUBLIC_TAG,
        title="The state of a market",
        description=(
            "At once, and at each change. A message with the state that is known already says "
            "that an operator has changed rules, fees or the reference price."
        ),
        data=StatusData,
        examples={"An auction": _STATUS},
        values=_TATA,
    ),
)
