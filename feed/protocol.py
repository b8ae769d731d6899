"""What clients may ask, and how they are answered. Pure.

    {"method": "SUBSCRIBE", "params": ["depth@TATA_INR"], "id": 1}    -> {"id": 1, "result": null}
    {"method": "UNSUBSCRIBE", "params": ["depth@TATA_INR"], "id": 2}  -> {"id": 2, "result": null}
    {"method": "LIST_SUBSCRIPTIONS", "id": 3}                         -> {"id": 3, "result": [...]}
    anything else                  -> {"id": ..., "error": {"code": "...", "message": "..."}}

`id` is an integer or a short string, or null or absent, and comes back as it was; an error
whose request has no usable id answers with null. A request is done whole or not at all.

A text message is parsed as plain JSON and checked by hand rather than decoded into a type, so that
an error still knows the id, and says the rule of the field in our words.
"""

from typing import Final

import msgspec
from msgspec import Struct

from feed.streams import (
    DEPTH,
    KINDS_RULE,
    KLINE,
    KLINE_PREFIX,
    ORDERS,
    STATUS,
    TICKER,
    TRADES,
    Stream,
)
from proto.intervals import INTERVALS
from proto.limits import INTEGER_MAX, NAME_LENGTH_MAX

# The most streams in one request fit, with names of markets as they usually are. The library closes
# a connection that sends more, with 1009, before it has taken the memory.
MESSAGE_BYTES_MAX: Final = 8 * 1024
STREAMS_MAX: Final = 200
ID_LENGTH_MAX: Final = 64
# Integers that every JSON reader has exactly.
ID_INTEGER_MAX: Final = (1 << 53) - 1

# Codes of errors; stable.
INVALID_JSON: Final = "INVALID_JSON"
INVALID_REQUEST: Final = "INVALID_REQUEST"
UNKNOWN_METHOD: Final = "UNKNOWN_METHOD"
INVALID_STREAM: Final = "INVALID_STREAM"
UNKNOWN_MARKET: Final = "UNKNOWN_MARKET"
TOO_MANY_SUBSCRIPTIONS: Final = "TOO_MANY_SUBSCRIPTIONS"
TOO_MANY_USERS: Final = "TOO_MANY_USERS"
SIGN_IN_REQUIRED: Final = "SIGN_IN_REQUIRED"
RATE_LIMITED: Final = "RATE_LIMITED"
NOT_READY: Final = "NOT_READY"

SUBSCRIBE: Final = "SUBSCRIBE"
UNSUBSCRIBE: Final = "UNSUBSCRIBE"
LIST_SUBSCRIPTIONS: Final = "LIST_SUBSCRIPTIONS"
_METHODS_RULE: Final = f"{SUBSCRIBE}, {UNSUBSCRIBE} or {LIST_SUBSCRIPTIONS}"
_FIELDS: Final = frozenset(("method", "params", "id"))
_PLAIN_KINDS: Final = frozenset((DEPTH, TRADES, TICKER, STATUS))
_ECHO_LENGTH_MAX: Final = 48
_ENCODER: Final = msgspec.json.Encoder()

RequestId = int | str | None


class RequestError(Exception):
    """A request that is refused and has changed nothing.

    Attributes:
        code: One of the codes above.
        request_id: The request's id, or None where it is not known.
    """

    def __init__(self, code: str, message: str, request_id: RequestId = None) -> None:
        super().__init__(message)
        self.code: Final = code
        self.request_id: Final = request_id


class Request(Struct, frozen=True):
    """A well-formed request.

    Attributes:
        method: SUBSCRIBE, UNSUBSCRIBE or LIST_SUBSCRIPTIONS.
        streams: The streams it names, each once, in its order.
        request_id: Comes back with the answer.
    """

    method: str
    streams: list[Stream]
    request_id: RequestId


class _Result(Struct, frozen=True):
    id: RequestId
    result: list[str] | None


class _ErrorBody(Struct, frozen=True):
    code: str
    message: str


class _Error(Struct, frozen=True):
    id: RequestId
    error: _ErrorBody


def encode_result(request_id: RequestId, result: list[str] | None) -> bytes:
    """Encode the answer to a request that was done."""
    return _ENCODER.encode(_Result(request_id, result))


def encode_error(error: RequestError) -> bytes:
    """Encode the answer to a request that was refused."""
    return _ENCODER.encode(_Error(error.request_id, _ErrorBody(error.code, str(error))))


