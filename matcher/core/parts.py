"""What the state of an engine is taken apart into: messages of bounded size, for a snapshot.

A part holds rows, at most `ROWS_MAX` of them, so that whoever writes or reads a snapshot needs
memory for one part at a time. Parts come in the order of `PART_KINDS`: each needs only what came
before it.

The bounds of the fields are what the engine relies on. Whoever decodes a part checks them; what
must hold between rows is checked when they are put together (`restoring.py`).

Every change of a row or a part, also one that only adds to it, is a new version of the snapshot's
format: an older program would read the rest of it and drop what it does not know.
"""

from typing import Annotated, Final

from msgspec import Meta, Struct

from matcher.core.order_parts import (
    DetailsPart,
    FiredPart,
    FirstFillsPart,
    ForgottenOrdersPart,
    ListsPart,
    OrdersPart,
    OriginsPart,
)
from matcher.core.rows import ROWS_MAX
from proto.definitions import AssetDefinition, MarketDefinition, MarketStatus
from proto.fields import (
    AccountSelfTrade,
    Amount,
    Integer,
    PositiveAmount,
    PositiveInteger,
    Reference,
    Tier,
)
from proto.intervals import INTERVALS
from proto.limits import INTEGER_MAX
from proto.wide_sum import Sum

# Which kinds there are, and what goes with which, is checked where they are put together.
TransferKind = Annotated[int, Meta(ge=1, le=255)]
TransferStatus = Annotated[int, Meta(ge=1, le=3)]
# The start of a week or a month may lie before 1970.
Start = Annotated[int, Meta(ge=-INTEGER_MAX, le=INTEGER_MAX)]


class SnapshotError(Exception):
    """A snapshot that cannot be used; the message says what is wrong with it."""


class Counters(Struct, array_like=True, frozen=True, gc=False, tag=1):
    """The first part: the counters of the state.

    Attributes:
        sequence: Sequence of the last command applied.
        timestamp_ns: Engine time of that command.
        trades: Trades so far, in all markets.
        left_order_id: The last order that left the queue of known orders for the first time, or 0.
        numbers: The last number given to an order, or to a place in a queue.
    """

    sequence: Integer
    timestamp_ns: Integer
    trades: Integer
    left_order_id: Integer
    numbers: Integer


class AssetRow(Struct, array_like=True, frozen=True, gc=False):
    """An asset.

    Attributes:
        definition: The asset.
        fees_amount: Fees collected in it, and not paid out.
        is_frozen: Whether it is frozen.
    """

    definition: AssetDefinition
    fees_amount: Amount
    is_frozen: bool


class AssetsPart(Struct, array_like=True, frozen=True, gc=False, tag=2):
    """Assets, in the order in which they were defined."""

    rows: Annotated[list[AssetRow], Meta(max_length=ROWS_MAX)]


class SpanRow(Struct, array_like=True, frozen=True, gc=False):
    """The trades of a candle so far; see `Span`."""

    interval: str
    start_ns: Start
    open_price_ticks: PositiveInteger
    high_price_ticks: PositiveInteger
    low_price_ticks: PositiveInteger
    close_price_ticks: PositiveInteger
    volume_lots: Sum
    quote_volume_amount: Sum
    trades: PositiveInteger


class MarketRow(Struct, array_like=True, frozen=True, gc=False):
    """A market, without its orders.

    Attributes:
        definition: The market.
        book_sequence: Level changes told so far.
        trade_number: Trades so far.
        last_price_ticks: Price of the last trade, or 0.
        spans: Its candles.
        status: State, rules, fees and reference price.
    """

    definition: MarketDefinition
    book_sequence: Integer
    trade_number: Integer
    last_price_ticks: Integer
    spans: Annotated[list[SpanRow], Meta(max_length=len(INTERVALS))]
    status: MarketStatus


class MarketsPart(Struct, array_like=True, frozen=True, gc=False, tag=3):
    """Markets, in the order in which they were defined."""

    rows: Annotated[list[MarketRow], Meta(max_length=ROWS_MAX)]


