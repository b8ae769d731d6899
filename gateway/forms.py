"""What a client may send: the fields of every body and every query string, as types.

Each call has one form. The body decoder, the reader of query strings and the OpenAPI document
all work from it, so what is documented is what is taken. A field that is not in the form is
refused. Rules that depend on a market (ticks, lots, ranges) are not here but in
`gateway.translate`.
"""

from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct, UnsetType

from proto.codes import STATUS_NAMES
from proto.intervals import INTERVALS
from proto.limits import CLIENT_ORDER_ID_LENGTH_MAX, DEPTH_LEVELS_MAX, INTEGER_MAX

ORDERS_LIMIT_MAX: Final = 1_000
TRADES_LIMIT_MAX: Final = 1_000
CANDLES_LIMIT_MAX: Final = 1_500

CLIENT_ORDER_ID_PATTERN: Final = f"^[A-Za-z0-9._:-]{{1,{CLIENT_ORDER_ID_LENGTH_MAX}}}$"

MarketName = Annotated[str, Meta(description="Name of a market.", examples=["TATA_INR"])]
# What follows is text with a rule that the code checks itself, to answer with a better sentence
# than the decoder's; `extra_json_schema` only tells the document.
SideText = Annotated[
    str,
    Meta(
        description="`buy` or `sell`; upper case is fine too.",
        extra_json_schema={"enum": ["buy", "sell", "BUY", "SELL"]},
    ),
]
TypeText = Annotated[
    str,
    Meta(
        description="`limit` (the default) or `market`; upper case is fine too.",
        extra_json_schema={"enum": ["limit", "market", "LIMIT", "MARKET"], "default": "limit"},
    ),
]
TimeInForceText = Annotated[
    str,
    Meta(
        description=(
            "`GTC` rests until cancelled (the default of a limit order); `IOC` trades what it can "
            "at once and lets the rest expire (the default of a market order); `FOK` trades all of "
            "it at once or nothing."
        ),
        extra_json_schema={"enum": ["GTC", "IOC", "FOK", "gtc", "ioc", "fok"]},
    ),
]
DecimalInput = Annotated[
    str | int,
    Meta(
        description=(
            'Decimal text such as "100.25", or a JSON integer. A JSON number with a point or an '
            "exponent is refused: most readers would turn it into a binary float."
        ),
        examples=["100.25"],
    ),
]
ClientOrderIdText = Annotated[
    str,
    Meta(
        description=(
            "The client's own name for the order. The same order sent again under the same name "
            "is placed once, and answered with the first outcome."
        ),
        examples=["my-order-1"],
        extra_json_schema={"pattern": CLIENT_ORDER_ID_PATTERN},
    ),
]
UserIdInput = Annotated[
    str | int,
    Meta(
        description=(
            f"Who acts: digits, 1 to {INTEGER_MAX}. Sign-in is open in this version: a request "
            "names its user."
        ),
        examples=["1"],
    ),
]
OrderIdInput = Annotated[
    str | int, Meta(description="Identifier of an order: digits.", examples=["4711"])
]
TimeText = Annotated[
    str,
    Meta(
        description=(
            "ISO 8601, such as `2024-01-01T00:00:00Z` (UTC where no offset is given), or "
            "milliseconds since 1970-01-01T00:00:00Z."
        ),
        examples=["2024-01-01T00:00:00Z"],
    ),
]


