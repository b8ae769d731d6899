"""One WebSocket connection of a subscriber: bytes in, texts out, and ways to misbehave.

Besides what clients do it can be cut without a word, and stop reading for a while. What the system
keeps for it is bounded, so that whoever stops reading is soon seen to.
"""

import asyncio
import random
import socket
import zlib
from typing import Final, Protocol, cast, final
from urllib.parse import urlsplit

from scripts.watching.frames import (
    CLOSE,
    PING,
    PONG,
    TEXT,
    FrameError,
    FrameReader,
    handshake_request,
    read_handshake,
    write_frame,
)

_RECEIVE_BUFFER_BYTES: Final = 64 * 1024
_OPEN_TIMEOUT_S: Final = 10.0


class Owner(Protocol):
    """Who is told what happens to a connection."""

    def on_text(self, text: bytes) -> None:
        """Take a message."""

    def on_end(self, farewell: str) -> None:
        """Take note that it has ended.

        Args:
            farewell: Code and reason by which the server has closed it, what could not be read, or
                "" where it just ended.
        """


@final
class WatchingConnection(asyncio.Protocol):
    """A connection."""

    def __init__(self, owner: Owner, chance: random.Random, *, is_deflated: bool) -> None:
        """Prepare it.

        Args:
            owner: Is told what happens, from the end of the handshake on.
            chance: Source of keys and masks.
            is_deflated: Whether to ask for compression.
        """
        self._owner: Final = owner
        self._chance: Final = chance
        self._is_deflated: Final = is_deflated
        self._key: Final = chance.randbytes(16)
        self._opened: Final[asyncio.Future[None]] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None
        self._reader: FrameReader | None = None
        self._head = b""
        self._farewell = ""

    async def open(self, url: str) -> None:
        """Connect.

        Raises:
            OSError: If there is no connection (TimeoutError is one).
            FrameError: If the server refuses, or answers what is not expected.
        """
        parts = urlsplit(url)
        host, port = parts.hostname or "127.0.0.1", parts.port or 80
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
            loop = asyncio.get_running_loop()
            async with asyncio.timeout(_OPEN_TIMEOUT_S):
                await loop.sock_connect(sock, (host, port))
                await loop.create_connection(lambda: self, sock=sock)
                self._write(
                    handshake_request(parts.netloc, self._key, wants_deflation=self._is_deflated)
                )
                await self._opened
        except BaseException:
            self._opened.cancel()
            self.cut()
            sock.close()
            raise

    def send(self, text: bytes) -> None:
        """Send a message; one that has gone is skipped."""
        self._write(write_frame(TEXT, text, self._chance.randbytes(4)))

    def cut(self) -> None:
        """End it at once, without a word."""
        if self._transport is not None:
            self._transport.abort()

    def stop_reading(self) -> None:
        """Take nothing more, until `go_on`."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def go_on(self) -> None:
        """Read again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        try:
            if self._reader is None:
                self._read_handshake(self._head + data)
            else:
                self._read_frames(self._reader, data)
        except (FrameError, zlib.error) as error:
            self._farewell = str(error)
            if not self._opened.done():
                self._opened.set_exception(FrameError(self._farewell))
            self.cut()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._reader is not None:
            self._owner.on_end(self._farewell)
        elif not self._opened.done():
            self._opened.set_exception(ConnectionResetError("ended before the handshake"))

    def _read_handshake(self, data: bytes) -> None:
        self._head = data
        handshake = read_handshake(data, self._key)
        if handshake is None:
            return
        self._reader = FrameReader(deflates=handshake.is_deflated)
        if not self._opened.done():
            self._opened.set_result(None)
        if handshake.rest:
            self._read_frames(self._reader, handshake.rest)

    def _read_frames(self, reader: FrameReader, data: bytes) -> None:
        for opcode, content in reader.read(data):
            if opcode == TEXT:
                self._owner.on_text(content)
            elif opcode == PING:
                self._write(write_frame(PONG, content, self._chance.randbytes(4)))
            elif opcode == CLOSE:
                reason = content[2:].decode(errors="replace")
                self._farewell = f"{int.from_bytes(content[:2], 'big')} {reason}".strip()
                self._write(write_frame(CLOSE, content[:2], self._chance.randbytes(4)))
                self._leave()

    def _leave(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)
