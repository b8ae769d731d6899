"""Calls for what everybody may see."""

from typing import Final

from gateway import examples
from gateway.operations.operation import HISTORY, MATCHER, QUERY, TAKES_NOTHING, Operation
from proto.api import answers
from proto.api.forms import market_data as forms

MARKET_DATA: Final = (
    Operation(
        method="get",
        path="/api/v1/markets",
        tag="Market data",
        summary="List markets, their rules and their states",
        description=(
            "A price must be a multiple of `tick_size`, a quantity of `lot_size`. Fees are "
            "fractions of price x quantity and are paid in the quote asset by both sides; a "
            "negative maker fee is paid to the maker. While the matcher is away, the answer is "
            "what it told last."
        ),
        answer=list[answers.Market],
        example=[examples.MARKET],
        parameters=forms.NoParameters,
        problems=(*TAKES_NOTHING, "OVERLOADED", "MATCHER_UNAVAILABLE"),
    ),
    Operation(
        method="get",
        path="/api/v1/depth",
        tag="Market data",
        summary="Show the book",
        description=(
            "The best levels of each side, best first, with what they show: not the hidden part of "
            "icebergs. In an auction they may cross. `symbol` is another name for `market`. "
            "`sequence` counts the changes of the book, and is that of the depth stream."
        ),
        answer=answers.Depth,
        example=examples.DEPTH,
        parameters=forms.DepthParameters,
        problems=(*QUERY, "UNKNOWN_MARKET", *MATCHER),
    ),
    Operation(
        method="get",
        path="/api/v1/auction",
        tag="Market data",
        summary="Show what an auction would do",
        description=(
            "The price at which the book would be uncrossed now, what would trade, and what would "
            "be left at that price. One answer serves all who ask within 100 ms. `symbol` is "
            "another name for `market`."
        ),
        answer=answers.Auction,
        example=examples.AUCTION,
        parameters=forms.AuctionParameters,
        problems=(*QUERY, "UNKNOWN_MARKET", *MATCHER),
    ),
    Operation(
        method="get",
        path="/api/v1/trades",
        tag="Market data",
        summary="List trades",
        description=(
            "Newest first. `symbol` is another name for `market`. The history follows the "
            "exchange by a moment."
        ),
        answer=list[answers.Trade],
        example=[examples.TRADE],
        parameters=forms.TradesParameters,
        problems=(*QUERY, "UNKNOWN_MARKET", *HISTORY, "MATCHER_UNAVAILABLE"),
        pages=True,
    ),
    Operation(
        method="get",
        path="/api/v1/klines",
        tag="Market data",
        summary="List candles",
        description=(
            "Oldest first; only intervals with a trade have a candle. With `start_time`, the "
            "first `limit` candles that start then or later; without, the latest ones. A candle "
            "starts before `end_time` (now, where it is not given) and counts whole. All "
            "intervals are UTC: weeks start on Monday, months on the first, `3d` counts from "
            "1970-01-01. `symbol` is another name for `market`."
        ),
        answer=list[answers.Candle],
        example=[examples.CANDLE],
        parameters=forms.KlinesParameters,
        problems=(*QUERY, "UNKNOWN_MARKET", *HISTORY, "MATCHER_UNAVAILABLE"),
    ),
    Operation(
        method="get",
        path="/api/v1/tickers",
        tag="Market data",
        summary="Show the last 24 hours",
        description=(
            "Of one market, or of all. `change` is `last` - `open`. `symbol` is another name for "
            "`market`."
        ),
        answer=list[answers.Ticker],
        example=[examples.TICKER],
        parameters=forms.TickersParameters,
        problems=(
            *("UNKNOWN_FIELD", "INVALID_FIELD", "DUPLICATE_FIELD", "UNKNOWN_MARKET"),
            *MATCHER,
            "HISTORY_UNAVAILABLE",
        ),
    ),
    Operation(
        method="get",
        path="/api/v1/time",
        tag="Market data",
        summary="Tell the time",
        description="The server's clock.",
        answer=answers.ServerTime,
        example=examples.SERVER_TIME,
        parameters=forms.NoParameters,
        problems=TAKES_NOTHING,
    ),
)
