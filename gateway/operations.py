"""Every call, described once: the OpenAPI document and the page are made from this.

What a call takes and gives are the types in `gateway.forms` and `gateway.answers`; the problems
are codes of `gateway.problems`.
"""

from typing import Final

from msgspec import Raw, Struct

from gateway import answers, examples, forms
from gateway.examples import Example

_TAKES_NOTHING: Final = ("UNKNOWN_FIELD",)
_QUERY: Final = ("MISSING_FIELD", "UNKNOWN_FIELD", "INVALID_FIELD", "DUPLICATE_FIELD")
_BODY: Final = ("MALFORMED_JSON", *_QUERY, "BODY_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE")
_MATCHER: Final = ("OVERLOADED", "MATCHER_UNAVAILABLE", "OUTCOME_UNKNOWN")
_HISTORY: Final = ("OVERLOADED", "HISTORY_UNAVAILABLE")


class Operation(Struct, frozen=True):
    """One call.

    Attributes:
        method: HTTP method, in lower case.
        path: Address.
        tag: Group that it is shown in.
        summary: What it does, in a few words.
        description: What there is to know about it; Markdown.
        answer: Type of the answer, or None where the answer is not ours to describe.
        example: An answer.
        parameters: Form of the query string.
        body: Form of the body.
        body_required: Whether there must be a body.
        body_example: A body.
        problems: Codes of what can go wrong.
        pages: Whether a Link header leads to the next page.
        statuses: Statuses apart from 200 that have the same answer, or none.
        media_type: Type of the answer.
    """

    method: str
    path: str
    tag: str
    summary: str
    description: str
    answer: object
    example: Example | list[Example] | None = None
    parameters: type[Struct] | None = None
    body: type[Struct] | None = None
    body_required: bool = False
    body_example: Example | None = None
    problems: tuple[str, ...] = ()
    pages: bool = False
    statuses: dict[int, str] = {}
    media_type: str = "application/json"


ORDERS: Final = (
    Operation(
        method="post",
        path="/api/v1/order",
        tag="Orders",
        summary="Place an order",
        description=(
            "The answer comes when the order is on disk, and shows what it matched on arrival. A "
            "limit order needs a `price`; a market order has none, and never rests. Sent again "
            "with the same `client_order_id` and the same content, the order is placed once and "
            "the first outcome is answered; with other content it is refused."
        ),
        answer=answers.PlacedOrder,
        example=examples.PLACED_ORDER,
        body=forms.PlaceOrderForm,
        body_required=True,
        body_example=examples.PLACE_ORDER,
        problems=(
            *_BODY,
            "UNKNOWN_MARKET",
            "DUPLICATE_CLIENT_ORDER_ID",
            "PRICE_NOT_ON_TICK",
            "QUANTITY_NOT_ON_LOT",
            "PRICE_OUT_OF_RANGE",
            "QUANTITY_OUT_OF_RANGE",
            "NOTIONAL_TOO_SMALL",
            "INSUFFICIENT_BALANCE",
            "POST_ONLY_WOULD_CROSS",
            "TOO_MANY_OPEN_ORDERS",
            "INVALID_ORDER",
            "AMOUNT_OUT_OF_RANGE",
            *_MATCHER,
            "NOT_TAKEN",
        ),
    ),
    Operation(
        method="delete",
        path="/api/v1/order",
        tag="Orders",
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
        problems=(
            *_BODY,
            "UNKNOWN_MARKET",
            "UNKNOWN_ORDER",
            "ORDER_NOT_OPEN",
            *_MATCHER,
            "NOT_TAKEN",
        ),
    ),
    Operation(
        method="get",
        path="/api/v1/order",
        tag="Orders",
        summary="Find one order",
        description=(
            "By `order_id` or by `client_order_id`: exactly one of them. Open and recent orders "
            "are answered by the matcher, older ones by the history."
        ),
        answer=answers.Order,
        example=examples.ORDER,
        parameters=forms.OrderParameters,
        problems=(*_QUERY, "UNKNOWN_ORDER", *_MATCHER, "HISTORY_UNAVAILABLE"),
    ),
    Operation(
        method="get",
        path="/api/v1/order/open",
        tag="Orders",
        summary="List open orders",
        description="All open orders of a user, oldest first, in one market or in all.",
        answer=list[answers.Order],
        example=[examples.ORDER],
        parameters=forms.OpenOrdersParameters,
        problems=(*_QUERY, "UNKNOWN_MARKET", *_MATCHER),
    ),
    Operation(
        method="get",
        path="/api/v1/orders",
        tag="Orders",
        summary="List the order history",
        description=(
            "All orders of a user, newest first. The history follows the exchange by a moment. "
            "Times are those of placing: from `start_time` on, before `end_time`."
        ),
        answer=list[answers.Order],
        example=[examples.FILLED_ORDER, examples.ORDER],
        parameters=forms.OrdersParameters,
        problems=(*_QUERY, "UNKNOWN_MARKET", *_HISTORY, "MATCHER_UNAVAILABLE", "OUTCOME_UNKNOWN"),
        pages=True,
    ),
    Operation(
        method="get",
        path="/api/v1/balances",
        tag="Orders",
        summary="Show balances",
        description="A user's balance in every asset, those of zero included.",
        answer=list[answers.Balance],
        example=[examples.BALANCE],
        parameters=forms.BalancesParameters,
        problems=(*_QUERY, *_MATCHER),
    ),
)

