"""What a client gets: the JSON of every answer, as types.

Prices, quantities and amounts are decimal text with exactly the decimals of their market or
asset; identifiers are text, because many readers of JSON keep only 53 bits of a number; moments
are ISO 8601 in UTC with microseconds. The OpenAPI document is made from these types.
"""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

_ENCODER: Final = msgspec.json.Encoder()

DECIMAL_PATTERN: Final = r"^-?[0-9]+(\.[0-9]+)?$"

DecimalText = Annotated[
    str, Meta(examples=["100.00"], extra_json_schema={"pattern": DECIMAL_PATTERN})
]
Identifier = Annotated[str, Meta(examples=["4711"], extra_json_schema={"pattern": "^[1-9][0-9]*$"})]
Moment = Annotated[
    str,
    Meta(
        examples=["2024-01-01T00:00:00.000000Z"],
        extra_json_schema={"format": "date-time"},
    ),
]


def _words(*words: str) -> Meta:
    return Meta(extra_json_schema={"enum": list(words)})


Side = Annotated[str, _words("buy", "sell")]
OrderType = Annotated[str, _words("limit", "market")]
TimeInForce = Annotated[str, _words("GTC", "IOC", "FOK")]
Status = Annotated[
    str, _words("new", "partially_filled", "filled", "cancelled", "expired", "rejected")
]


class Fill(Struct, frozen=True, gc=False):
    """One match of the order on its arrival; the fee is the order's own, in the quote asset."""

    price: DecimalText
    quantity: DecimalText
    trade_id: Identifier
    fee: DecimalText


class Order(Struct, frozen=True, gc=False):
    """An order as it is now. `price` is null for a market order; fees are in the quote asset."""

    order_id: Identifier
    client_order_id: str | None
    user_id: Identifier
    market: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    post_only: bool
    price: DecimalText | None
    quantity: DecimalText
    executed_quantity: DecimalText
    remaining_quantity: DecimalText
    executed_quote_quantity: DecimalText
    fee: DecimalText
    status: Status
    created_at: Moment
    updated_at: Moment


class PlacedOrder(Order, frozen=True, gc=False):
    """An order as its placing left it, with what it matched on arrival."""

    fills: list[Fill]


PriceLevel = Annotated[
    tuple[DecimalText, DecimalText],
    Meta(description="Price, and what rests at it.", examples=[["100.00", "10"]]),
]


class Depth(Struct, frozen=True, gc=False):
    """The best levels of a book, best first; `sequence` is that of the depth stream."""

    market: str
    sequence: int
    bids: list[PriceLevel]
    asks: list[PriceLevel]


class Trade(Struct, frozen=True, gc=False):
    """A trade as everybody may see it."""

    trade_id: Identifier
    market: str
    price: DecimalText
    quantity: DecimalText
    quote_quantity: DecimalText
    is_buyer_maker: bool
    timestamp: Moment


class Candle(Struct, frozen=True, gc=False):
    """The trades of one interval, from `start` (included) to `end` (excluded)."""

    start: Moment
    end: Moment
    open: DecimalText
    high: DecimalText
    low: DecimalText
    close: DecimalText
    volume: DecimalText
    quote_volume: DecimalText
    trades: int


class Ticker(Struct, frozen=True, gc=False):
    """The last 24 hours of a market, and the best prices now.

    `open`, `high`, `low` and `change` are null where nothing was traded in that time; `last` is
    the last trade's, however long ago; `bid` and `ask` are null where that side is empty.
    """

    market: str
    open: DecimalText | None
    high: DecimalText | None
    low: DecimalText | None
    last: DecimalText | None
    volume: DecimalText
    quote_volume: DecimalText
    change: DecimalText | None
    bid: DecimalText | None
    ask: DecimalText | None
    trades: int
    timestamp: Moment


class Balance(Struct, frozen=True, gc=False):
    """A balance; `available` is `total` less what open orders hold."""

    asset: str
    total: DecimalText
    held: DecimalText
    available: DecimalText


class Market(Struct, frozen=True, gc=False):
    """A market and its rules. Fees are fractions of price x quantity, in the quote asset."""

    market: str
    base: str
    quote: str
    base_decimals: int
    quote_decimals: int
    tick_size: DecimalText
    lot_size: DecimalText
    max_price: DecimalText
    min_quantity: DecimalText
    max_quantity: DecimalText
    min_notional: DecimalText
    maker_fee: DecimalText
    taker_fee: DecimalText


class ServerTime(Struct, frozen=True, gc=False):
    """The server's clock."""

    server_time: Moment
    epoch_ms: int


class Build(Struct, frozen=True, gc=False):
    """Which build answers."""

    version: Annotated[str, Meta(examples=["0.1.0"])]
    kind: Annotated[str, _words("interpreted", "compiled")]


class Dependency(Struct, frozen=True, gc=False, omit_defaults=True):
    """State of something that the gateway depends on; `epoch` counts the matcher's starts."""

    state: Annotated[str, _words("up", "down")]
    epoch: int | None = None


class Health(Struct, frozen=True, gc=False):
    """Whether orders are taken, and the state of each dependency."""

    status: Annotated[str, _words("ok", "unavailable")]
    build: Build
    dependencies: dict[str, Dependency]


def encode(answer: Struct | Sequence[Struct]) -> bytes:
    """Encode an answer as JSON."""
    return _ENCODER.encode(answer)
