"""The parts of a snapshot that hold orders and lists; see `parts.py`.

A plain order is one `OrderRow`. What few orders have besides stands in rows of its own, which name
the order: so that the million plain ones do without.
"""

from typing import Annotated

from msgspec import Meta, Struct

from matcher.core.rows import ROWS_MAX
from proto.commands import OrderTerms, PlaceOrder
from proto.fields import (
    Amount,
    FeePpm,
    Integer,
    ListType,
    MakerFeePpm,
    PositiveInteger,
)
from proto.wide_sum import Sum

# NEW to PENDING.
Status = Annotated[int, Meta(ge=1, le=8)]


class OrderRow(Struct, array_like=True, frozen=True, gc=False):
    """An order.

    Attributes:
        order_id: Identifier.
        command: What would place it as it is now; of a DAY order with the time at which it ends,
            of a trailing stop that has fired with its trigger price. Without terms for a plain one.
            Who asked, and until when, is not remembered.
        created_ns: Engine time at which it was placed.
        updated_ns: Engine time of its last change.
        status: NEW to PENDING.
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


class ForgottenOrdersPart(Struct, array_like=True, frozen=True, gc=False, tag=12):
    """Orders that ended and are not known any more, except to the list of one that is."""

    rows: Annotated[list[OrderRow], Meta(max_length=ROWS_MAX)]


class ListRow(Struct, array_like=True, frozen=True, gc=False):
    """Orders that depend on each other, or did; see `OrderList`.

    Attributes:
        list_type: OCO or OTO.
        order_ids: All of them, in the order in which they were given.
        waits_for_first: Whether the others of an OTO are pending.
        is_paired: Whether two of them are still a pair.
    """

    list_type: ListType
    order_ids: Annotated[list[PositiveInteger], Meta(min_length=2, max_length=3)]
    waits_for_first: bool
    is_paired: bool


class ListsPart(Struct, array_like=True, frozen=True, gc=False, tag=13):
    """The lists of all orders that are known."""

    rows: Annotated[list[ListRow], Meta(max_length=ROWS_MAX)]


class DetailRow(Struct, array_like=True, frozen=True, gc=False):
    """What an order has that most do not.

    Attributes:
        order_id: The order.
        maker_fee_ppm: Rate that it pays as a maker, mostly that of its owner's tier.
        taker_fee_ppm: Rate that it pays as a taker.
        rebate_amount: Rebates of its fills.
        priority: Number of its place in the book; 0 where that is its own, or it does not rest.
        hidden_lots: What it does not show.
        followed_ticks: Highest or lowest price that a trailing stop which waits has seen; 0 before
            any.
    """

    order_id: PositiveInteger
    maker_fee_ppm: MakerFeePpm
    taker_fee_ppm: FeePpm
    rebate_amount: Amount
    priority: Integer
    hidden_lots: Integer
    followed_ticks: Integer


class DetailsPart(Struct, array_like=True, frozen=True, gc=False, tag=14):
    """Details of orders."""

    rows: Annotated[list[DetailRow], Meta(max_length=ROWS_MAX)]


class OriginRow(Struct, array_like=True, frozen=True, gc=False):
    """What was asked for, and what came of it at first, where the order does not tell.

    Attributes:
        order_id: The order.
        price_ticks: Price that was asked for.
        quantity_lots: Quantity that was asked for.
        terms: Terms that were asked for.
        first_price_ticks: Price after the command.
        first_quantity_lots: Quantity after it.
        first_executed_lots: Part of it that was traded then.
        first_quote_amount: Sum of price x quantity over these fills.
        first_fee_amount: Fees of these fills.
        first_status: Status after the command.
        first_trigger_price_ticks: Trigger price after it.
    """

    order_id: PositiveInteger
    price_ticks: Integer
    quantity_lots: Integer
    terms: OrderTerms | None
    first_price_ticks: Integer
    first_quantity_lots: Integer
    first_executed_lots: Integer
    first_quote_amount: Amount
    first_fee_amount: Amount
    first_status: Status
    first_trigger_price_ticks: Integer


class OriginsPart(Struct, array_like=True, frozen=True, gc=False, tag=15):
    """Origins of orders."""

    rows: Annotated[list[OriginRow], Meta(max_length=ROWS_MAX)]


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


class FiredPart(Struct, array_like=True, frozen=True, gc=False, tag=16):
    """Orders of one market that are to enter it next, in the order of their queue."""

    market_id: PositiveInteger
    order_ids: Annotated[list[PositiveInteger], Meta(max_length=ROWS_MAX)]
