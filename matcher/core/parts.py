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

from proto.commands import PlaceOrder
from proto.definitions import AssetDefinition, MarketDefinition
from proto.fields import Amount, Integer, PositiveInteger, Reference
from proto.intervals import INTERVALS
from proto.limits import AMOUNT_MAX, INTEGER_MAX

ROWS_MAX: Final = 4_096

_LOW_BITS: Final = 62

SignedAmount = Annotated[int, Meta(ge=-AMOUNT_MAX, le=AMOUNT_MAX)]
# Statuses that an accepted order can have: NEW to EXPIRED.
Status = Annotated[int, Meta(ge=1, le=5)]
# The start of a week or a month may lie before 1970.
Start = Annotated[int, Meta(ge=-INTEGER_MAX, le=INTEGER_MAX)]


class SnapshotError(Exception):
    """A snapshot that cannot be used; the message says what is wrong with it."""


class WideSum(Struct, array_like=True, frozen=True, gc=False):
    """A sum too large for an Integer: high x 2^62 + low."""

    high: PositiveInteger
    low: Integer


# Sums of products have no bound: volume counts an amount as often as it is traded.
Sum = Integer | WideSum


def sum_of(value: int) -> Sum:
    """Return a sum in the form that fits it."""
    return value if value <= INTEGER_MAX else WideSum(value >> _LOW_BITS, value & INTEGER_MAX)


def value_of(total: Sum) -> int:
    """Return the value of a sum."""
    return total if isinstance(total, int) else total.high << _LOW_BITS | total.low


class Counters(Struct, array_like=True, frozen=True, gc=False, tag=1):
    """The first part: the counters of the state.

    Attributes:
        sequence: Sequence of the last command applied.
        timestamp_ns: Engine time of that command.
        trades: Trades so far, in all markets.
        left_order_id: The last order that left the queue of known orders for the first time, or 0.
    """

    sequence: Integer
    timestamp_ns: Integer
    trades: Integer
    left_order_id: Integer


class AssetRow(Struct, array_like=True, frozen=True, gc=False):
    """An asset.

    Attributes:
        definition: The asset.
        fees_amount: Fees collected in it.
    """

    definition: AssetDefinition
    fees_amount: Amount


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
    """

    definition: MarketDefinition
    book_sequence: Integer
    trade_number: Integer
    last_price_ticks: Integer
    spans: Annotated[list[SpanRow], Meta(max_length=len(INTERVALS))]


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
    """A deposit, or a withdrawal as a negative amount."""

    reference: Reference
    user_id: PositiveInteger
    asset_id: PositiveInteger
    amount: SignedAmount


class TransfersPart(Struct, array_like=True, frozen=True, gc=False, tag=7):
    """Transfers, in the order in which they were applied. What was deposited is their sum."""

    rows: Annotated[list[TransferRow], Meta(max_length=ROWS_MAX)]


class BalanceRow(Struct, array_like=True, frozen=True, gc=False):
    """What a user owns of an asset. What is held follows from the open orders."""

    user_id: PositiveInteger
    asset_id: PositiveInteger
    total_amount: Amount


class BalancesPart(Struct, array_like=True, frozen=True, gc=False, tag=8):
    """Balances, in the order in which they began."""

    rows: Annotated[list[BalanceRow], Meta(max_length=ROWS_MAX)]


class OrderRow(Struct, array_like=True, frozen=True, gc=False):
    """An order: the command that placed it, and what came of it.

    Attributes:
        order_id: Identifier.
        command: As it was placed; who asked, and until when, is not remembered.
        created_ns: Engine time at which it was placed.
        updated_ns: Engine time of its last change.
        status: NEW to EXPIRED.
        executed_lots: Part of it that was traded.
        executed_quote_amount: Sum of price x quantity over its fills.
        fee_ppm_sum: Sum of quote amount x fee rate over its fills.
    """

    order_id: PositiveInteger
    command: PlaceOrder
    created_ns: Integer
    updated_ns: Integer
    status: Status
    executed_lots: Integer
    executed_quote_amount: Amount
    fee_ppm_sum: Sum


class OrdersPart(Struct, array_like=True, frozen=True, gc=False, tag=9):
    """Known orders, in the order of their queue."""

    rows: Annotated[list[OrderRow], Meta(max_length=ROWS_MAX)]


class FirstFillRow(Struct, array_like=True, frozen=True, gc=False):
    """A fill that an order had on arrival; see `Fill`."""

    order_id: PositiveInteger
    trade_id: PositiveInteger
    price_ticks: PositiveInteger
    quantity_lots: PositiveInteger
    fee_amount: Amount


class FirstFillsPart(Struct, array_like=True, frozen=True, gc=False, tag=10):
    """Fills on arrival, those of one order in the order in which they were made."""

    rows: Annotated[list[FirstFillRow], Meta(max_length=ROWS_MAX)]


Part = (
    Counters
    | AssetsPart
    | MarketsPart
    | SecondsPart
    | HighsPart
    | LowsPart
    | TransfersPart
    | BalancesPart
    | OrdersPart
    | FirstFillsPart
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
    BalancesPart: 5,
    OrdersPart: 6,
    FirstFillsPart: 7,
}
