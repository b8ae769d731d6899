"""One keep-alive HTTP/1.1 connection with one request in flight, as cheap as Python allows.

It shares the machine with what it measures, so it does only what a load generator needs: the
request arrives as finished bytes; of the reply it reads the status code and the Content-Length
and hands on the body. No chunked bodies, no redirects, no pipelining: a reply that this reader
does not understand closes the connection, and the request's outcome is unknown.
"""

import asyncio
from collections.abc import Callable
from typing import Final, cast, final

_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"\r\ncontent-length:"
# A head longer than this is not one of ours.
HEAD_BYTES_MAX: Final = 16 * 1024


class ReplyError(Exception):
    """Bytes that are not a reply this client understands."""


def read_reply(data: bytes) -> tuple[int, int, int] | None:
    """Find a reply at the start of some bytes.

    Returns:
        Status code, and where the body starts and ends; None while bytes are missing.

    Raises:
        ReplyError: If it is no HTTP/1.1 reply with a Content-Length.
    """
    head_end = data.find(_HEAD_END)
    if head_end < 0:
        if len(data) > HEAD_BYTES_MAX:
            raise ReplyError("head too long")
        return None
    status = data[9:12]
    if data[:7] != b"HTTP/1." or not status.isdigit():
        raise ReplyError("not HTTP/1")
    body_start = head_end + 4
    mark = data.find(_LENGTH, 0, head_end)
    if mark < 0:
        mark = data[:head_end].lower().find(_LENGTH)
    if mark < 0:
        if status in (b"204", b"304"):
            return int(status), body_start, body_start
        raise ReplyError("no Content-Length")
    line_end = data.find(b"\r\n", mark + 2)
    length = data[mark + len(_LENGTH) : line_end].strip()
    if not length.isdigit():
        raise ReplyError("Content-Length is no number")
    body_end = body_start + int(length)
    if len(data) < body_end:
        return None
    return int(status), body_start, body_end


@final
class HttpConnection(asyncio.Protocol):
    """One connection; `on_reply(status, body)` and `on_lost()` are its two events."""

    def __init__(self, on_reply: Callable[[int, bytes], None], on_lost: Callable[[], None]) -> None:
        self._on_reply: Final = on_reply
        self._on_lost: Final = on_lost
        self._transport: asyncio.Transport | None = None
        self._buffer = b""

    @property
    def is_open(self) -> bool:
        """Whether a request can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def send(self, request: bytes) -> None:
        """Send a request; the one before must have been answered."""
        assert self._transport is not None
        self._transport.write(request)

    def abort(self) -> None:
        """Close at once; `on_lost` follows."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
        try:
            reply = read_reply(data)
        except ReplyError:
            self.abort()
            return
        if reply is None:
            self._buffer = data
            return
        status, body_start, body_end = reply
        self._buffer = data[body_end:]
        self._on_reply(status, data[body_start:body_end])

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._buffer = b""
        self._on_lost()
