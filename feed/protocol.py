"""What clients may ask. Pure.

    {"method": "SUBSCRIBE", "params": ["depth@TATA_INR"], "id": 1}
    {"method": "SUBSCRIBE", "params": ["orders"], "after": {"orders": "4711.2"}, "id": 2}
    {"method": "SIGN_IN", "params": {"user_id": "7"}, "id": 3}
    {"method": "PLACE_ORDER", "params": {...}, "id": 4}

`id` is an integer or a short string, or null or absent, and comes back as it was; an error whose
request has no usable id answers with null. A request is done whole or not at all.

The members of the object are told apart first and read one by one, so that an error still knows
the id, and says the rule of the field in our words. What a request about orders has for `params`
stays text: it is read as REST reads a body.
"""

from typing import Final

import msgspec
from msgspec import Raw

from feed.desk.requests import METHODS as ORDER_METHODS
from feed.position import parse_position
from feed.requests import (
    LIST_SUBSCRIPTIONS,
    SIGN_IN,
    SUBSCRIBE,
    UNSUBSCRIBE,
    OrderRequest,
    Request,
    RequestError,
    SignInRequest,
    StreamRequest,
    Subscription,
)
from feed.source import NOTHING
from feed.streams import (
    COMPLETE_KINDS,
    PRIVATE_KINDS,
    TRADES,
    Stream,
    StreamNameError,
    parse_stream,
)
from proto.api.streams.envelopes import (
    ID_INTEGER_MAX,
    ID_LENGTH_MAX,
    MessageId,
)
from proto.api.streams.failures import (
    INVALID_JSON,
    INVALID_POSITION,
    INVALID_REQUEST,
    INVALID_STREAM,
    UNKNOWN_METHOD,
)
from proto.ids import UserId
from proto.limits import INTEGER_MAX

# The largest body of REST. The library closes a connection that sends more, with 1009, before it
# has taken the memory.
MESSAGE_BYTES_MAX: Final = 16 * 1024
STREAMS_MAX: Final = 200

_STREAM_METHODS: Final = (SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS)
_METHODS: Final = (SIGN_IN, *_STREAM_METHODS, *ORDER_METHODS)
_METHODS_RULE: Final = f"must be one of {', '.join(_METHODS)}"
_FIELDS: Final = frozenset(("method", "params", "id", "after"))
_ECHO_LENGTH_MAX: Final = 48
_DECODER: Final = msgspec.json.Decoder(dict[str, Raw])


def parse_request(message: str | bytes) -> Request:
    """Read one message of a client.

    Args:
        message: A text message, or a binary one, which is refused.

    Raises:
        RequestError: If it is not a well-formed request.
    """
    if isinstance(message, bytes):
        raise RequestError(INVALID_REQUEST, "send text messages; binary ones mean nothing here")
    members = _parse_object(message)
    message_id = _read_id(members.get("id"))
    try:
        return _parse(members, message_id)
    except RequestError as error:
        raise RequestError(error.code, str(error), message_id) from None


def _parse(members: dict[str, Raw], message_id: MessageId) -> Request:
    for field in members:
        if field not in _FIELDS:
            raise RequestError(
                INVALID_REQUEST,
                f"{_echo(field)}: there is no such field; send method, params, id, and for "
                f"{SUBSCRIBE} after",
            )
    method = _read_method(members.get("method"))
    params = members.get("params")
    if "after" in members and method != SUBSCRIBE:
        raise RequestError(INVALID_REQUEST, f"after: belongs to {SUBSCRIBE} only")
    if method in _STREAM_METHODS:
        streams = _read_streams(method, params)
        return StreamRequest(method, _resumed(streams, members.get("after")), message_id)
    if method == SIGN_IN:
        return SignInRequest(_read_user(params), message_id)
    return OrderRequest(method, b"" if params is None else bytes(params), message_id)


def _parse_object(message: str) -> dict[str, Raw]:
    try:
        return _DECODER.decode(message)
    except msgspec.ValidationError:
        raise RequestError(INVALID_REQUEST, "the message must be a JSON object") from None
    # Nesting without end, and integers of thousands of digits, surface as built-in errors.
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise RequestError(INVALID_JSON, f"the message must be JSON: {error}") from None


def _decode(raw: Raw | None) -> object:
    """Return a member as plain values; None where it is absent or null."""
    if raw is None:
        return None
    try:
        value: object = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise RequestError(INVALID_JSON, f"the message must be JSON: {error}") from None
    return value


