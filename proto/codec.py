"""Bytes and messages: the one place that knows msgpack.

Every message is standard msgpack: an array that starts with the tag of its class where several
are possible, then the fields in the order of the class. msgspec checks type and bounds while it
decodes, in C; why it rather than the msgpack package stands in docs/decisions/0002-codec.md (the
tests read our bytes with that package, so that any client can).

Each `decode_…` raises `DecodeError` for bytes that are not exactly one well-formed message of
the expected kind, and nothing else, whatever the bytes.
"""

from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from proto.events import EventBatch, MarketChange, OrderState
from proto.frames import Answer, CommandFrame, Request
from proto.limits import FRAME_BYTES_MAX
from proto.market_data import (
    ClockMessage,
    DepthMessage,
    Ticker,
    TradesMessage,
    UserMessage,
)
from proto.replies import Reply

# An array of two: the tag of the frame, and the replies.
_REPLY_FRAME: Final = b"\x92\x04"

MessageT = TypeVar("MessageT")

_ENCODER: Final = msgspec.msgpack.Encoder()
_REQUEST: Final[msgspec.msgpack.Decoder[Request]] = msgspec.msgpack.Decoder(Request)
_COMMANDS: Final = msgspec.msgpack.Decoder(CommandFrame)
_ANSWER: Final[msgspec.msgpack.Decoder[Answer]] = msgspec.msgpack.Decoder(Answer)
_EVENTS: Final = msgspec.msgpack.Decoder(EventBatch)
_DEPTH: Final = msgspec.msgpack.Decoder(DepthMessage)
_TRADES: Final = msgspec.msgpack.Decoder(TradesMessage)
_TICKER: Final = msgspec.msgpack.Decoder(Ticker)
_MARKET: Final = msgspec.msgpack.Decoder(MarketChange)
_USER: Final = msgspec.msgpack.Decoder(UserMessage)
_ORDER: Final = msgspec.msgpack.Decoder(OrderState)
_REPLY: Final[msgspec.msgpack.Decoder[Reply]] = msgspec.msgpack.Decoder(Reply)
_CLOCK: Final = msgspec.msgpack.Decoder(ClockMessage)


class DecodeError(Exception):
    """Bytes from outside that are not a message; the text says where they go wrong."""


def encode(message: msgspec.Struct | Sequence[msgspec.Struct]) -> bytes:
    """Encode any message of `proto`, or an array of them, as msgpack."""
    return _ENCODER.encode(message)


def reply_frame(replies: Sequence[bytes]) -> bytes:
    """Encode a `ReplyFrame` of replies that are packed.

    Args:
        replies: At most FRAME_MESSAGES_MAX.
    """
    count = len(replies)
    length = bytes((0x90 | count,)) if count < 0x10 else b"\xdc" + count.to_bytes(2)
    return b"".join((_REPLY_FRAME, length, *replies))


def decode_request(data: bytes) -> Request:
    """Decode what a DEALER sent.

    Raises:
        DecodeError: If it is longer than FRAME_BYTES_MAX or not a request.
    """
    if len(data) > FRAME_BYTES_MAX:
        raise DecodeError(f"frame of {len(data)} bytes; the most is {FRAME_BYTES_MAX}")
    return _decode(_REQUEST, data)


def decode_command_frame(data: bytes) -> CommandFrame:
    """Decode a command frame, as the journal keeps it."""
    return _decode(_COMMANDS, data)


def decode_answer(data: bytes) -> Answer:
    """Decode what a ROUTER sent. Answers have no bound: they come from our own matcher."""
    return _decode(_ANSWER, data)


def decode_reply(data: bytes) -> Reply:
    """Decode one reply, as the engine packs it."""
    return _decode(_REPLY, data)


def decode_order(data: bytes) -> OrderState:
    """Decode an order, as the engine packs it."""
    return _decode(_ORDER, data)


def decode_event_batch(data: bytes) -> EventBatch:
    """Decode a message of the `db_processor` stream."""
    return _decode(_EVENTS, data)


def decode_depth(data: bytes) -> DepthMessage:
    """Decode a message of a `depth.` channel."""
    return _decode(_DEPTH, data)


def decode_trades(data: bytes) -> TradesMessage:
    """Decode a message of a `trades.` channel."""
    return _decode(_TRADES, data)


def decode_ticker(data: bytes) -> Ticker:
    """Decode a message of a `ticker.` channel."""
    return _decode(_TICKER, data)


def decode_market_change(data: bytes) -> MarketChange:
    """Decode a message of a `market.` channel."""
    return _decode(_MARKET, data)


def decode_user(data: bytes) -> UserMessage:
    """Decode a message of a `user.` channel."""
    return _decode(_USER, data)


def decode_clock(data: bytes) -> ClockMessage:
    """Decode a message of the `clock` channel."""
    return _decode(_CLOCK, data)


def _decode(decoder: msgspec.msgpack.Decoder[MessageT], data: bytes) -> MessageT:
    try:
        return decoder.decode(data)
    # Text that is not UTF-8 and nesting without end surface as the two built-in errors.
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(str(error)) from error
