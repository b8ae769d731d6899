"""What there is to say of a call, and the problems that many calls share."""

from typing import Final

from msgspec import Struct

from gateway.examples import Example

# Whatever is asked for.
OF_EVERY_CALL: Final = ("FOREIGN_ORIGIN", "OVERLOADED", "INTERNAL_ERROR")
TAKES_NOTHING: Final = ("UNKNOWN_FIELD", "DUPLICATE_FIELD")
QUERY: Final = ("MISSING_FIELD", "UNKNOWN_FIELD", "INVALID_FIELD", "DUPLICATE_FIELD")
BODY: Final = ("MALFORMED_JSON", *QUERY, "BODY_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE")
MATCHER: Final = ("OVERLOADED", "MATCHER_UNAVAILABLE", "OUTCOME_UNKNOWN")
HISTORY: Final = ("OVERLOADED", "HISTORY_UNAVAILABLE")
# Of a command with a deadline.
COMMAND: Final = (*MATCHER, "NOT_TAKEN")
# What the rules may say against an order.
ORDER_REASONS: Final = (
    "UNKNOWN_MARKET",
    "DUPLICATE_CLIENT_ORDER_ID",
    "PRICE_NOT_ON_TICK",
    "QUANTITY_NOT_ON_LOT",
    "INVALID_ORDER",
    "USER_FROZEN",
    "ASSET_FROZEN",
    "MARKET_NOT_OPEN",
    "EXPIRY_IN_PAST",
    "PRICE_OUT_OF_RANGE",
    "QUANTITY_OUT_OF_RANGE",
    "NOTIONAL_TOO_SMALL",
    "PRICE_OUT_OF_BAND",
    "TOO_MANY_OPEN_ORDERS",
    "TOO_MANY_STOP_ORDERS",
    "POST_ONLY_WOULD_CROSS",
    "INSUFFICIENT_BALANCE",
    "AMOUNT_OUT_OF_RANGE",
)


class Operation(Struct, frozen=True):
    """One call.

    Attributes:
        method: HTTP method, in lower case.
        path: Address; what stands in braces is described in `gateway.openapi`.
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
