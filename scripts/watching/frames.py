"""The WebSocket protocol as a client of one exchange needs it, as cheap as Python allows. Pure.

A server's frames are not masked, and this exchange's messages are never in parts, so the text of a
message is a slice of what arrived. Compression is that of RFC 7692 without context from one message
to the next. What is not expected is a `FrameError`: whoever cannot read on hangs up. (That other
clients, too, can read what the exchange writes is shown by tests with libraries.)
"""

import base64
import hashlib
import zlib
from typing import Final, NamedTuple, final

TEXT: Final = 0x1
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

_FIN: Final = 0x80
_DEFLATED: Final = 0x40
_MASKED: Final = 0x80
_OPCODE: Final = 0x0F
_LENGTH_16: Final = 126
_LENGTH_64: Final = 127
_BLOCK_END: Final = b"\x00\x00\xff\xff"
_HEAD_END: Final = b"\r\n\r\n"
_HEAD_BYTES_MAX: Final = 16 * 1024
# RFC 6455, section 1.3.
_ACCEPT_SALT: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_DEFLATE: Final = "permessage-deflate"
_NO_CONTEXT: Final = "server_no_context_takeover"


class FrameError(Exception):
    """Bytes that this client does not expect."""


class Frame(NamedTuple):
    """A frame: TEXT to PONG, and what is in it."""

    opcode: int
    content: bytes


class Handshake(NamedTuple):
    """The server's answer to the request for a WebSocket.

    Attributes:
        is_deflated: Whether messages may be compressed.
        rest: Bytes that came after it.
    """

    is_deflated: bool
    rest: bytes


def handshake_request(host: str, key: bytes, *, wants_deflation: bool) -> bytes:
    """Write the request for a WebSocket.

    Args:
        host: Value of the Host header.
        key: 16 bytes that nobody can guess.
        wants_deflation: Whether to ask for compression.
    """
    extension = f"Sec-WebSocket-Extensions: {_DEFLATE}; {_NO_CONTEXT}\r\n"
    return (
        f"GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(key).decode()}\r\nSec-WebSocket-Version: 13\r\n"
        f"{extension if wants_deflation else ''}\r\n"
    ).encode()


def read_handshake(data: bytes, key: bytes) -> Handshake | None:
    """Read the server's answer; None while bytes are missing.

    Raises:
        FrameError: If it is a refusal, or no answer to this key.
    """
    head, end, rest = data.partition(_HEAD_END)
    if not end:
        if len(data) > _HEAD_BYTES_MAX:
            raise FrameError("the server's head is too long")
        return None
    status, *lines = head.decode("latin-1").split("\r\n")
    if status.split(" ")[1:2] != ["101"]:
        raise FrameError(f"refused: {status}")
    fields = {name.lower(): value.strip() for name, _, value in (s.partition(":") for s in lines)}
    digest = hashlib.sha1(base64.b64encode(key) + _ACCEPT_SALT, usedforsecurity=False).digest()
    if fields.get("sec-websocket-accept") != base64.b64encode(digest).decode():
        raise FrameError("the server's answer is to another key")
    extension = fields.get("sec-websocket-extensions", "")
    if extension and not (extension.startswith(_DEFLATE) and _NO_CONTEXT in extension):
        raise FrameError(f"cannot do {extension!r}")
    return Handshake(bool(extension), rest)


def write_frame(opcode: int, content: bytes, mask: bytes) -> bytes:
    """Write a frame of a client.

    Args:
        opcode: TEXT to PONG.
        content: Less than 64 KiB.
        mask: 4 bytes that nobody can guess.
    """
    length = len(content)
    if length < _LENGTH_16:
        head = bytes((_FIN | opcode, _MASKED | length))
    else:
        head = bytes((_FIN | opcode, _MASKED | _LENGTH_16)) + length.to_bytes(2, "big")
    whole = mask * (length // 4 + 1)
    masked = int.from_bytes(content, "big") ^ int.from_bytes(whole[:length], "big")
    return head + mask + masked.to_bytes(length, "big")


@final
class FrameReader:
    """Reads the frames of a server from the bytes as they arrive."""

    __slots__ = ("_deflates", "_rest")

    def __init__(self, *, deflates: bool) -> None:
        self._deflates: Final = deflates
        self._rest = b""

    def read(self, data: bytes) -> list[Frame]:
        """Return the frames that are complete now.

        Raises:
            FrameError: If one is not expected.
        """
        if self._rest:
            data = self._rest + data
        frames = []
        start, end = 0, len(data)
        while end - start >= 2:
            head, length = data[start], data[start + 1]
            begin = start + 2
            if length == _LENGTH_16:
                length, begin = int.from_bytes(data[begin : begin + 2], "big"), begin + 2
            elif length == _LENGTH_64:
                length, begin = int.from_bytes(data[begin : begin + 8], "big"), begin + 8
            elif length & _MASKED:
                raise FrameError("a server's frame is masked")
            if begin + length > end:
                break
            start = begin + length
            frames.append(self._frame(head, data[begin:start]))
        self._rest = data[start:]
        return frames

    def _frame(self, head: int, content: bytes) -> Frame:
        opcode = head & _OPCODE
        if not head & _FIN or opcode not in (TEXT, CLOSE, PING, PONG):
            raise FrameError(f"a frame that begins with {head:#x}")
        if head & ~(_FIN | _OPCODE):
            if head != _FIN | _DEFLATED | TEXT or not self._deflates:
                raise FrameError(f"a frame that begins with {head:#x}")
            return Frame(
                opcode, zlib.decompressobj(-zlib.MAX_WBITS).decompress(content + _BLOCK_END)
            )
        return Frame(opcode, content)