def parse_request(message: str | bytes) -> Request:
    """Read one message of a client.

    Args:
        message: A text message, or a binary one, which is refused.

    Raises:
        RequestError: If it is not a well-formed request.
    """
    if isinstance(message, bytes):
        raise RequestError(INVALID_REQUEST, "send text messages; binary ones mean nothing here")
    content = _parse_object(message)
    request_id = _checked_id(content.get("id"))
    for field in content:
        if field not in _FIELDS:
            raise RequestError(
                INVALID_REQUEST,
                f"{_echo(field)}: there is no such field; send method, params and id",
                request_id,
            )
    method = _checked_method(content.get("method"), request_id)
    params = _checked_params(method, content.get("params"), request_id)
    try:
        streams = [parse_stream(name) for name in dict.fromkeys(params)]
    except RequestError as error:
        raise RequestError(error.code, str(error), request_id) from None
    return Request(method, streams, request_id)


def parse_stream(name: str) -> Stream:
    """Read the name of a stream. Whether there is such a market or user is not looked at.

    Raises:
        RequestError: INVALID_STREAM, if it names none.
    """
    kind, at, market = name.partition("@")
    if not at or not market or len(market) > NAME_LENGTH_MAX:
        raise RequestError(
            INVALID_STREAM, f"params: {_echo(name)}: must be <kind>@<market>, as depth@TATA_INR"
        )
    if kind in _PLAIN_KINDS:
        return Stream(name, kind, "", market)
    if kind == ORDERS:
        return Stream(name, kind, "", "", _user_id(name, market))
    if not kind.startswith(KLINE_PREFIX):
        raise RequestError(INVALID_STREAM, f"params: {_echo(name)}: the kind must be {KINDS_RULE}")
    interval = kind.removeprefix(KLINE_PREFIX)
    if interval not in INTERVALS:
        raise RequestError(
            INVALID_STREAM,
            f"params: {_echo(name)}: the interval must be one of {', '.join(INTERVALS)}",
        )
    return Stream(name, KLINE, interval, market)


def _user_id(name: str, text: str) -> int:
    """Read a user's number, which has one way to be written: so one user is one stream."""
    if text.isascii() and text.isdigit() and text[0] != "0" and int(text) <= INTEGER_MAX:
        return int(text)
    raise RequestError(
        INVALID_STREAM, f"params: {_echo(name)}: must be orders@<user_id>, as orders@7"
    )


def _parse_object(message: str) -> dict[str, object]:
    try:
        content: object = msgspec.json.decode(message)
    # Nesting without end, and integers of thousands of digits, surface as built-in errors.
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise RequestError(INVALID_JSON, f"the message must be JSON: {error}") from None
    if not isinstance(content, dict):
        raise RequestError(INVALID_REQUEST, "the message must be a JSON object")
    return content


def _checked_id(value: object) -> RequestId:
    # In Python, True is an integer; in JSON it is not.
    if value is None:
        return None
    if isinstance(value, str) and len(value) <= ID_LENGTH_MAX:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= ID_INTEGER_MAX:
        return value
    raise RequestError(
        INVALID_REQUEST,
        f"id: must be an integer within 2^53 or a string of at most {ID_LENGTH_MAX} characters",
    )


def _checked_method(value: object, request_id: RequestId) -> str:
    if not isinstance(value, str):
        raise RequestError(INVALID_REQUEST, f"method: must be {_METHODS_RULE}", request_id)
    if value not in (SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS):
        raise RequestError(
            UNKNOWN_METHOD, f"method: {_echo(value)}: must be {_METHODS_RULE}", request_id
        )
    return value


def _checked_params(method: str, value: object, request_id: RequestId) -> list[str]:
    if method == LIST_SUBSCRIPTIONS:
        if value is None or value == []:
            return []
        raise RequestError(INVALID_REQUEST, "params: must be absent or empty here", request_id)
    if (
        not isinstance(value, list)
        or not 1 <= len(value) <= STREAMS_MAX
        or not all(isinstance(name, str) for name in value)
    ):
        raise RequestError(
            INVALID_REQUEST,
            f"params: must be an array of 1 to {STREAMS_MAX} names of streams",
            request_id,
        )
    return value


def _echo(text: str) -> str:
    """Quote a client's own text, cut to a length that fits a sentence."""
    shown = text if len(text) <= _ECHO_LENGTH_MAX else text[:_ECHO_LENGTH_MAX] + "…"
    return f'"{shown}"'
