"""Market data as the matcher publishes it in Redis: integers, msgpack, one message a batch.

Channels: `depth.<market>` carries `DepthMessage`, `trades.<market>` `TradesMessage`,
`ticker.<market>` `Ticker`, `market.<market>` `MarketChange` (of `proto.events`), `user.<user_id>`
`UserMessage`, and `clock` `ClockMessage`. The feed turns them into text. A consumer that misses
one notices by `first_sequence` or `first_number` and asks the matcher for a `MarketDataReply` to
join again. What carries no such number is known to be missed by the count of losses.
"""

from msgspec import Struct

from proto.events import BalanceChange, ExecutionReport
from proto.ids import TradeId
from proto.wide_sum import Sum

DEPTH_CHANNEL = "depth."
TRADES_CHANNEL = "trades."
TICKER_CHANNEL = "ticker."
MARKET_CHANNEL = "market."
USER_CHANNEL = "user."
CLOCK_CHANNEL = "clock"


class Level(Struct, array_like=True, frozen=True, gc=False):
    """A price and what rests at it; in a delta, 0 lots remove the level."""

    price_ticks: int
    quantity_lots: int


class DepthMessage(Struct, array_like=True, frozen=True, gc=False):
    """The changes `first_sequence` .. `last_sequence` of one book, the last word for each price.

    Attributes:
        first_sequence: Book sequence of the first change; the last message's last plus 1.
        last_sequence: Book sequence after the message.
        timestamp_ns: Engine time.
        bids: Changed buy levels, in no order.
        asks: Changed sell levels, in no order.
    """

    first_sequence: int
    last_sequence: int
    timestamp_ns: int
    bids: list[Level]
    asks: list[Level]


class PublicTrade(Struct, array_like=True, frozen=True, gc=False):
    """A trade as everybody may see it; the fields are those of `events.Trade`."""

    trade_id: TradeId
    number: int
    timestamp_ns: int
    price_ticks: int
    quantity_lots: int
    quote_amount: int
    taker_side: int


class TradesMessage(Struct, array_like=True, frozen=True, gc=False):
    """Trades of one market, oldest first; their numbers are consecutive.

    Attributes:
        first_number: Number of the first trade; the last message's last plus 1.
        trades: At least one.
    """

    first_number: int
    trades: list[PublicTrade]


class Ticker(Struct, array_like=True, frozen=True, gc=False):
    """The 24 hours up to `timestamp_ns` of one market.

    Prices are 0 where there is none (no trade in the window, an empty side of the book).
    `last_price_ticks` is the last trade's, however long ago it was.

    Attributes:
        timestamp_ns: Engine time at the end of the window.
        open_price_ticks: First price in the window.
        high_price_ticks: Highest price in it.
        low_price_ticks: Lowest price in it.
        last_price_ticks: Price of the last trade.
        volume_lots: Sum of quantities in the window.
        quote_volume_amount: Sum of price x quantity in it, in smallest quote units.
        trades: Number of trades in it.
        bid_price_ticks: Best bid.
        ask_price_ticks: Best ask.
    """

    timestamp_ns: int
    open_price_ticks: int
    high_price_ticks: int
    low_price_ticks: int
    last_price_ticks: int
    volume_lots: Sum
    quote_volume_amount: Sum
    trades: int
    bid_price_ticks: int
    ask_price_ticks: int


class Candle(Struct, array_like=True, frozen=True, gc=False):
    """The trades of one interval of one market, summed up.

    Attributes:
        interval: Name of the interval, as in `proto.intervals`.
        start_ns: First nanosecond of the interval.
        end_ns: First nanosecond after it.
        open_price_ticks: First price.
        high_price_ticks: Highest price.
        low_price_ticks: Lowest price.
        close_price_ticks: Last price.
        volume_lots: Sum of quantities.
        quote_volume_amount: Sum of price x quantity, in smallest quote units.
        trades: Number of trades; at least 1.
    """

    interval: str
    start_ns: int
    end_ns: int
    open_price_ticks: int
    high_price_ticks: int
    low_price_ticks: int
    close_price_ticks: int
    volume_lots: Sum
    quote_volume_amount: Sum
    trades: int


class UserMessage(Struct, array_like=True, frozen=True, gc=False):
    """What happened to one user in one batch, or a part of it where it was very much.

    Attributes:
        losses: `ClockMessage.losses` when it was made. Where it is not what was heard last,
            messages of this user may be missing before this one.
        reports: Reports in order, each with its ordinal (`proto.ordinals`).
        balance_changes: Balance changes in order, each with its ordinal.
    """

    losses: int
    reports: list[tuple[int, ExecutionReport]]
    balance_changes: list[tuple[int, BalanceChange]]


class ClockMessage(Struct, array_like=True, frozen=True, gc=False):
    """Engine time, once a second. Every later message has this time or a later one.

    It is what closes a candle when nobody trades, and what shows that the matcher lives.

    Attributes:
        timestamp_ns: Engine time.
        losses: Another number than before says that messages may be missing that should have come
            before this one: it rises each time that the matcher drops some, and each matcher
            begins with a number of its own.
    """

    timestamp_ns: int
    losses: int
