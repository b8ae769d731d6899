"""What surrounds data, requests and answers on a WebSocket.

    {"stream": "trades@TATA_INR", "data": {...}}                     from the server, unasked
    {"method": "SUBSCRIBE", "params": ["trades@TATA_INR"], "id": 1}  from the client
    {"id": 1, "result": null}                                        the answer, if it was done
    {"id": 1, "error": {"code": "...", "message": "..."}}            the answer, if it was refused

An answer is told from a message of a stream by its `id`, which it always has.
"""

from typing import Annotated, Final, Generic, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType

from proto.api.answers import Identifier

ID_LENGTH_MAX: Final = 64
# Integers that every JSON reader has exactly.
ID_INTEGER_MAX: Final = 2**53 - 1

Data = TypeVar("Data")
Outcome = TypeVar("Outcome")

# The bounds tell the document only: the feed checks them, to answer in its own words.
MessageId = Annotated[
    int | str | None,
    Meta(
        description="The client's own name for the request; comes back with the answer.",
        examples=[1],
        extra_json_schema={
            "maximum": ID_INTEGER_MAX, "minimum": -ID_INTEGER_MAX, "maxLength": ID_LENGTH_MAX,
        },
    ),
]  # fmt: skip


class StreamMessage(Struct, Generic[Data], frozen=True, gc=False):
    """A message of a stream, under the name by which the client subscribed to it."""

    stream: str
    data: Data


class SignedIn(Struct, frozen=True, gc=False):
    """Who a connection acts for."""

    user_id: Identifier


class Result(Struct, Generic[Outcome], frozen=True, gc=False):
    """The answer to a request that was done."""

    id: MessageId
    result: Outcome


class ErrorBody(Struct, frozen=True, gc=False):
    """Why a request was refused.

    `code` never changes its meaning. The other fields are there where REST would have them:
    `status` is the one that it answers with, `field` names what is at fault, `request_id` is what
    the log has more under, and after `retry_after_s` seconds a retry makes sense.
    """

    code: str
    message: str
    status: int | UnsetType = UNSET
    field: str | UnsetType = UNSET
    request_id: str | UnsetType = UNSET
    retry_after_s: Annotated[int, Meta(ge=1)] | UnsetType = UNSET


class Failure(Struct, frozen=True, gc=False):
    """The answer to a request that was refused and has changed nothing.

    `id` is null where the request had none that could be read.
    """

    id: MessageId
    error: ErrorBody
