"""Every failure that a client is told of, as RFC 9457 problem details, made in one place.

Theory of operation
-------------------
Whatever goes wrong ends as a `Problem`: the checks of form raise it, a refusal of the matcher is
turned into one by its reason, and what the framework, the mesh and the history raise is
translated here. `code` is what a program should look at: it never changes its meaning. `detail`
is for people, and `field` names the member of the body or the query parameter that is meant.
The tables below are also what the OpenAPI document lists, so a code cannot be undocumented.
"""

from typing import Final, final

import msgspec
from msgspec import UNSET, Struct, UnsetType

from proto import codes
from proto.mesh.errors import NotTakenError

PROBLEM_TYPE: Final = "application/problem+json"

# Status and title of each code, in the order of the documentation.
PROBLEMS: Final[dict[str, tuple[int, str]]] = {
    "MALFORMED_JSON": (400, "The body is not well-formed JSON"),
    "MALFORMED_REQUEST": (400, "The request is not well-formed HTTP"),
    "MISSING_FIELD": (400, "A required field is missing"),
    "UNKNOWN_FIELD": (400, "A field is not one of this call's"),
    "INVALID_FIELD": (400, "A field has a value that it cannot have"),
    "DUPLICATE_FIELD": (400, "A field is given more than once"),
    "FOREIGN_ORIGIN": (403, "A web page of another machine may not act here"),
    "NOT_FOUND": (404, "There is nothing at this address"),
    "UNKNOWN_MARKET": (404, "There is no such market"),
    "UNKNOWN_ASSET": (404, "There is no such asset"),
    "UNKNOWN_ORDER": (404, "There is no such order of this user"),
    "UNKNOWN_TRANSFER": (404, "There is no such transfer"),
    "METHOD_NOT_ALLOWED": (405, "This address does not take this method"),
    "DUPLICATE_CLIENT_ORDER_ID": (409, "The client_order_id names another order"),
    "DUPLICATE_REFERENCE": (409, "The reference names a transfer with other content"),
    "TRANSFER_SETTLED": (409, "The transfer was settled the other way"),
    "ALREADY_DEFINED": (409, "The name belongs to something with another definition"),
    "BODY_TOO_LARGE": (413, "The body is too large"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "The body is not JSON in UTF-8"),
    "PRICE_NOT_ON_TICK": (422, "The price is not a multiple of the tick size"),
    "QUANTITY_NOT_ON_LOT": (422, "The quantity is not a multiple of the lot size"),
    "PRICE_OUT_OF_RANGE": (422, "The price is outside the market's range"),
    "QUANTITY_OUT_OF_RANGE": (422, "The quantity is outside the market's range"),
    "NOTIONAL_TOO_SMALL": (422, "Price x quantity is below the market's minimum"),
    "PRICE_OUT_OF_BAND": (422, "The price is too far from the reference price"),
    "INSUFFICIENT_BALANCE": (422, "The available balance does not cover it"),
    "POST_ONLY_WOULD_CROSS": (422, "A post-only order would have matched at once"),
    "TOO_MANY_OPEN_ORDERS": (422, "The user has too many open orders"),
    "TOO_MANY_STOP_ORDERS": (422, "The user has too many waiting orders"),
    "EXPIRY_IN_PAST": (422, "The order would have ended already"),
    "NOT_AMENDABLE": (422, "The order cannot be changed like this"),
    "MARKET_NOT_OPEN": (422, "The market does not take this in its state"),
    "USER_FROZEN": (422, "The user is frozen"),
    "ASSET_FROZEN": (422, "The asset is frozen"),
    "ORDER_NOT_OPEN": (422, "The order is not open any more"),
    "INVALID_ORDER": (422, "The order contradicts itself"),
    "INVALID_DEFINITION": (422, "The definition contradicts itself"),
    "INVALID_RULES": (422, "The rules contradict themselves"),
    "INVALID_FEES": (422, "The fees contradict themselves"),
    "INVALID_TRANSFER": (422, "The transfer contradicts itself"),
    "AMOUNT_OUT_OF_RANGE": (422, "An amount would be outside its range"),
    "OVERLOADED": (429, "The exchange has all that it can take"),
    "INTERNAL_ERROR": (500, "The gateway failed"),
    "MATCHER_UNAVAILABLE": (503, "The matcher is away; nothing was taken"),
    "NOT_TAKEN": (503, "The request came too late and was not taken"),
    "HISTORY_UNAVAILABLE": (503, "The history is away"),
    "OUTCOME_UNKNOWN": (504, "No answer came in time; the outcome is unknown"),
}

