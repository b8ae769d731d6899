"""What a client gets: the JSON of every answer, as types.

Prices, quantities and amounts are decimal text with exactly the decimals of their market or
asset; identifiers are text, because many readers of JSON keep only 53 bits of a number; moments
are ISO 8601 in UTC with microseconds. The OpenAPI document is made from these types.
"""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from proto.api.forms.fields import ORDER_TYPES, SELF_TRADE_MODES
from proto.api.problems import ProblemDetails
from proto.codes import (
    BALANCE_REASON_NAMES,
    CAUSE_NAMES,
    LIST_TYPE_NAMES,
    MARKET_STATE_NAMES,
    REASON_NAMES,
    STATUS_NAMES,
    TIME_IN_FORCE_NAMES,
    TRANSFER_KIND_NAMES,
    TRANSFER_STATUS_NAMES,
)

_ENCODER: Final = msgspec.json.Encoder()

# Why an order was rejected, or ended.
REASONS: Final = (*list(REASON_NAMES.values())[1:], *CAUSE_NAMES.values())

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
OrderType = Annotated[str, _words(*ORDER_TYPES)]
TimeInForce = Annotated[str, _words(*TIME_IN_FORCE_NAMES.values())]
Status = Annotated[str, _words(*STATUS_NAMES.values())]
SelfTradeMode = Annotated[str, _words(*SELF_TRADE_MODES)]
ListType = Annotated[str, _words(*LIST_TYPE_NAMES.values())]
MarketState = Annotated[str, _words(*MARKET_STATE_NAMES.values())]


class Fill(Struct, frozen=True, gc=False):
    """One match of the order on its arrival; the fee is the order's own, in the quote asset.

    A negative fee is a rebate.
    """

    price: DecimalText
    quantity: DecimalText
    trade_id: Identifier
    fee: DecimalText


class Order(Struct, frozen=True, gc=False):
    """An order as it is now. `price` is null for a market order; fees are in the quote asset.

    A `waiting` order waits for its trigger, a `pending` one for the order that it depends on. The
    fields after `updated_at` are there only for an order that has them: `trigger_price` is where
    it fires or fired (a trailing stop's moves), `list_id` the first order of its list; `reason` is
    what the history tells of an order that was rejected, or ended without its owner.
    """

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
    expires_at: Moment | UnsetType = UNSET
    display_quantity: DecimalText | UnsetType = UNSET
    quote_amount: DecimalText | UnsetType = UNSET
    trigger_price: DecimalText | UnsetType = UNSET
    trail_amount: DecimalText | UnsetType = UNSET
    trail_bps: int | UnsetType = UNSET
    self_trade_prevention: SelfTradeMode | UnsetType = UNSET
    list_type: ListType | UnsetType = UNSET
    list_id: Identifier | UnsetType = UNSET
    reason: Annotated[str, _words(*REASONS)] | UnsetType = UNSET


class PlacedOrder(Order, frozen=True, gc=False, kw_only=True):
    """An order as its placing or a change left it, with what it matched when it arrived."""

    fills: list[Fill]


class ReplacedOrder(Struct, frozen=True, gc=False):
    """The order that was cancelled, and the one that was placed."""

    cancelled: Order
    order: PlacedOrder


class OrderList(Struct, frozen=True, gc=False):
    """Orders that depend on each other, as placing them left them; `fills` are those of arrival."""

    list_type: ListType
    list_id: Identifier
    orders: list[Order]
    fills: list[Fill]


class PlacedOutcome(Struct, frozen=True, gc=False):
    """What became of one order of a batch: the status of its own, and an order or a problem.

    `retry_after_s` is what Retry-After would say: whole seconds after which a retry makes sense.
    """

    status: int
    request_id: str
    order: PlacedOrder | UnsetType = UNSET
    problem: ProblemDetails | UnsetType = UNSET
    retry_after_s: Annotated[int, Meta(ge=1)] | UnsetType = UNSET


