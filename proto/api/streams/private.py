"""Data of the private streams: what a user is told about their own orders and money.

Each message says by its `type` what it is, and by its `position` where it stands in its stream. The
order in a report is that of REST.
"""

from typing import Annotated

from msgspec import Meta, Struct

from proto.api.answers import REASONS, DecimalText, Identifier, Moment, Order, Side, Status
from proto.codes import BALANCE_REASON_NAMES, REPORT_NAMES

Position = Annotated[
    str,
    Meta(
        description=(
            "Two integers: the number of the command that caused it, and which of the command's "
            "events it was. The first alone means: after all of them. Compare part by part."
        ),
        examples=["4711.2"],
        extra_json_schema={"pattern": r"^(0|[1-9][0-9]*)(\.[1-9][0-9]*)?$"},
    ),
]
EventName = Annotated[
    str,
    Meta(
        description="What happened to the order.",
        extra_json_schema={"enum": list(REPORT_NAMES.values())},
    ),
]
Reason = Annotated[
    str,
    Meta(
        description="Why an order was rejected, or ended or reduced without its owner.",
        extra_json_schema={"enum": list(REASONS)},
    ),
]
BalanceReason = Annotated[
    str,
    Meta(
        description="Why the balance changed.",
        extra_json_schema={"enum": list(BALANCE_REASON_NAMES.values())},
    ),
]


class StartData(Struct, frozen=True, gc=False, tag_field="type", tag="start"):
    """The first message of a subscription: from this position on, everything is told."""

    position: Position
    user_id: Identifier


class OrderFillData(Struct, frozen=True, gc=False):
    """The fill that a report tells of; the fee is the order's own, a rebate where negative."""

    price: DecimalText
    quantity: DecimalText
    trade_id: Identifier
    fee: DecimalText
    is_maker: bool


class ReportData(Struct, frozen=True, gc=False, tag_field="type", tag="report"):
    """Something happened to an order; `order` is the order after it.

    `fill` is null unless the event is a fill, `reason` unless there is one to tell.
    """

    position: Position
    event: EventName
    reason: Reason | None
    fill: OrderFillData | None
    order: Order


class FillData(Struct, frozen=True, gc=False, tag_field="type", tag="fill"):
    """An order of the user was matched; `fee` is its own, a rebate where negative."""

    position: Position
    user_id: Identifier
    order_id: Identifier
    client_order_id: str | None
    market: str
    side: Side
    price: DecimalText
    quantity: DecimalText
    trade_id: Identifier
    fee: DecimalText
    is_maker: bool
    order_status: Status
    timestamp: Moment


class BalanceData(Struct, frozen=True, gc=False, tag_field="type", tag="balance"):
    """A balance changed, or what a withdrawal holds of it; orders' holds make no change.

    `change` includes the `fee`. `total` and `held` are those after it. `trade_id` is null for a
    transfer, `reference` for a trade.
    """

    position: Position
    user_id: Identifier
    asset: str
    reason: BalanceReason
    change: DecimalText
    fee: DecimalText
    total: DecimalText
    held: DecimalText
    trade_id: Identifier | None
    reference: str | None
    timestamp: Moment
