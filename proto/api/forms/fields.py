"""Types of fields that several forms have, with what the documents say of them.

Much of it is text with a rule that the code checks itself, to answer with a better sentence than
the decoder's; `extra_json_schema` only tells the document.
"""

from typing import Annotated, Final

from msgspec import Meta

from proto.codes import (
    ACCOUNT_DEFAULT,
    MARKET_STATE_NAMES,
    SELF_TRADE_NAMES,
    STATUS_NAMES,
    TIME_IN_FORCE_NAMES,
)
from proto.limits import (
    BASIS_POINTS_MAX,
    CLIENT_ORDER_ID_LENGTH_MAX,
    DECIMALS_MAX,
    INTEGER_MAX,
    NAME_LENGTH_MAX,
    REFERENCE_LENGTH_MAX,
    TIMEOUT_MS_MAX,
)

CLIENT_ORDER_ID_PATTERN: Final = f"^[A-Za-z0-9._:-]{{1,{CLIENT_ORDER_ID_LENGTH_MAX}}}$"
# Dots alone are no part of an address: clients and proxies take them for a way up.
REFERENCE_PATTERN: Final = rf"^(?!\.+$)[A-Za-z0-9._:-]{{1,{REFERENCE_LENGTH_MAX}}}$"
NAME_PATTERN: Final = f"^[A-Z0-9_]{{1,{NAME_LENGTH_MAX}}}$"

ORDER_TYPES: Final = (
    *("limit", "market", "stop_loss", "stop_loss_limit"),
    *("take_profit", "take_profit_limit", "trailing_stop"),
)
SELF_TRADE_MODES: Final = tuple(
    name for code, name in SELF_TRADE_NAMES.items() if code != ACCOUNT_DEFAULT
)


def any_case(*words: str) -> list[str]:
    """Return words in the case that is documented, and in the other."""
    return [*words, *(word.swapcase() for word in words)]