class SecondRow(Struct, array_like=True, frozen=True, gc=False):
    """The trades of one second; see `Second`."""

    second: Integer
    open_price_ticks: PositiveInteger
    volume_lots: Sum
    quote_volume_amount: Sum
    trades: PositiveInteger


class SecondsPart(Struct, array_like=True, frozen=True, gc=False, tag=4):
    """Seconds of one market's window of 24 hours, oldest first."""

    market_id: PositiveInteger
    rows: Annotated[list[SecondRow], Meta(max_length=ROWS_MAX)]


class ExtremeRow(Struct, array_like=True, frozen=True, gc=False):
    """An extreme price of the window, and its second."""

    second: Integer
    price_ticks: PositiveInteger


class HighsPart(Struct, array_like=True, frozen=True, gc=False, tag=5):
    """Seconds that the highest price may come from, oldest first."""

    market_id: PositiveInteger
    rows: Annotated[list[ExtremeRow], Meta(max_length=ROWS_MAX)]


class LowsPart(Struct, array_like=True, frozen=True, gc=False, tag=6):
    """Seconds that the lowest price may come from, oldest first."""

    market_id: PositiveInteger
    rows: Annotated[list[ExtremeRow], Meta(max_length=ROWS_MAX)]


class TransferRow(Struct, array_like=True, frozen=True, gc=False):
    """A transfer as it stands; see `Transfer`."""

    reference: Reference
    user_id: PositiveInteger
    asset_id: PositiveInteger
    amount: PositiveAmount
    kind: TransferKind
    status: TransferStatus
    to_user_id: Integer
    in_two_steps: bool


class TransfersPart(Struct, array_like=True, frozen=True, gc=False, tag=7):
    """Transfers, in the order in which they were first seen.

    What was deposited and withdrawn is their sum.
    """

    rows: Annotated[list[TransferRow], Meta(max_length=ROWS_MAX)]


class AccountRow(Struct, array_like=True, frozen=True, gc=False):
    """What holds for a user; see `Account`."""

    user_id: PositiveInteger
    tier: Tier
    group_id: Integer
    self_trade: AccountSelfTrade
    is_frozen: bool
    cancel_at_ns: Integer


class AccountsPart(Struct, array_like=True, frozen=True, gc=False, tag=11):
    """Accounts of which anything was said, or which have no balance."""

    rows: Annotated[list[AccountRow], Meta(max_length=ROWS_MAX)]


class BalanceRow(Struct, array_like=True, frozen=True, gc=False):
    """What a user owns of an asset. What is held follows from open orders and withdrawals."""

    user_id: PositiveInteger
    asset_id: PositiveInteger
    total_amount: Amount


class BalancesPart(Struct, array_like=True, frozen=True, gc=False, tag=8):
    """Balances, in the order in which they began."""

    rows: Annotated[list[BalanceRow], Meta(max_length=ROWS_MAX)]


Part = (
    Counters
    | AssetsPart
    | MarketsPart
    | SecondsPart
    | HighsPart
    | LowsPart
    | TransfersPart
    | AccountsPart
    | BalancesPart
    | OrdersPart
    | ForgottenOrdersPart
    | ListsPart
    | DetailsPart
    | OriginsPart
    | FirstFillsPart
    | FiredPart
)

# Their order in a snapshot. The three of a market's window may alternate.
PART_KINDS: Final[dict[type[Part], int]] = {
    Counters: 0,
    AssetsPart: 1,
    MarketsPart: 2,
    SecondsPart: 3,
    HighsPart: 3,
    LowsPart: 3,
    TransfersPart: 4,
    AccountsPart: 5,
    BalancesPart: 6,
    OrdersPart: 7,
    ForgottenOrdersPart: 8,
    ListsPart: 9,
    DetailsPart: 10,
    OriginsPart: 11,
    FirstFillsPart: 12,
    FiredPart: 13,
}
