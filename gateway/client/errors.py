"""What can go wrong for who uses the client: one base, and a kind for each thing that one would do.

    ClientError
        RefusedError            the exchange said no, and changed nothing
        OutcomeUnknownError     sent, and no answer came: look before doing it again
        UnavailableError        not sent, or not begun: safe to try again
        ConnectionFailedError   there is no connection and the client does not try any more
        ProtocolError           the exchange said what this client does not understand
        ClosedError             the client was closed, or not opened yet

A wrong argument is a TypeError or ValueError, raised before anything is sent.
"""

from typing import Final, final

from msgspec import UNSET

from proto.api.streams.envelopes import ErrorBody
from proto.api.streams.failures import NOT_READY, OVERLOADED, RATE_LIMITED, TOO_MANY_USERS

_INTERNAL_ERROR: Final = "INTERNAL_ERROR"
# What the exchange answers where it does not know itself what became of a request.
OUTCOME_UNKNOWN: Final = frozenset({"OUTCOME_UNKNOWN", _INTERNAL_ERROR})
# Nothing is wrong with the request itself: the same may be accepted later.
_TEMPORARY: Final = frozenset({
    NOT_READY, OVERLOADED, RATE_LIMITED, TOO_MANY_USERS,
    _INTERNAL_ERROR, "MATCHER_UNAVAILABLE", "NOT_TAKEN",
})  # fmt: skip


class ClientError(Exception):
    """Whatever the client reports."""


@final
class RefusedError(ClientError):
    """The exchange refused a request, and changed nothing.

    Attributes:
        code: Such as "INSUFFICIENT_BALANCE"; it never changes its meaning.
        message: What is wrong, for people; names the rule.
        field: The field that is meant, or None.
        status: The status that REST answers with, or None.
        request_id: What the exchange has in its logs, or None.
        retry_after_s: Whole seconds after which a retry makes sense, or None.
    """

    def __init__(self, body: ErrorBody) -> None:
        super().__init__(f"{body.code}: {body.message}")
        self.code: Final = body.code
        self.message: Final = body.message
        self.field: Final = None if body.field is UNSET else body.field
        self.status: Final = None if body.status is UNSET else body.status
        self.request_id: Final = None if body.request_id is UNSET else body.request_id
        self.retry_after_s: Final = None if body.retry_after_s is UNSET else body.retry_after_s

    @property
    def is_temporary(self) -> bool:
        """Whether the same request may be accepted later."""
        return self.code in _TEMPORARY


@final
class OutcomeUnknownError(ClientError):
    """A request was sent, and nobody knows what became of it: it may have been applied, or not.

    Attributes:
        method: What was asked for, such as "AMEND_ORDER".
        client_order_id: Of the order that was to be placed, to ask for it; None for other requests.
    """

    def __init__(self, why: str, method: str, client_order_id: str | None) -> None:
        super().__init__(f"{method}: {why}; it may or may not have been applied")
        self.method: Final = method
        self.client_order_id: Final = client_order_id


@final
class UnavailableError(ClientError):
    """The exchange could not be asked in time. Nothing was sent, so it is safe to try again."""


@final
class ConnectionFailedError(ClientError):
    """There is no connection, and the client does not try any more."""


@final
class ProtocolError(ClientError):
    """The exchange said what this client does not understand: most likely its version differs."""


@final
class ClosedError(ClientError):
    """The client was closed, or not opened yet."""

    def __init__(self) -> None:
        super().__init__("the client is not open: it is used within `with`, and once")
