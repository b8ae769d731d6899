"""Requests of clients that were read, and how they are answered. Pure.

What a method means stands in docs/websocket.md; `feed.protocol` reads them, and requests about
orders are answered by `feed.desk`.
"""

from typing import Final

import msgspec
from msgspec import Struct

from feed.source import NOTHING
from feed.streams import Stream
from proto.api.streams.envelopes import ErrorBody, Failure, MessageId, Result
from proto.ids import UserId

SUBSCRIBE: Final = "SUBSCRIBE"
UNSUBSCRIBE: Final = "UNSUBSCRIBE"
LIST_SUBSCRIPTIONS: Final = "LIST_SUBSCRIPTIONS"
SIGN_IN: Final = "SIGN_IN"

_ENCODER: Final = msgspec.json.Encoder()


class RequestError(Exception):
    """A request that is refused and has changed nothing.

    Attributes:
        code: A key of `proto.api.streams.failures.FAILURES`.
        message_id: The request's id, or None where it is not known.
    """

    def __init__(self, code: str, message: str, message_id: MessageId = None) -> None:
        super().__init__(message)
        self.code: Final = code
        self.message_id: Final = message_id


class Subscription(Struct, frozen=True, gc=False):
    """A stream, and how much of it the client says that it has.

    Attributes:
        stream: The stream.
        after: Identifier of a trade, or position of an event; NOTHING where it does not say.
    """

    stream: Stream
    after: int = NOTHING


class StreamRequest(Struct, frozen=True):
    """SUBSCRIBE, UNSUBSCRIBE or LIST_SUBSCRIPTIONS.

    Attributes:
        method: Which of them.
        subscriptions: The streams that it names, each once, in its order.
        message_id: Comes back with the answer.
    """

    method: str
    subscriptions: list[Subscription]
    message_id: MessageId


class SignInRequest(Struct, frozen=True, gc=False):
    """SIGN_IN: the client says who it is."""

    user_id: UserId
    message_id: MessageId


class OrderRequest(Struct, frozen=True, gc=False):
    """A request about orders; its params are not looked at here.

    Attributes:
        method: One of `feed.desk.requests.METHODS`.
        params: JSON text; b"" where there are none.
        message_id: Comes back with the answer.
    """

    method: str
    params: bytes
    message_id: MessageId


Request = StreamRequest | SignInRequest | OrderRequest


def encode_result(message_id: MessageId, result: list[str] | Struct | None) -> bytes:
    """Encode the answer to a request that was done."""
    return _ENCODER.encode(Result(message_id, result))


def encode_error(error: RequestError) -> bytes:
    """Encode the answer to a request that was refused."""
    return _ENCODER.encode(Failure(error.message_id, ErrorBody(error.code, str(error))))