MARKET_DATA: Final = (
    Operation(
        method="get",
        path="/api/v1/markets",
        tag="Market data",
        summary="List markets and their rules",
        description=(
            "A price must be a multiple of `tick_size`, a quantity of `lot_size`. Fees are "
            "fractions of price x quantity and are paid in the quote asset by both sides."
        ),
        answer=list[answers.Market],
        example=[examples.MARKET],
        parameters=forms.NoParameters,
        problems=(*_TAKES_NOTHING, *_MATCHER),
    ),
    Operation(
        method="get",
        path="/api/v1/depth",
        tag="Market data",
        summary="Show the book",
        description=(
            "The best levels of each side, best first. `symbol` is another name for `market`. "
            "`sequence` counts the changes of the book, and is that of the depth stream."
        ),
        answer=answers.Depth,
        example=examples.DEPTH,
        parameters=forms.DepthParameters,
        problems=(*_QUERY, "UNKNOWN_MARKET", *_MATCHER),
    ),
    Operation(
        method="get",
        path="/api/v1/trades",
        tag="Market data",
        summary="List trades",
        description=(
            "Newest first. `symbol` is another name for `market`. The history follows the "
            "exchange by a moment."
        ),
        answer=list[answers.Trade],
        example=[examples.TRADE],
        parameters=forms.TradesParameters,
        problems=(*_QUERY, "UNKNOWN_MARKET", *_HISTORY, "MATCHER_UNAVAILABLE", "OUTCOME_UNKNOWN"),
        pages=True,
    ),
    Operation(
        method="get",
        path="/api/v1/klines",
        tag="Market data",
        summary="List candles",
        description=(
            "Oldest first; only intervals with a trade have a candle. With `start_time`, the "
            "first `limit` candles that start then or later; without, the latest ones. A candle "
            "starts before `end_time` (now, where it is not given) and counts whole. All "
            "intervals are UTC: weeks start on Monday, months on the first, `3d` counts from "
            "1970-01-01. `symbol` is another name for `market`."
        ),
        answer=list[answers.Candle],
        example=[examples.CANDLE],
        parameters=forms.KlinesParameters,
        problems=(*_QUERY, "UNKNOWN_MARKET", *_HISTORY, "MATCHER_UNAVAILABLE", "OUTCOME_UNKNOWN"),
    ),
    Operation(
        method="get",
        path="/api/v1/tickers",
        tag="Market data",
        summary="Show the last 24 hours",
        description=(
            "Of one market, or of all. `change` is `last` - `open`. `symbol` is another name for "
            "`market`."
        ),
        answer=list[answers.Ticker],
        example=[examples.TICKER],
        parameters=forms.TickersParameters,
        problems=(
            *("UNKNOWN_FIELD", "INVALID_FIELD", "DUPLICATE_FIELD", "UNKNOWN_MARKET"),
            *_MATCHER,
            "HISTORY_UNAVAILABLE",
        ),
    ),
    Operation(
        method="get",
        path="/api/v1/time",
        tag="Market data",
        summary="Tell the time",
        description="The server's clock.",
        answer=answers.ServerTime,
        example=examples.SERVER_TIME,
        parameters=forms.NoParameters,
        problems=_TAKES_NOTHING,
    ),
)

SERVICE: Final = (
    Operation(
        method="get",
        path="/health",
        tag="Service",
        summary="Are orders taken?",
        description="200 while the matcher is heard, 503 otherwise; with the same fields.",
        answer=answers.Health,
        example=examples.HEALTH,
        parameters=forms.NoParameters,
        problems=_TAKES_NOTHING,
        statuses={503: "Orders are not taken"},
    ),
    Operation(
        method="get",
        path="/openapi.json",
        tag="Service",
        summary="This document",
        description="The OpenAPI 3.1 description of the interface.",
        answer=Raw,
    ),
    Operation(
        method="get",
        path="/docs",
        tag="Service",
        summary="This document, to read",
        description="The same as a page.",
        answer=None,
        media_type="text/html",
    ),
    Operation(
        method="get",
        path="/",
        tag="Service",
        summary="The front door",
        description="Leads to /docs.",
        answer=None,
        statuses={302: "Go to /docs"},
    ),
)

OPERATIONS: Final = (*ORDERS, *MARKET_DATA, *SERVICE)