class CancelledOutcome(Struct, frozen=True, gc=False):
    """What became of one cancellation of a batch: the status, and an order or a problem.

    `retry_after_s` is what Retry-After would say: whole seconds after which a retry makes sense.
    """

    status: int
    request_id: str
    order: Order | UnsetType = UNSET
    problem: ProblemDetails | UnsetType = UNSET
    retry_after_s: Annotated[int, Meta(ge=1)] | UnsetType = UNSET


class PlacedBatch(Struct, frozen=True, gc=False):
    """Outcomes in the order of the request."""

    outcomes: list[PlacedOutcome]


class CancelledBatch(Struct, frozen=True, gc=False):
    """Outcomes in the order of the request."""

    outcomes: list[CancelledOutcome]


class CancelledAll(Struct, frozen=True, gc=False):
    """How many orders were cancelled; where `is_complete` is false, ask again for the rest."""

    cancelled_orders: int
    is_complete: bool


class Account(Struct, frozen=True, gc=False):
    """What holds for a user.

    `group_id` is null outside of a group; `cancel_at` is when the dead man's switch cancels all
    orders, and null while it is off.
    """

    user_id: Identifier
    tier: int
    group_id: Identifier | None
    self_trade_prevention: SelfTradeMode
    is_frozen: bool
    cancel_at: Moment | None


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
    """A balance; `available` is `total` less what orders and withdrawals hold."""

    asset: str
    total: DecimalText
    held: DecimalText
    available: DecimalText


class Transfer(Struct, frozen=True, gc=False):
    """A transfer as it stands. `user_id` is who gets a deposit or fees, or who gives.

    `to_user_id` is there only where it is between users.
    """

    reference: str
    kind: Annotated[str, _words(*TRANSFER_KIND_NAMES.values())]
    status: Annotated[str, _words(*TRANSFER_STATUS_NAMES.values())]
    user_id: Identifier
    asset: str
    amount: DecimalText
    to_user_id: Identifier | UnsetType = UNSET


class BalanceChange(Struct, frozen=True, gc=False):
    """A change of a balance, or of what a withdrawal holds of it; orders' holds make none.

    `change` includes the `fee` (negative: a rebate). `total` and `held` are those after it.
    `trade_id` is null for a transfer, `reference` for a trade.
    """

    change_id: str
    asset: str
    reason: Annotated[str, _words(*BALANCE_REASON_NAMES.values())]
    change: DecimalText
    fee: DecimalText
    total: DecimalText
    held: DecimalText
    trade_id: Identifier | None
    reference: str | None
    timestamp: Moment


class Asset(Struct, frozen=True, gc=False):
    """An asset; its smallest unit is 10 to the minus `decimals`."""

    asset: str
    decimals: int
    is_frozen: bool


class MarketRules(Struct, frozen=True, gc=False):
    """Rules that an operator may change. The first three are fractions; 0 turns a rule off."""

    price_band: DecimalText
    market_order_collar: DecimalText
    volatility_limit: DecimalText
    auction_ms: int
    reference_ms: int
    max_open_orders: int
    max_stop_orders: int


class FeeTier(Struct, frozen=True, gc=False):
    """What users of a tier pay; a negative maker fee is a rebate."""

    tier: int
    maker_fee: DecimalText
    taker_fee: DecimalText


class Market(Struct, frozen=True, gc=False):
    """A market, its rules and its state.

    Fees are fractions of price x quantity, in the quote asset; `maker_fee` and `taker_fee` are
    those of tier 0, which also holds for tiers that are not in `fee_tiers`. `auction_ends_at` is
    null where nothing is set, `reference_price` where there is none yet.
    """

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
    fee_tiers: list[FeeTier]
    state: MarketState
    auction_ends_at: Moment | None
    reference_price: DecimalText | None
    rules: MarketRules


class Auction(Struct, frozen=True, gc=False):
    """What an auction would do if it ended now.

    `price` is null where nothing would trade. `imbalance` is what would be left at that price:
    more to buy where positive, more to sell where negative.
    """

    market: str
    state: MarketState
    ends_at: Moment | None
    price: DecimalText | None
    quantity: DecimalText
    imbalance: DecimalText


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