def _read_id(raw: Raw | None) -> MessageId:
    value = _decode(raw)
    if value is None:
        return None
    if isinstance(value, str) and len(value) <= ID_LENGTH_MAX:
        return value
    # In Python, True is an integer; in JSON it is not.
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= ID_INTEGER_MAX:
        return value
    raise RequestError(
        INVALID_REQUEST,
        f"id: must be an integer within 2^53 or a string of at most {ID_LENGTH_MAX} characters",
    )


def _read_method(raw: Raw | None) -> str:
    value = _decode(raw)
    if not isinstance(value, str):
        raise RequestError(INVALID_REQUEST, f"method: {_METHODS_RULE}")
    if value not in _METHODS:
        raise RequestError(UNKNOWN_METHOD, f"method: {_echo(value)}: {_METHODS_RULE}")
    return value


def _read_streams(method: str, raw: Raw | None) -> list[Stream]:
    value = _decode(raw)
    if method == LIST_SUBSCRIPTIONS:
        if value is None or value == []:
            return []
        raise RequestError(INVALID_REQUEST, "params: must be absent or empty here")
    if not isinstance(value, list) or not 1 <= len(value) <= STREAMS_MAX:
        raise _no_names()
    streams: dict[str, Stream] = {}
    for name in value:
        if not isinstance(name, str):
            raise _no_names()
        try:
            streams[name] = parse_stream(name)
        except StreamNameError as error:
            raise RequestError(INVALID_STREAM, f"params: {_echo(name)}: {error}") from None
    return list(streams.values())


def _no_names() -> RequestError:
    return RequestError(
        INVALID_REQUEST, f"params: must be an array of 1 to {STREAMS_MAX} names of streams"
    )


def _resumed(streams: list[Stream], raw: Raw | None) -> list[Subscription]:
    """Put the places of `after` to the streams that they belong to."""
    value = _decode(raw)
    if value is None:
        value = {}
    if not isinstance(value, dict):
        raise RequestError(INVALID_REQUEST, "after: must be an object of streams and places")
    kinds = {stream.name: stream.kind for stream in streams}
    places: dict[str, int] = {}
    for name, place in value.items():
        if name not in kinds:
            raise RequestError(INVALID_POSITION, f"after: {_echo(name)}: is not in params")
        places[name] = _read_place(name, kinds[name], place)
    return [Subscription(stream, places.get(stream.name, NOTHING)) for stream in streams]


def _read_place(name: str, kind: str, value: object) -> int:
    if kind not in COMPLETE_KINDS:
        raise RequestError(
            INVALID_POSITION,
            f"after: {_echo(name)}: only trades@M, {', '.join(PRIVATE_KINDS)} can be resumed",
        )
    if kind == TRADES:
        trade_id = _read_digits(value)
        if trade_id is None:
            raise RequestError(
                INVALID_POSITION, f"after: {_echo(name)}: must be the trade_id of a trade, as text"
            )
        return trade_id
    position = parse_position(value) if isinstance(value, str) else None
    if position is None:
        raise RequestError(
            INVALID_POSITION,
            f'after: {_echo(name)}: must be the position of a message, such as "4711.2"',
        )
    return position


def _read_user(raw: Raw | None) -> UserId:
    value = _decode(raw)
    if not isinstance(value, dict) or set(value) != {"user_id"}:
        raise RequestError(INVALID_REQUEST, 'params: must be {"user_id": "<digits>"}')
    named = value["user_id"]
    if isinstance(named, int) and not isinstance(named, bool):
        named = str(named) if abs(named) <= INTEGER_MAX else ""
    user_id = _read_digits(named)
    if not user_id:
        raise RequestError(INVALID_REQUEST, f"params: user_id: must be digits, 1 to {INTEGER_MAX}")
    return UserId(user_id)


def _read_digits(value: object) -> int | None:
    """Read an identifier, 0 included; None where it is none."""
    if not isinstance(value, str) or not value.isascii() or not value.isdigit():
        return None
    # The length first: numbers of many digits take long to read.
    if len(value) > len(str(INTEGER_MAX)) or int(value) > INTEGER_MAX:
        return None
    return int(value)


def _echo(text: str) -> str:
    """Quote a client's own text, cut to a length that fits a sentence."""
    shown = text if len(text) <= _ECHO_LENGTH_MAX else text[:_ECHO_LENGTH_MAX] + "…"
    return f'"{shown}"'