class PlaceOrderForm(Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """Body of POST /api/v1/order."""

    market: MarketName
    side: SideText
    quantity: DecimalInput
    price: DecimalInput | UnsetType = UNSET
    type: TypeText | UnsetType = UNSET
    time_in_force: TimeInForceText | UnsetType = UNSET
    post_only: (
        Annotated[bool, Meta(description="Refuse the order rather than let it take.")] | UnsetType
    ) = UNSET
    client_order_id: ClientOrderIdText | UnsetType = UNSET
    user_id: UserIdInput | UnsetType = UNSET

    def given(self) -> int:
        """Count the fields that were given."""
        return (
            3
            + (self.price is not UNSET)
            + (self.type is not UNSET)
            + (self.time_in_force is not UNSET)
            + (self.post_only is not UNSET)
            + (self.client_order_id is not UNSET)
            + (self.user_id is not UNSET)
        )


class CancelOrderForm(Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """Body or query string of DELETE /api/v1/order."""

    market: MarketName
    order_id: OrderIdInput | UnsetType = UNSET
    client_order_id: ClientOrderIdText | UnsetType = UNSET
    user_id: UserIdInput | UnsetType = UNSET

    def given(self) -> int:
        """Count the fields that were given."""
        return (
            1
            + (self.order_id is not UNSET)
            + (self.client_order_id is not UNSET)
            + (self.user_id is not UNSET)
        )


class NoParameters(Struct, forbid_unknown_fields=True, frozen=True):
    """A call that takes nothing."""


class OrderParameters(Struct, forbid_unknown_fields=True, frozen=True):
    """Query string of GET /api/v1/order."""

    order_id: OrderIdInput | UnsetType = UNSET
    client_order_id: ClientOrderIdText | UnsetType = UNSET
    user_id: UserIdInput | UnsetType = UNSET


class OpenOrdersParameters(Struct, forbid_unknown_fields=True, frozen=True):
    """Query string of GET /api/v1/order/open."""

    market: MarketName | UnsetType = UNSET
    user_id: UserIdInput | UnsetType = UNSET


class OrdersParameters(Struct, forbid_unknown_fields=True, frozen=True):
    """Query string of GET /api/v1/orders."""

    user_id: UserIdInput | UnsetType = UNSET
    market: MarketName | UnsetType = UNSET
    status: (
        Annotated[
            str,
            Meta(
                description="Orders with this status only.",
                extra_json_schema={"enum": list(STATUS_NAMES.values())},
            ),
        ]
        | UnsetType
    ) = UNSET
    side: SideText | UnsetType = UNSET
    start_time: TimeText | UnsetType = UNSET
    end_time: TimeText | UnsetType = UNSET
    before: (
        Annotated[
            str | int,
            Meta(description="Orders older than the one with this order_id.", examples=["4711"]),
        ]
        | UnsetType
    ) = UNSET
    limit: Annotated[int, Meta(ge=1, le=ORDERS_LIMIT_MAX, description="Most orders wanted.")] = 100


class DepthParameters(Struct, forbid_unknown_fields=True, frozen=True):
    """Query string of GET /api/v1/depth."""

    market: MarketName | UnsetType = UNSET
    symbol: MarketName | UnsetType = UNSET
    limit: Annotated[
        int, Meta(ge=1, le=DEPTH_LEVELS_MAX, description="Most levels wanted on each side.")
    ] = 100


class TradesParameters(Struct, forbid_unknown_fields=True, frozen=True):
    """Query string of GET /api/v1/trades."""

    market: MarketName | UnsetType = UNSET
    symbol: MarketName | UnsetType = UNSET
    before: (
        Annotated[
            str | int,
            Meta(description="Trades older than the one with this trade_id.", examples=["4711"]),
        ]
        | UnsetType
    ) = UNSET
    limit: Annotated[int, Meta(ge=1, le=TRADES_LIMIT_MAX, description="Most trades wanted.")] = 100


class KlinesParameters(Struct, forbid_unknown_fields=True, frozen=True):
    """Query string of GET /api/v1/klines."""

    interval: Annotated[
        str,
        Meta(
            description="Length of a candle.",
            examples=["1h"],
            extra_json_schema={"enum": list(INTERVALS)},
        ),
    ]
    market: MarketName | UnsetType = UNSET
    symbol: MarketName | UnsetType = UNSET
    start_time: TimeText | UnsetType = UNSET
    end_time: TimeText | UnsetType = UNSET
    limit: Annotated[int, Meta(ge=1, le=CANDLES_LIMIT_MAX, description="Most candles wanted.")] = (
        500
    )


class TickersParameters(Struct, forbid_unknown_fields=True, frozen=True):
    """Query string of GET /api/v1/tickers."""

    market: MarketName | UnsetType = UNSET
    symbol: MarketName | UnsetType = UNSET


class BalancesParameters(Struct, forbid_unknown_fields=True, frozen=True):
    """Query string of GET /api/v1/balances."""

    user_id: UserIdInput | UnsetType = UNSET
