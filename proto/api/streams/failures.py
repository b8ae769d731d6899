"""What can go wrong on a WebSocket: the codes of errors, and why a connection is closed.

A request about orders may also be refused with the codes of `proto.api.problems`, which mean here
what they mean in REST. The AsyncAPI document lists both tables.
"""

from typing import Final, final

from msgspec import Struct

INVALID_JSON: Final = "INVALID_JSON"
INVALID_REQUEST: Final = "INVALID_REQUEST"
UNKNOWN_METHOD: Final = "UNKNOWN_METHOD"
INVALID_STREAM: Final = "INVALID_STREAM"
UNKNOWN_MARKET: Final = "UNKNOWN_MARKET"
INVALID_POSITION: Final = "INVALID_POSITION"
SIGN_IN_REQUIRED: Final = "SIGN_IN_REQUIRED"
ALREADY_SIGNED_IN: Final = "ALREADY_SIGNED_IN"
FORBIDDEN: Final = "FORBIDDEN"
TOO_MANY_SUBSCRIPTIONS: Final = "TOO_MANY_SUBSCRIPTIONS"
TOO_MANY_USERS: Final = "TOO_MANY_USERS"
RATE_LIMITED: Final = "RATE_LIMITED"
OVERLOADED: Final = "OVERLOADED"
NOT_READY: Final = "NOT_READY"

SLOW_READER: Final = "SLOW_READER"

# What each code means, in the order of the documentation.
FAILURES: Final[dict[str, str]] = {
    INVALID_JSON: "The message is not JSON",
    INVALID_REQUEST: "The message is not a request; its text names the field and the rule",
    UNKNOWN_METHOD: "There is no such method",
    INVALID_STREAM: "There is no such stream",
    UNKNOWN_MARKET: "There is no such market",
    INVALID_POSITION: (
        "`after` names a stream that cannot be resumed, is not in `params` or is subscribed to "
        "already, or a place that is none"
    ),
    SIGN_IN_REQUIRED: "The connection has to sign in first",
    ALREADY_SIGNED_IN: "The connection has signed in already",
    FORBIDDEN: "The user is not the one who has signed in",
    TOO_MANY_SUBSCRIPTIONS: "The connection has as many streams as it may",
    TOO_MANY_USERS: "The feed follows as many users as it can",
    RATE_LIMITED: "The connection sends requests too fast",
    OVERLOADED: "The exchange, or the connection, waits for as many answers as it may",
    NOT_READY: "The feed does not know the markets yet, or cannot follow a user now; try again",
}


@final
class Closing(Struct, frozen=True):
    """Why a connection is closed.

    Attributes:
        code: Status of the closing, as RFC 6455 has it.
        reason: Word for programs, with which the text that comes with it begins; "" for none.
        meaning: What it means, and what to do.
    """

    code: int
    reason: str
    meaning: str


CLOSINGS: Final = (
    Closing(1001, "", "The feed is stopping: connect again, to another"),
    Closing(1002, "", "What was sent is not WebSocket"),
    Closing(1007, "", "What was sent is not UTF-8"),
    Closing(1008, SLOW_READER, "Nothing was taken for as long as the feed waits"),
    Closing(1008, RATE_LIMITED, "Too many refused requests in a row"),
    Closing(1009, "", "A message was too long"),
    Closing(1011, "", "A ping was not answered in time"),
)
