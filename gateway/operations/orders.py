"""Calls that place, change, cancel and find orders."""

from typing import Final

from gateway import examples
from gateway.operations.operation import (
    BODY,
    COMMAND,
    HISTORY,
    MATCHER,
    ORDER_REASONS,
    QUERY,
    Operation,
)
from proto.api import answers
from proto.api.forms import orders as forms

_TAG: Final = "Orders"
_ONE_OPEN: Final = ("UNKNOWN_MARKET", "UNKNOWN_ORDER", "ORDER_NOT_OPEN")
_OF_A_LIST: Final = (
    "The orders are of one market and one user. Sent again with the same `client_order_id` in the "
    "first order and the same content, the list is placed once and the first outcome is answered. "
)

ORDERS: Final = (
    Operation(
        method="post",
        path="/api/v1/order",
        tag=_TAG,
        summary="Place an order",
        description=(
            "The answer comes when the order is on disk, and shows what it matched on arrival. A "
            "limit order needs a `price`; a market order has none, and never rests. Sent again "
            "with the same `client_order_id` and the same content, the order is placed once and "
            "the first outcome is answered; with other content it is refused.\n\n"
            "* Wait for a price: `type` `stop_loss`, `take_profit` (both also with `_limit`) and a "
            "`trigger_price`, or `trailing_stop` and one of `trail_amount` and `trail_bps`. The "
            "order is `waiting` until it fires.\n"
            "* Spend or get an amount: `type` `market` and `quote_amount` in place of `quantity`.\n"
            "* Show a part only: `display_quantity`.\n"
            "* Never take: `post_only`; with `slide` it moves away rather than be refused.\n"
            "* End by itself: `time_in_force` `GTD` and `expires_at`, or `DAY`.\n"
            "* Never trade with oneself: `self_trade_prevention`; where it is left out, what the "
            "account says."
        ),
        answer=answers.PlacedOrder,
        example=examples.PLACED_ORDER,
        body=forms.PlaceOrderForm,
        body_required=True,
        body_example=examples.PLACE_ORDER,
        problems=(*BODY, *ORDER_REASONS, *COMMAND),
    ),
    Operation(
        method="patch",
        path="/api/v1/order",
        tag=_TAG,
        summary="Change an order",
        description=(
            "Changes the price, the quantity or the trigger price of an open order of one's own, "
            "named by `order_id` or by `client_order_id`. A lower quantity at the same price keeps "
            "the place in the queue; anything else loses it, and the order may take: the answer "
            "shows what it matched.\n\nSent again, a change that is made already does nothing and "
            "is answered, without the fills of the first time. If it has filled the order, the "
            "second time is refused with `ORDER_NOT_OPEN`: `GET /api/v1/order` shows what became "
            "of it."
        ),
        answer=answers.PlacedOrder,
        example=examples.AMENDED_ORDER,
        body=forms.AmendOrderForm,
        body_required=True,
        body_example=examples.AMEND_ORDER,
        problems=(
            *BODY,
            *_ONE_OPEN,
            "NOT_AMENDABLE",
            "USER_FROZEN",
            "ASSET_FROZEN",
            "MARKET_NOT_OPEN",
            "PRICE_NOT_ON_TICK",
            "QUANTITY_NOT_ON_LOT",
            "PRICE_OUT_OF_RANGE",
            "QUANTITY_OUT_OF_RANGE",
            "NOTIONAL_TOO_SMALL",
            "PRICE_OUT_OF_BAND",
            "POST_ONLY_WOULD_CROSS",
            "INSUFFICIENT_BALANCE",
            *COMMAND,
        ),
    ),
    Operation(
        method="delete",
        path="/api/v1/order",
        tag=_TAG,
        summary="Cancel an order",
        description=(
            "Cancels what is left of an open order of one's own, named by `order_id` or by "
            "`client_order_id`: exactly one of them. The fields come in the query string or in a "
            "JSON body, not in both. The answer is the order, cancelled."
        ),
        answer=answers.Order,
        example=examples.CANCELLED_ORDER,
        parameters=forms.CancelOrderForm,
        body=forms.CancelOrderForm,
        body_example=examples.CANCEL_ORDER,
        problems=(*BODY, *_ONE_OPEN, "MARKET_NOT_OPEN", *COMMAND),
    ),
    Operation(
        method="get",
        path="/api/v1/order",
        tag=_TAG,
        summary="Find one order",
        description=(
            "By `order_id` or by `client_order_id`: exactly one of them. Open and recent orders "
            "are answered by the matcher, older ones by the history."
        ),
        answer=answers.Order,
        example=examples.ORDER,
        parameters=forms.OrderParameters,
        problems=(*QUERY, "UNKNOWN_ORDER", *MATCHER, "HISTORY_UNAVAILABLE"),
    ),
    Operation(
        method="post",
        path="/api/v1/order/replace",
        tag=_TAG,
        summary="Cancel an order and place another",
        description=(
            "Both or neither: `order_id` or `client_order_id` names an open order of the same "
            "user, market and side. If the new order is refused, the old one stays.\n\n"
            "`client_order_id` in the new `order` makes it safe to repeat: the same request sent "
            "again is answered with the old order as it is and the first outcome of the new one. "
            "Where an order of that name was placed, but the old one is still open, it is refused "
            "with `DUPLICATE_CLIENT_ORDER_ID`. Without the name, a repetition places nothing, and "
            "is refused with `ORDER_NOT_OPEN`."
        ),
        answer=answers.ReplacedOrder,
        example=examples.REPLACED_ORDER,
        body=forms.ReplaceOrderForm,
        body_required=True,
        body_example=examples.REPLACE_ORDER,
        problems=(
            *BODY,
            *ORDER_REASONS,
            "UNKNOWN_ORDER",
            "ORDER_NOT_OPEN",
            "NOT_AMENDABLE",
            *COMMAND,
        ),
    ),
    Operation(
        method="post",
        path="/api/v1/order/oco",
        tag=_TAG,
        summary="Place two orders, one or the other",
        description=(
            "Two orders of one side, of which at most one does not wait for a price: as soon as "
            "one trades, fires or ends, the other is cancelled. Together they hold what the larger "
            "one needs. " + _OF_A_LIST
        ),
        answer=answers.OrderList,
        example=examples.PLACED_OCO,
        body=forms.OcoForm,
        body_required=True,
        body_example=examples.PLACE_OCO,
        problems=(*BODY, *ORDER_REASONS, *COMMAND),
    ),
    Operation(
        method="post",
        path="/api/v1/order/oto",
        tag=_TAG,
        summary="Place an order, and what follows it",
        description=(
            "When `first` is filled, the orders in `then` are placed: one, or two that become one "
            "or the other. Until then they are `pending`, in no book, and hold nothing. If `first` "
            "ends otherwise, they are cancelled. " + _OF_A_LIST
        ),
        answer=answers.OrderList,
        example=examples.PLACED_OTO,
        body=forms.OtoForm,
        body_required=True,
        body_example=examples.PLACE_OTO,
        problems=(*BODY, *ORDER_REASONS, *COMMAND),
    ),
    Operation(
        method="get",
        path="/api/v1/order/open",
        tag=_TAG,
        summary="List open orders",
        description=(
            "All open orders of a user, oldest first, in one market or in all; those that wait and "
            "those that are pending included."
        ),
        answer=list[answers.Order],
        example=[examples.ORDER],
        parameters=forms.OpenOrdersParameters,
        problems=(*QUERY, "UNKNOWN_MARKET", *MATCHER),
    ),
    Operation(
        method="get",
        path="/api/v1/orders",
        tag=_TAG,
        summary="List the order history",
        description=(
            "All orders of a user, newest first. The history follows the exchange by a moment. "
            "Times are those of placing: from `start_time` on, before `end_time`."
        ),
        answer=list[answers.Order],
        example=[examples.FILLED_ORDER, examples.ORDER],
        parameters=forms.OrdersParameters,
        problems=(*QUERY, "UNKNOWN_MARKET", *HISTORY, "MATCHER_UNAVAILABLE"),
        pages=True,
    ),
    Operation(
        method="delete",
        path="/api/v1/orders",
        tag=_TAG,
        summary="Cancel all orders",
        description=(
            "All open orders of a user, those that wait or are pending included; with `market` and "
            "`side` only those of a market or a side. Orders in halted markets stay. The fields "
            "come in the query string or in a JSON body, not in both."
        ),
        answer=answers.CancelledAll,
        example=examples.CANCELLED_ALL,
        parameters=forms.CancelAllForm,
        body=forms.CancelAllForm,
        body_example=examples.CANCEL_ALL,
        problems=(*BODY, "UNKNOWN_MARKET", "MARKET_NOT_OPEN", *COMMAND),
    ),
    Operation(
        method="post",
        path="/api/v1/orders/batch",
        tag=_TAG,
        summary="Place many orders",
        description=(
            f"Up to {forms.BATCH_MAX} orders, applied in this order, each with an outcome of its "
            "own: its `status` is what placing it alone would have been answered with, and there "
            "is an `order` or a `problem`. The request itself fails only where it is malformed or "
            "there is no room for it; then nothing was placed."
        ),
        answer=answers.PlacedBatch,
        example=examples.PLACED_BATCH,
        body=forms.PlaceBatchForm,
        body_required=True,
        body_example=examples.PLACE_BATCH,
        problems=(*BODY, "OVERLOADED"),
    ),
    Operation(
        method="delete",
        path="/api/v1/orders/batch",
        tag=_TAG,
        summary="Cancel many orders",
        description=(
            f"Up to {forms.BATCH_MAX} orders, in this order, each with an outcome of its own, as "
            "in a batch of placements."
        ),
        answer=answers.CancelledBatch,
        example=examples.CANCELLED_BATCH,
        body=forms.CancelBatchForm,
        body_required=True,
        body_example=examples.CANCEL_BATCH,
        problems=(*BODY, "OVERLOADED"),
    ),
    Operation(
        method="post",
        path="/api/v1/orders/cancel-all-after",
        tag=_TAG,
        summary="Set the dead man's switch",
        description=(
            "Unless it is set again within `timeout_ms`, all orders of the user are cancelled, "
            "but for those in halted markets, by the exchange's own clock. 0 turns it off."
        ),
        answer=answers.Account,
        example=examples.SWITCHED_ACCOUNT,
        body=forms.CancelAllAfterForm,
        body_required=True,
        body_example=examples.CANCEL_ALL_AFTER,
        problems=(*BODY, *COMMAND),
    ),
)