# Whole seconds in Retry-After where nobody knows better.
RETRY_AFTER_S: Final = 1

# Characters of a client's own text that it is shown again.
_SHOWN_MAX: Final = 64

# What the matcher refused concerns this field of the request.
_REASON_FIELDS: Final[dict[int, str]] = {
    codes.UNKNOWN_MARKET: "market",
    codes.UNKNOWN_ASSET: "asset",
    codes.DUPLICATE_CLIENT_ORDER_ID: "client_order_id",
    codes.DUPLICATE_REFERENCE: "reference",
    codes.UNKNOWN_TRANSFER: "reference",
    codes.EXPIRY_IN_PAST: "expires_at",
    codes.POST_ONLY_WOULD_CROSS: "post_only",
}
# Each says what the rule is, and what to do next.
_REASON_DETAILS: Final[dict[int, str]] = {
    codes.UNKNOWN_MARKET: "the matcher does not know this market; GET /api/v1/markets lists all",
    codes.UNKNOWN_ASSET: "the matcher does not know this asset; GET /api/v1/balances lists all",
    codes.UNKNOWN_ORDER: (
        "no order of this user and market has this identifier; see GET /api/v1/orders"
    ),
    codes.ORDER_NOT_OPEN: (
        "it was filled, cancelled or has expired: nothing of it is left; GET /api/v1/order shows it"
    ),
    codes.DUPLICATE_CLIENT_ORDER_ID: (
        "an earlier order of this user has this client_order_id, with other content or placed by "
        "another call; use another one (an exact repetition would be answered with that order)"
    ),
    codes.DUPLICATE_REFERENCE: (
        "an earlier transfer has this reference and other content; use another one (an exact "
        "repetition would be answered with that transfer)"
    ),
    codes.PRICE_OUT_OF_RANGE: (
        "price, trigger_price and trail must be above 0 and at most the market's max_price"
    ),
    codes.QUANTITY_OUT_OF_RANGE: (
        "the quantity must be in the market's min_quantity..max_quantity, and above what was "
        "traded already; display_quantity at least min_quantity and a hundredth of the quantity"
    ),
    codes.NOTIONAL_TOO_SMALL: (
        "price x quantity, or the quote_amount, must be at least the market's min_notional"
    ),
    codes.PRICE_OUT_OF_BAND: (
        "the price must be within the market's price_band of its reference_price; see "
        "GET /api/v1/markets for both"
    ),
    codes.TOO_MANY_OPEN_ORDERS: "cancel some orders of this market before placing more",
    codes.TOO_MANY_STOP_ORDERS: "cancel some waiting orders of this market before placing more",
    codes.POST_ONLY_WOULD_CROSS: (
        "the order would match the other side of the book at once; give another price, or "
        "slide: true"
    ),
    codes.EXPIRY_IN_PAST: "expires_at must be after the time of the exchange; see GET /api/v1/time",
    codes.INSUFFICIENT_BALANCE: (
        "a buy holds price x quantity and the fee in the quote asset, a sell its quantity in the "
        "base asset, a withdrawal its amount; see GET /api/v1/balances for what is available"
    ),
    codes.AMOUNT_OUT_OF_RANGE: "an amount would be larger than a balance or a sum can be",
    codes.INVALID_ORDER: (
        "fields of the order, or of the orders of a list, exclude each other; see the "
        "description of the call"
    ),
    codes.NOT_AMENDABLE: (
        "the order is pending or part of a list, has no such field, or would be no iceberg any "
        "more; cancel it and place another"
    ),
    codes.MARKET_NOT_OPEN: (
        "GET /api/v1/markets shows the state: an auction takes limit orders that may rest, "
        "post_only orders that make; wait for another state"
    ),
    codes.USER_FROZEN: "only cancelling is allowed; ask the operator to unfreeze the user",
    codes.ASSET_FROZEN: "wait until the operator unfreezes the asset; orders can be cancelled",
    codes.UNKNOWN_TRANSFER: "no transfer was requested under this reference",
    codes.TRANSFER_SETTLED: (
        "a transfer is settled once; see GET /api/v1/transfers/{reference} for how it stands"
    ),
    codes.INVALID_TRANSFER: "giver and taker are the same user; name two",
    codes.INVALID_DEFINITION: (
        "one lot must be a whole number of smallest units of the base asset, one tick times one "
        "lot of the quote asset; the largest order must fit an amount, min_quantity must not be "
        "above max_quantity, and maker_fee + taker_fee not below 0"
    ),
    codes.INVALID_RULES: "a volatility_limit needs auction_ms; give both",
    codes.INVALID_FEES: (
        "no maker_fee of any tier plus a taker_fee of any tier may be below 0, and the largest "
        "order with its fee must fit an amount"
    ),
}


