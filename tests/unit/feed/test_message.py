"""Frames as the protocol's own reader sees them."""

import zlib

import pytest
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from feed.message import DEFLATE_BYTES_MIN, Message


def read(data: bytes, *, deflated: bool) -> Frame:
    """Read one frame as a client does, and nothing after it."""
    extensions = [PerMessageDeflate(True, True, 15, 15)] if deflated else []
    reader = StreamReader()
    reader.feed_data(data)
    parser = Frame.parse(reader.read_exact, mask=False, extensions=extensions)
    try:
        next(parser)
    except StopIteration as done:
        reader.feed_eof()
        assert len(data) == 0 or not reader.buffer
        return done.value
    raise AssertionError("the frame is not whole")


LENGTHS = [0, 1, 125, 126, 127, 128, 65_535, 65_536, 200_000]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("deflated", [False, True])
def test_a_frame_is_one_text_message(length: int, deflated: bool) -> None:
    text = (b'{"price":"100.05","quantity":"3"}' * (length // 30 + 1))[:length]
    message = Message(text)
    frame = read(message.deflated() if deflated else message.plain, deflated=deflated)
    assert (frame.opcode, frame.fin, bytes(frame.data)) == (Opcode.TEXT, True, text)


def test_only_what_shrinks_is_deflated_and_only_once() -> None:
    short = Message(b"x" * (DEFLATE_BYTES_MIN - 1))
    assert short.deflated() is short.plain
    long = Message(b"x" * 4_000)
    assert len(long.deflated()) < 100
    assert long.deflated() is long.deflated()


def test_no_context_is_kept_from_one_message_to_the_next() -> None:
    # What any two messages have in common is told again, so each can be read alone.
    text = b'{"market":"TATA_INR"}' * 20
    first, second = Message(text).deflated(), Message(text).deflated()
    assert first == second
    body = zlib.decompressobj(-15).decompress(second[2:] + b"\x00\x00\xff\xff")
    assert body == text
