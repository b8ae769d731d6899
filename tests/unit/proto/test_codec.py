"""The codec: standard msgpack, bounds checked, and one kind of error whatever the bytes."""

from contextlib import suppress

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto import codec
from proto.codec import DecodeError, decode_answer, decode_request, encode, reply_frame
from proto.codes import BUY, GTC, LIMIT, UNKNOWN_MARKET
from proto.commands import CancelOrder, PlaceOrder
from proto.frames import CommandFrame, Ping, Pong, QueryFrame, ReplyFrame
from proto.limits import FRAME_BYTES_MAX, FRAME_MESSAGES_MAX
from proto.queries import DepthQuery
from proto.replies import Rejected, Reply

ORDER = PlaceOrder(7, 9, 1, 1, BUY, LIMIT, GTC, False, 2000, 10, "bot-1")
DECODERS = [getattr(codec, name) for name in dir(codec) if name.startswith("decode_")]


def test_a_frame_is_what_any_msgpack_library_reads() -> None:
    data = encode(CommandFrame([ORDER, CancelOrder(8, 0, 1, 1, 5, "")]))
    assert msgpack.unpackb(data) == [
        1,
        [[1, 7, 9, 1, 1, 1, 1, 1, False, 2000, 10, "bot-1", None], [2, 8, 0, 1, 1, 5, ""]],
    ]


def test_a_frame_that_any_msgpack_library_wrote_is_read() -> None:
    # An older library too, which knows nothing of terms.
    data = msgpack.packb([1, [[1, 7, 9, 1, 1, 1, 1, 1, False, 2000, 10, "bot-1"]]])
    assert decode_request(data) == CommandFrame([ORDER])


@pytest.mark.parametrize("frame", [QueryFrame([DepthQuery(1, 1, 5)]), Ping(1, 2)])
def test_requests_come_back_as_they_went(frame: QueryFrame | Ping) -> None:
    assert decode_request(encode(frame)) == frame


@pytest.mark.parametrize("frame", [ReplyFrame([Rejected(1, 2)]), Pong(1, 2, 0, 1, 5)])
def test_answers_come_back_as_they_went(frame: ReplyFrame | Pong) -> None:
    assert decode_answer(encode(frame)) == frame


def order_with(position: int, value: object) -> bytes:
    fields: list[object] = [1, 7, 9, 1, 1, 1, 1, 1, False, 2000, 10, "bot-1", None]
    fields[position] = value
    return msgpack.packb([1, [fields]])


@pytest.mark.parametrize(
    ("position", "value"),
    [
        (0, 99),  # no such message
        (0, 20),  # a query in a command frame
        (1, -1),
        (1, 2**62),
        (1, "7"),
        (1, 7.0),
        (3, 0),
        (4, 0),
        (5, 3),
        (6, 0),
        (7, 6),
        (8, 1),
        (9, -1),
        (9, 1.5),
        (9, float("nan")),
        (10, -1),
        (10, None),
        (10, [10]),
        (11, 5),
        (11, "x" * 37),
        (11, b"bytes"),
        (12, 1),
        (12, [6]),
        (12, [0, -1]),
        (12, [0, 0, 0, 2**62]),
        (12, [0, 0, 0, 0, 1]),
        (12, [0, 0, 0, 0, False, 4]),
        (12, [0, 0, 0, 0, False, 0, 0, 0, 10_000]),
    ],
)
def test_a_field_out_of_bounds_is_a_decode_error(position: int, value: object) -> None:
    with pytest.raises(DecodeError):
        decode_request(order_with(position, value))


def test_frames_are_bounded_in_messages_and_bytes() -> None:
    with pytest.raises(DecodeError):
        decode_request(encode(CommandFrame([])))
    with pytest.raises(DecodeError):
        decode_request(encode(CommandFrame([ORDER] * (FRAME_MESSAGES_MAX + 1))))
    with pytest.raises(DecodeError, match="the most is"):
        decode_request(b"\xc0" * (FRAME_BYTES_MAX + 1))
    assert len(encode(CommandFrame([ORDER] * FRAME_MESSAGES_MAX))) < FRAME_BYTES_MAX


@pytest.mark.parametrize("count", [0, 1, 15, 16, 255, 256, FRAME_MESSAGES_MAX])
def test_a_frame_of_packed_replies_is_the_frame_of_the_replies(count: int) -> None:
    replies: list[Reply] = [Rejected(number, UNKNOWN_MARKET) for number in range(count)]
    assert reply_frame([encode(reply) for reply in replies]) == encode(ReplyFrame(replies))


@pytest.mark.parametrize("decode", DECODERS)
@given(data=st.binary(max_size=200))
def test_random_bytes_are_a_message_or_a_decode_error(decode, data: bytes) -> None:
    # Anything but a DecodeError fails the test.
    with suppress(DecodeError):
        assert decode(data) is not None


@pytest.mark.parametrize("decode", DECODERS)
@pytest.mark.parametrize("data", [b"\x91" * 100_000, b"\x92\x01" + b"\x81\x01" * 100_000])
def test_nesting_without_end_is_a_decode_error(decode, data: bytes) -> None:
    with pytest.raises(DecodeError):
        decode(data)


@given(st.binary(max_size=40), st.integers(0, 60))
def test_a_damaged_frame_is_a_frame_or_a_decode_error(noise: bytes, position: int) -> None:
    data = bytearray(encode(CommandFrame([ORDER, ORDER])))
    data[position : position + len(noise)] = noise
    with suppress(DecodeError):
        assert decode_request(bytes(data)) is not None