MarketName = Annotated[str, Meta(description="Name of a market.", examples=["TATA_INR"])]
AssetName = Annotated[str, Meta(description="Name of an asset.", examples=["INR"])]
NewName = Annotated[
    str,
    Meta(
        description="A name that is not taken: upper-case letters, digits and underscores.",
        extra_json_schema={"pattern": NAME_PATTERN},
    ),
]
SideText = Annotated[
    str,
    Meta(
        description="`buy` or `sell`; upper case is fine too.",
        extra_json_schema={"enum": any_case("buy", "sell")},
    ),
]
TypeText = Annotated[
    str,
    Meta(
        description=(
            "`limit` (the default) and `market` go to the market at once. The others wait for a "
            "price: a `stop_loss` that sells, and a `take_profit` that buys, until the last price "
            "is at or below `trigger_price`, the other two until it is at or above; then they act "
            "as a market order, or with `_limit` as a limit order with their `price`. A "
            "`trailing_stop` follows the last price at a distance, and is a market order then. "
            "Upper case is fine too."
        ),
        extra_json_schema={"enum": any_case(*ORDER_TYPES), "default": "limit"},
    ),
]
TimeInForceText = Annotated[
    str,
    Meta(
        description=(
            "`GTC` rests or waits until cancelled (the default, except of a market order); `IOC` "
            "trades what it can at once and lets the rest expire (the default of a market order); "
            "`FOK` trades all of it at once or nothing; `GTD` ends at `expires_at`; `DAY` at the "
            "next midnight UTC, or when the market closes."
        ),
        extra_json_schema={"enum": any_case(*TIME_IN_FORCE_NAMES.values())},
    ),
]
SelfTradeText = Annotated[
    str,
    Meta(
        description=(
            "What happens before an order would trade with one of the same user or group: "
            "`allow` lets it; `cancel_newest` cancels what is left of the order that takes, "
            "`cancel_oldest` the one that rests, `cancel_both` both; `decrement` takes the smaller "
            "of both quantities away from both. Upper case is fine too."
        ),
        extra_json_schema={"enum": any_case(*SELF_TRADE_MODES)},
    ),
]
StatusText = Annotated[
    str,
    Meta(
        description="Orders with this status only.",
        extra_json_schema={"enum": list(STATUS_NAMES.values())},
    ),
]
StateText = Annotated[
    str,
    Meta(
        description=(
            "`pre_open` and `auction` collect orders; `continuous` trades; `post_only` takes only "
            "orders that make; `cancel_only` and `closed` take none; in `halted` not even the "
            "owner can cancel. Upper case is fine too."
        ),
        extra_json_schema={"enum": any_case(*MARKET_STATE_NAMES.values())},
    ),
]
DecimalInput = Annotated[
    str | int,
    Meta(
        description=(
            'Decimal text such as "100.25", or a JSON integer. A JSON number with a point or an '
            "exponent is refused: most readers would turn it into a binary float."
        ),
        examples=["100.25"],
    ),
]
# Where the number of decimals is itself a rule, or there is a sign, only text says what is meant.
DecimalText = Annotated[str, Meta(description="Decimal text.", examples=["0.05"])]
FractionText = Annotated[
    str,
    Meta(
        description="A fraction, as decimal text with at most 6 decimals: `0.001` is 0.1 percent.",
        examples=["0.001"],
    ),
]
ClientOrderIdText = Annotated[
    str,
    Meta(
        description=(
            "The client's own name for the order. The same order sent again under the same name "
            "is placed once, and answered with the first outcome."
        ),
        examples=["my-order-1"],
        extra_json_schema={"pattern": CLIENT_ORDER_ID_PATTERN},
    ),
]
NamedOrderText = Annotated[
    str,
    Meta(
        description="The client_order_id of an order that was placed, in place of `order_id`.",
        examples=["my-order-1"],
        extra_json_schema={"pattern": CLIENT_ORDER_ID_PATTERN},
    ),
]
ReferenceText = Annotated[
    str,
    Meta(
        description=(
            "A name for the transfer, from outside. All transfers share one space of names, for "
            "ever: the same transfer sent again is answered as it stands, and done once."
        ),
        examples=["bank-4711"],
        extra_json_schema={"pattern": REFERENCE_PATTERN},
    ),
]
UserIdInput = Annotated[
    str | int,
    Meta(
        description=(
            f"Who acts: digits, 1 to {INTEGER_MAX}. Needed: sign-in is open in this version, so a "
            "request says itself whose it is."
        ),
        examples=["1"],
    ),
]
OtherUserIdInput = Annotated[
    str | int, Meta(description=f"A user: digits, 1 to {INTEGER_MAX}.", examples=["2"])
]
OrderIdInput = Annotated[
    str | int, Meta(description="Identifier of an order: digits.", examples=["4711"])
]
TimeText = Annotated[
    str,
    Meta(
        description=(
            "ISO 8601, such as `2024-01-01T00:00:00Z` (UTC where no offset is given), or "
            "milliseconds since 1970-01-01T00:00:00Z."
        ),
        examples=["2024-01-01T00:00:00Z"],
    ),
]
# In a body milliseconds may come as a number; in a query string all is text.
TimeInput = Annotated[
    str | int,
    Meta(
        description=(
            "ISO 8601, such as `2024-01-01T00:00:00Z` (UTC where no offset is given), or "
            "milliseconds since 1970-01-01T00:00:00Z, as text or as a number."
        ),
        examples=["2024-01-01T00:00:00Z"],
    ),
]
BasisPoints = Annotated[int, Meta(ge=1, le=BASIS_POINTS_MAX)]
DecimalsInput = Annotated[
    int,
    Meta(ge=0, le=DECIMALS_MAX, description="The smallest unit is 10 to the minus this.",
         examples=[2]),
]  # fmt: skip
TimeoutMs = Annotated[int, Meta(ge=0, le=TIMEOUT_MS_MAX)]
