"""A WebSocket connection that the hub can write to without waiting.

Messages of streams are written as whole frames, made once for all readers, past the library's own
framing: between two messages of its own, which are never in parts, that is the same to the client.
Everything else (handshake, answers, pings, closing) is the library's.

The messages of one turn of the event loop are put together (`feed/outbox.py`), up to a bound; they
leave before anything of the library's, so that nothing overtakes them.

What a client sends costs the others time, also where it means nothing: pings, pongs, parts of a
message. So whoever sends more frames than an allowance is read from more slowly.
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from websockets.asyncio.server import ServerConnection
from websockets.extensions.permessage_deflate import (
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)
from websockets.frames import CloseCode
from websockets.protocol import Event, State

from feed.message import DEFLATE_LEVEL, DEFLATE_MEMORY_LEVEL, DEFLATE_WINDOW_BITS, Message
from feed.outbox import Outbox
from feed.token_bucket import TokenBucket
from proto.intervals import SECOND_NS

# What may wait for a reader; the library tells when it is more, and when half of it is taken.
BUFFER_BYTES_MAX: Final = 64 * 1024
# What the system may keep besides (it keeps as much again for its own use). Left alone, it would
# let megabytes of old news pile up for a reader that is slow.
SEND_BUFFER_BYTES: Final = 128 * 1024
# What a client may have sent and is not read yet: the most that is looked at in one turn.
RECEIVE_BUFFER_BYTES: Final = 32 * 1024
# Twice what the requests that are allowed need.
FRAMES_PER_SECOND: Final = 2_000
FRAMES_BURST: Final = 4_000
# What is put together before it is written; beyond that a system call more hardly counts.
_TOGETHER_BYTES: Final = 16 * 1024
_DISMISS_TIMEOUT_S: Final = 2.0
# SO_LINGER: close at once, and throw away what is not sent.
_NO_LINGER: Final = struct.pack("ii", 1, 0)


def deflation() -> ServerPerMessageDeflateFactory:
    """Return how connections agree to compression."""
    return ServerPerMessageDeflateFactory(
        server_no_context_takeover=True,
        client_no_context_takeover=True,
        compress_settings={"level": DEFLATE_LEVEL, "memLevel": DEFLATE_MEMORY_LEVEL},
    )


class FeedConnection(ServerConnection):
    """A connection, seen as a reader of streams.

    Attributes:
        on_full: Called when more waits than should; set by whoever wants to know.
        on_room: Called in a later turn when there is room again.
    """

    on_full: "Callable[[FeedConnection], None] | None" = None
    on_room: "Callable[[FeedConnection], None] | None" = None
    _deflates = False
    _outbox: Outbox
    # What is to be written when this turn is over.
    _written: list[bytes]
    _written_bytes = 0
    # What has come in this turn.
    _frames = 0
    # Until the allowance has grown nothing is read.
    _is_resting = False
    _dismissal: "asyncio.Task[None] | None" = None

    def enter(
        self,
        on_full: "Callable[[FeedConnection], None]",
        on_room: "Callable[[FeedConnection], None]",
        outbox: Outbox,
    ) -> None:
        """Begin to tell when it is full, and to be written to; after the handshake."""
        self.on_full, self.on_room = on_full, on_room
        self._outbox, self._written = outbox, []
        # A client may ask for a smaller window than ours: it gets messages as they are.
        self._deflates = any(
            isinstance(extension, PerMessageDeflate)
            and extension.local_max_window_bits >= DEFLATE_WINDOW_BITS
            for extension in self.protocol.extensions
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:  # type: ignore[explicit-override]
        """Bound what the system keeps for a client that does not read, and of one that floods."""
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        super().connection_made(transport)
        self._allowance = TokenBucket(FRAMES_PER_SECOND, FRAMES_BURST)
        # The library reads on when its queue of messages has room; a rest goes before that.
        self.recv_messages.resume = self._read_on

    def process_event(self, event: Event) -> None:  # type: ignore[explicit-override]
        """Count what comes."""
        self._frames += 1
        super().process_event(event)

    def data_received(self, data: bytes) -> None:  # type: ignore[explicit-override]
        """Take what was read, and rest where it was too much."""
        super().data_received(data)
        frames, self._frames = self._frames, 0
        rest_ns = self._allowance.spend(frames, int(self.loop.time() * SECOND_NS))
        if rest_ns and not self._is_resting and not self.transport.is_closing():
            self._is_resting = True
            self.transport.pause_reading()
            self.loop.call_later(rest_ns / SECOND_NS, self._end_rest)

    def write(self, message: Message) -> None:
        """Write a message, in this turn; where the connection is closing it is left out."""
        if self.protocol.state is not State.OPEN:
            return
        frame = message.deflated() if self._deflates else message.plain
        written = self._written
        if not written:
            self._outbox.add(self)
        written.append(frame)
        self._written_bytes += len(frame)
        if self._written_bytes > _TOGETHER_BYTES:
            self.flush()

    def flush(self) -> None:
        """Hand what was written to the transport."""
        written = self._written
        if not written:
            return
        data = written[0] if len(written) == 1 else b"".join(written)
        written.clear()
        self._written_bytes = 0
        if not self.transport.is_closing():
            self.transport.write(data)

    def send_data(self) -> None:  # type: ignore[explicit-override]
        """Hand on what the library writes; what was written before goes first."""
        if self._written_bytes:
            self.flush()
        super().send_data()

    def buffered_bytes(self) -> int:
        """Return how much was written and the client has not taken yet."""
        return self.transport.get_write_buffer_size() + self._written_bytes

    # `typing.override` comes with Python 3.12.
    def pause_writing(self) -> None:  # type: ignore[explicit-override]
        """Take the transport's word that its buffer is full."""
        super().pause_writing()
        if self.on_full is not None:
            self.on_full(self)

    def resume_writing(self) -> None:  # type: ignore[explicit-override]
        """Take the transport's word that its buffer has room."""
        super().resume_writing()
        # It may come in the middle of a write.
        self.loop.call_soon(self._tell_of_room)

    def dismiss(self, reason: str) -> None:
        """Close it with 1008; the close frame waits behind what is buffered, for a while only."""
        if self._dismissal is None:
            # Kept, since the event loop alone does not keep a task.
            self._dismissal = asyncio.create_task(self._dismiss(reason))

    def _end_rest(self) -> None:
        self._is_resting = False
        self._read_on()

    def _read_on(self) -> None:
        if not (self._is_resting or self.recv_messages.paused or self.transport.is_closing()):
            self.transport.resume_reading()

    def _tell_of_room(self) -> None:
        if self.on_room is not None and not self.paused:
            self.on_room(self)

    async def _dismiss(self, reason: str) -> None:
        try:
            async with asyncio.timeout(_DISMISS_TIMEOUT_S):
                # The library's own deadline begins only when the buffer has been taken.
                await self.close(CloseCode.POLICY_VIOLATION, reason)
        except TimeoutError:
            self._cut()

    def _cut(self) -> None:
        """End it, and have the system forget what it keeps for a client that does not read."""
        sock = self.transport.get_extra_info("socket")
        # It may have gone at this moment.
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.transport.abort()
