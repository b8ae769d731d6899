"""Orders: placing, changing and cancelling them, one by one, in lists and in batches."""

from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct, UnsetType

from proto.api.forms.fields import (
    BasisPoints,
    ClientOrderIdText,
    DecimalInput,
    MarketName,
    NamedOrderText,
    OrderIdInput,
    SelfTradeText,
    SideText,
    StatusText,
    TimeInForceText,
    TimeInput,
    TimeoutMs,
    TimeText,
    TypeText,
    UserIdInput,
)

ORDERS_LIMIT_MAX: Final = 1_000
# Commands of one batch travel in one frame of the mesh, which holds 256.
BATCH_MAX: Final = 100


class PlaceOrderForm(Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """An order to place.

    The fields after `user_id` are those that few orders have; each may be left out.
    """

    market: MarketName
    side: SideText
    quantity: DecimalInput | UnsetType = UNSET
    price: DecimalInput | UnsetType = UNSET
    type: TypeText | UnsetType = UNSET
    time_in_force: TimeInForceText | UnsetType = UNSET
    post_only: (
        Annotated[bool, Meta(description="Refuse the order rather than let it take.")] | UnsetType
    ) = UNSET
    client_order_id: ClientOrderIdText | UnsetType = UNSET
    user_id: UserIdInput | UnsetType = UNSET
    slide: (
        Annotated[
            bool,
            Meta(
                description=(
                    "With `post_only`: rather than be refused, the order rests one tick away from "
                    "the best price of the other side."
                )
            ),
        ]
        | UnsetType
    ) = UNSET
    expires_at: TimeInput | UnsetType = UNSET
    display_quantity: (
        Annotated[
            str | int,
            Meta(
                description=(
                    "Makes it an iceberg: the book shows at most so much of it. When that is "
                    "traded it shows as much again, at the back of the queue at its price."
                ),
                examples=["1"],
            ),
        ]
        | UnsetType
    ) = UNSET
    quote_amount: (
        Annotated[
            str | int,
            Meta(
                description=(
                    "In place of `quantity`, of a market order: buying, the most that it pays, "
                    "fees included; selling, the most that it gets, before fees."
                ),
                examples=["1000.00"],
            ),
        ]
        | UnsetType
    ) = UNSET
    trigger_price: (
        Annotated[
            str | int,
            Meta(
                description="Last price at which a stop-loss or take-profit order fires.",
                examples=["95.00"],
            ),
        ]
        | UnsetType
    ) = UNSET
    trail_amount: (
        Annotated[
            str | int,
            Meta(
                description="How far a trailing stop follows behind, as a price.",
                examples=["5.00"],
            ),
        ]
        | UnsetType
    ) = UNSET
    trail_bps: (
        Annotated[
            BasisPoints,
            Meta(
                description="The same in hundredths of a percent of the price that it follows.",
                examples=[50],
            ),
        ]
        | UnsetType
    ) = UNSET
    self_trade_prevention: SelfTradeText | UnsetType = UNSET

    def given(self) -> int:
        """Count the fields of a plain order that were given."""
        return (
            2
            + (self.quantity is not UNSET)
            + (self.price is not UNSET)
            + (self.type is not UNSET)
            + (self.time_in_force is not UNSET)
            + (self.post_only is not UNSET)
            + (self.client_order_id is not UNSET)
            + (self.user_id is not UNSET)
        )


class CancelOrderForm(Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """An order to cancel."""

    market: MarketName
    order_id: OrderIdInput | UnsetType = UNSET
    client_order_id: NamedOrderText | UnsetType = UNSET
    user_id: UserIdInput | UnsetType = UNSET

    def given(self) -> int:
        """Count the fields that were given."""
        return (
            1
            + (self.order_id is not UNSET)
            + (self.client_order_id is not UNSET)
            + (self.user_id is not UNSET)
        )


class AmendOrderForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Body of PATCH /api/v1/order: which order, and what of it changes."""

    market: MarketName
    order_id: OrderIdInput | UnsetType = UNSET
    client_order_id: NamedOrderText | UnsetType = UNSET
    user_id: UserIdInput | UnsetType = UNSET
    price: DecimalInput | UnsetType = UNSET
    quantity: (
        Annotated[
            str | int,
            Meta(description="The new quantity, what was traded of it included.", examples=["10"]),
        ]
        | UnsetType
    ) = UNSET
    trigger_price: (
        Annotated[str | int, Meta(description="Of an order that waits for one.", examples=["95"])]
        | UnsetType
    ) = UNSET


class ReplaceOrderForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Body of POST /api/v1/order/replace: the order to cancel, and the order to place."""

    order: PlaceOrderForm
    order_id: OrderIdInput | UnsetType = UNSET
    client_order_id: NamedOrderText | UnsetType = UNSET


class OcoForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Body of POST /api/v1/order/oco: two orders of one market, user and side."""

    orders: Annotated[list[PlaceOrderForm], Meta(min_length=2, max_length=2)]


class OtoForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Body of POST /api/v1/order/oto: an order, and what is placed when it is filled."""

    first: PlaceOrderForm
    then: Annotated[list[PlaceOrderForm], Meta(min_length=1, max_length=2)]


class PlaceBatchForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Body of POST /api/v1/orders/batch."""

    orders: Annotated[list[PlaceOrderForm], Meta(min_length=1, max_length=BATCH_MAX)]


class CancelBatchForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Body of DELETE /api/v1/orders/batch."""

    orders: Annotated[list[CancelOrderForm], Meta(min_length=1, max_length=BATCH_MAX)]


class CancelAllForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Body or query string of DELETE /api/v1/orders."""

    user_id: UserIdInput | UnsetType = UNSET
    market: MarketName | UnsetType = UNSET
    side: SideText | UnsetType = UNSET


class CancelAllAfterForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Body of POST /api/v1/orders/cancel-all-after."""

    timeout_ms: Annotated[TimeoutMs, Meta(description="From now; 0 turns the switch off.")]
    user_id: UserIdInput | UnsetType = UNSET


class OrderParameters(Struct, forbid_unknown_fields=True, frozen=True):
    """Query string of GET /api/v1/order."""

    order_id: OrderIdInput | UnsetType = UNSET
    client_order_id: NamedOrderText | UnsetType = UNSET
    user_id: UserIdInput | UnsetType = UNSET


class OpenOrdersParameters(Struct, forbid_unknown_fields=True, frozen=True):
    """Query string of GET /api/v1/order/open."""

    market: MarketName | UnsetType = UNSET
    user_id: UserIdInput | UnsetType = UNSET


class OrdersParameters(Struct, forbid_unknown_fields=True, frozen=True):
    """Query string of GET /api/v1/orders."""

    user_id: UserIdInput | UnsetType = UNSET
    market: MarketName | UnsetType = UNSET
    status: StatusText | UnsetType = UNSET
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
