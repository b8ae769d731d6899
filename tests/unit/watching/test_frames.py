"""The little of WebSocket that subscribers speak, against what the library speaks."""

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame as LibraryFrame
from websockets.frames import Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.utils import accept_key

from scripts.watching.frames import (
    CLOSE,
    PING,
    PONG,
    TEXT,
    Frame,
    FrameError,
    FrameReader,
    Handshake,
    handshake_request,
    read_handshake,
    write_frame,
)

KEY = bytes(range(16))
MASK = b"\x01\x80\xff\x07"


def server_frame(opcode: Opcode, content: bytes) -> bytes:
    return LibraryFrame(opcode, content).serialize(mask=False)


def deflated_frame(text: bytes) -> bytes:
    encoder = zlib.compressobj(wbits=-12)
    content = (encoder.compress(text) + encoder.flush(zlib.Z_SYNC_FLUSH))[:-4]
    head, *rest = server_frame(Opcode.TEXT, content)
    return bytes((head | 0x40, *rest))


@given(
    texts=st.lists(st.sampled_from([0, 1, 125, 126, 127, 65_535, 65_536]), max_size=5),
    cuts=st.lists(st.integers(1, 200), min_size=1, max_size=4),
)
def test_frames_are_read_however_they_arrive(texts: list[int], cuts: list[int]) -> None:
    contents = [b"x" * length for length in texts]
    data = b"".join(server_frame(Opcode.TEXT, content) for content in contents)
    reader, found, start = FrameReader(deflates=False), [], 0
    while start < len(data):
        length = cuts[start % len(cuts)] if start < 2_000 else 50_000
        found += reader.read(data[start : start + length])
        start += length
    assert found == [Frame(TEXT, content) for content in contents]


def test_control_frames_and_compressed_texts() -> None:
    data = (
        server_frame(Opcode.PING, b"here?")
        + deflated_frame(b"hello " * 50)
        + server_frame(Opcode.TEXT, b"short")
        + server_frame(Opcode.CLOSE, b"\x03\xe9bye")
    )
    assert FrameReader(deflates=True).read(data) == [
        Frame(PING, b"here?"),
        Frame(TEXT, b"hello " * 50),
        Frame(TEXT, b"short"),
        Frame(CLOSE, b"\x03\xe9bye"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        deflated_frame(b"x"),
        LibraryFrame(Opcode.TEXT, b"part", fin=False).serialize(mask=False),
        LibraryFrame(Opcode.TEXT, b"x").serialize(mask=True),
        server_frame(Opcode.BINARY, b"x"),
        b"\x83\x01x",
    ],
)
def test_what_is_not_expected_is_an_error(data: bytes) -> None:
    with pytest.raises(FrameError):
        FrameReader(deflates=False).read(data)


@pytest.mark.parametrize("opcode", [TEXT, PONG, CLOSE])
@pytest.mark.parametrize("length", [0, 1, 2, 125, 126, 5_000])
def test_the_library_reads_what_is_written(opcode: int, length: int) -> None:
    content = bytes(number % 128 for number in range(length))
    if opcode != TEXT:
        content = content[:125]
    if opcode == CLOSE:
        content = b"\x03\xe8" + content[: min(length, 100)]
    server = ServerProtocol()
    server.receive_data(handshake_request("h", KEY, wants_deflation=False))
    (request,) = server.events_received()
    assert isinstance(request, Request)
    server.send_response(server.accept(request))
    server.receive_data(write_frame(opcode, content, MASK))
    (frame,) = server.events_received()
    assert isinstance(frame, LibraryFrame)
    assert (frame.opcode, bytes(frame.data)) == (opcode, content)


def test_the_handshake_is_one_that_the_library_answers() -> None:
    server = ServerProtocol()
    server.receive_data(handshake_request("127.0.0.1:1", KEY, wants_deflation=False))
    (request,) = server.events_received()
    assert isinstance(request, Request)
    server.send_response(server.accept(request))
    (answer,) = server.data_to_send()
    assert read_handshake(answer[:-1], KEY) is None
    handshake = read_handshake(answer + b"rest", KEY)
    assert handshake is not None
    assert (handshake.is_deflated, handshake.rest) == (False, b"rest")
    with pytest.raises(FrameError, match="another key"):
        read_handshake(answer, bytes(16))


def test_a_refusal_and_an_extension_that_was_not_asked_for() -> None:
    with pytest.raises(FrameError, match="503"):
        read_handshake(b"HTTP/1.1 503 Service Unavailable\r\n\r\n", KEY)
    with pytest.raises(FrameError, match="too long"):
        read_handshake(b"x" * 20_000, KEY)
    accept = accept_key(base64.b64encode(KEY).decode())
    head = f"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: {accept}\r\n"
    with_context = f"{head}Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    with pytest.raises(FrameError, match="permessage-deflate"):
        read_handshake(with_context.encode(), KEY)
    without = (
        f"{head}sec-websocket-extensions: permessage-deflate; server_no_context_takeover\r\n\r\n"
    )
    assert read_handshake(without.encode(), KEY) == Handshake(is_deflated=True, rest=b"")
