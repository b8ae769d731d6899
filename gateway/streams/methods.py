"""What a client may ask over the WebSocket.

A method about orders does what a call of REST does: what it takes, gives and refuses is said there,
in `gateway.operations`, and taken from there.
"""

from typing import Annotated, Final, final

from msgspec import Meta, Struct

from gateway.examples import Example
from gateway.operations import OPERATIONS
from proto.api.answers import Identifier
from proto.api.forms.fields import UserIdInput
from proto.api.streams import failures
from proto.api.streams.envelopes import SignedIn
from proto.api.streams.private import Position

CONNECTION_TAG: Final = "Connection"

# Any request may be refused with these.
ANY_REQUEST: Final = (
    failures.INVALID_JSON,
    failures.INVALID_REQUEST,
    failures.UNKNOWN_METHOD,
    failures.RATE_LIMITED,
)
# A message has no content type, and what is no JSON, or too long, is found before its method is.
_OF_BODIES: Final = ("MALFORMED_JSON", "BODY_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE")
# The feed knows no history.
_OF_HISTORY: Final = ("HISTORY_UNAVAILABLE",)
_OF_ORDERS: Final = (failures.SIGN_IN_REQUIRED, failures.FORBIDDEN, failures.OVERLOADED)

StreamNames = Annotated[
    list[str],
    Meta(min_length=1, description="Names of streams: the addresses of the channels.",
         examples=[["depth@TATA_INR", "trades@TATA_INR"]]),
]  # fmt: skip
Places = Annotated[
    dict[str, Position | Identifier],
    Meta(
        description=(
            "For streams in `params` that are complete: the last place of each that was read, a "
            "`trade_id` or a `position`. What was missed comes first, then what is new."
        ),
        examples=[{"trades@TATA_INR": "12", "orders": "4711.2"}],
    ),
]


class SignInForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Who signs in."""

    user_id: UserIdInput


@final
class Method(Struct, frozen=True):
    """One method.

    Attributes:
        name: As a request names it.
        tag: Group that it is shown in.
        title: What it does, in a few words.
        description: What there is to know about it; Markdown.
        parameters: Type of `params`.
        parameters_required: Whether there must be `params`.
        parameters_example: Some `params`.
        result: Type of the result, or None where it is null.
        example: A result.
        codes: Why it may be refused, beside what any request may be refused for.
        takes_places: Whether there may be `after` beside `params`.
    """

    name: str
    tag: str
    title: str
    description: str
    parameters: object
    parameters_required: bool
    parameters_example: object
    result: object
    example: object
    codes: tuple[str, ...]
    takes_places: bool = False


def _as_in_rest(
    name: str, call: str, *, example: Example | None = None, required: bool = True
) -> Method:
    """Describe a method by the call of REST that does the same.

    Args:
        name: As a request names it.
        call: Method and address.
        example: Some `params`, where the call has no example of a body.
        required: Whether there must be `params`.
    """
    [operation] = [one for one in OPERATIONS if f"{one.method.upper()} {one.path}" == call]
    absent = (*_OF_BODIES, *_OF_HISTORY)
    problems = [code for code in operation.problems if code not in absent]
    return Method(
        name=name,
        tag=operation.tag,
        title=operation.summary,
        description=(
            f"Takes the fields of `{call}`, and gives what that gives. `user_id` may be left out: "
            "it can only be the user who has signed in."
        ),
        parameters=operation.body or operation.parameters,
        parameters_required=required,
        parameters_example=_without_user(operation.body_example if example is None else example),
        result=operation.answer,
        example=operation.example,
        codes=tuple(dict.fromkeys((*_OF_ORDERS, *problems, "INTERNAL_ERROR"))),
    )


def _without_user(example: object) -> object:
    """Leave out of an example, and of what is in it, who acts."""
    if not isinstance(example, dict):
        return example
    return {name: _without_user(one) for name, one in example.items() if name != "user_id"}


METHODS: Final = (
    Method(
        name="SIGN_IN",
        tag=CONNECTION_TAG,
        title="Sign in",
        description=(
            "Names a user, once for a connection. Then the private streams can be read, and "
            "requests about orders act for that user. Sign-in is open in this version: whoever can "
            "reach the exchange is believed."
        ),
        parameters=SignInForm,
        parameters_required=True,
        parameters_example={"user_id": "1"},
        result=SignedIn,
        example={"user_id": "1"},
        codes=(failures.ALREADY_SIGNED_IN,),
    ),
    Method(
        name="SUBSCRIBE",
        tag=CONNECTION_TAG,
        title="Subscribe to streams",
        description=(
            "Done whole or not at all; subscribing to a stream that is there already changes "
            "nothing. The answer comes before the first message of each stream."
        ),
        parameters=StreamNames,
        parameters_required=True,
        parameters_example=["depth@TATA_INR", "trades@TATA_INR", "orders"],
        result=None,
        example=None,
        codes=(
            failures.INVALID_STREAM,
            failures.UNKNOWN_MARKET,
            failures.INVALID_POSITION,
            failures.SIGN_IN_REQUIRED,
            failures.TOO_MANY_SUBSCRIPTIONS,
            failures.TOO_MANY_USERS,
            failures.NOT_READY,
        ),
        takes_places=True,
    ),
    Method(
        name="UNSUBSCRIBE",
        tag=CONNECTION_TAG,
        title="Unsubscribe from streams",
        description="Streams that are not there are passed over.",
        parameters=StreamNames,
        parameters_required=True,
        parameters_example=["depth@TATA_INR"],
        result=None,
        example=None,
        codes=(failures.INVALID_STREAM,),
    ),
    Method(
        name="LIST_SUBSCRIPTIONS",
        tag=CONNECTION_TAG,
        title="List subscriptions",
        description="The names of the connection's streams.",
        parameters=Annotated[list[str], Meta(max_length=0)],
        parameters_required=False,
        parameters_example=[],
        result=list[str],
        example=["depth@TATA_INR", "trades@TATA_INR"],
        codes=(),
    ),
    _as_in_rest("PLACE_ORDER", "POST /api/v1/order"),
    _as_in_rest("AMEND_ORDER", "PATCH /api/v1/order"),
    _as_in_rest("REPLACE_ORDER", "POST /api/v1/order/replace"),
    _as_in_rest("CANCEL_ORDER", "DELETE /api/v1/order"),
    _as_in_rest("CANCEL_ALL", "DELETE /api/v1/orders"),
    _as_in_rest("CANCEL_ALL_AFTER", "POST /api/v1/orders/cancel-all-after"),
    _as_in_rest("GET_ORDER", "GET /api/v1/order", example={"order_id": "23"}),
    _as_in_rest(
        "GET_OPEN_ORDERS", "GET /api/v1/order/open", example={"market": "TATA_INR"}, required=False
    ),
    _as_in_rest("GET_BALANCES", "GET /api/v1/balances", example={}, required=False),
)