class ProblemDetails(Struct, frozen=True, rename={"kind": "type"}):
    """A failure, as RFC 9457 problem details.

    Attributes:
        kind: Where the code is described.
        title: The code in words.
        status: Status of the response.
        detail: What is wrong with this request, for people.
        code: What programs should look at; it never changes its meaning.
        request_id: Correlation id, also in X-Request-Id.
        field: The member of the body or the query parameter that is meant.
    """

    kind: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    field: str | UnsetType = UNSET


@final
class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """A failure that the client is told of.

    Attributes:
        code: A key of PROBLEMS.
        detail: What is wrong, for people; names the rule.
        field: The field that is meant, or None.
        retry_after_s: Whole seconds after which a retry makes sense, or None.
        allow: Methods that the address takes, where the method was wrong.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        field: str | None = None,
        retry_after_s: int | None = None,
        allow: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.code: Final = code
        self.detail: Final = detail
        self.field: Final = field
        self.retry_after_s: Final = retry_after_s
        self.allow: Final = allow

    @property
    def status(self) -> int:
        """Status of the response."""
        return PROBLEMS[self.code][0]

    def details(self, request_id: str) -> ProblemDetails:
        """Return the problem details."""
        status, title = PROBLEMS[self.code]
        return ProblemDetails(
            f"/docs#{self.code}",
            title,
            status,
            self.detail,
            self.code,
            request_id,
            UNSET if self.field is None else self.field,
        )

    def body(self, request_id: str) -> bytes:
        """Render the problem details as JSON."""
        return msgspec.json.encode(self.details(request_id))

    def within(self, place: str) -> "Problem":
        """Return the same problem of a form that is part of another, such as "orders[1]"."""
        field = None if self.field is None else f"{place}.{self.field}"
        return Problem(
            self.code, f"{place}: {self.detail}", field=field, retry_after_s=self.retry_after_s
        )

    def headers(self) -> dict[str, str]:
        """Return the headers that go with it, apart from its content type."""
        headers = {}
        if self.retry_after_s is not None:
            headers["Retry-After"] = str(self.retry_after_s)
        if self.allow is not None:
            headers["Allow"] = self.allow
        return headers


def request_id_text(request_id: int) -> str:
    """Write a request id as every answer shows it, and as `journal` tools search it."""
    return f"{request_id:016x}"


def shown(name: str) -> str:
    """Shorten what a client sent before it is sent back."""
    return name if len(name) <= _SHOWN_MAX else name[:_SHOWN_MAX] + "…"


def refusal(reason: int) -> Problem:
    """Turn the reason of a `Rejected` reply into a problem."""
    if reason == codes.DEADLINE_PASSED:
        return Problem(
            "NOT_TAKEN",
            "the request reached the engine after its deadline and changed nothing; "
            "it is safe to send it again",
            retry_after_s=RETRY_AFTER_S,
        )
    code = codes.REASON_NAMES[reason]
    detail = _REASON_DETAILS.get(reason, PROBLEMS[code][1])
    return Problem(code, detail, field=_REASON_FIELDS.get(reason))


def not_taken(error: NotTakenError) -> Problem:
    """Turn a request that the mesh did not take into a problem."""
    code = "OVERLOADED" if error.overloaded else "MATCHER_UNAVAILABLE"
    return Problem(
        code,
        f"{error}; nothing was taken, so it is safe to send the request again",
        retry_after_s=error.retry_after_s,
    )
