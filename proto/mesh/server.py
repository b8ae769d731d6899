"""The ROUTER end: frames in, replies out, each to the dealer that asked.

It decodes, answers pings by itself, and hands command and query frames to a handler; it decides
nothing. A frame that does not decode changes nothing: it is counted, told in the log at most
once a second, and dropped, since bytes that are no frame have no request id to answer to.
"""

import logging
from collections.abc import Callable
from typing import Final, Protocol, final

import zmq

from proto.codec import DecodeError, decode_request, encode, reply_frame
from proto.frames import (
    PROTOCOL_VERSION,
    CommandFrame,
    Ping,
    Pong,
    QueryFrame,
)
from proto.limits import FRAME_MESSAGES_MAX
from proto.mesh.counters import MeshCounters
from proto.mesh.edge import EdgeSocket

_LOG: Final = logging.getLogger("mesh")
_COMPLAINT_INTERVAL_NS: Final = 1_000_000_000


class FrameHandler(Protocol):
    """What the matcher does with frames."""

    def on_commands(self, identity: bytes, frame: CommandFrame, data: bytes) -> None:
        """Take commands; `data` is the frame as it arrived."""
        ...

    def on_queries(self, identity: bytes, frame: QueryFrame) -> None:
        """Take queries."""
        ...

    def on_drained(self) -> None:
        """Take note that the socket is empty for now, or that its turn is over."""
        ...

    def now_ns(self) -> int:
        """Return the present engine time."""
        ...


@final
class MeshServer:
    """Serves dealers on one ROUTER socket.

    Attributes:
        counters: What was counted since the start.
    """

    def __init__(
        self,
        socket: "zmq.Socket[bytes]",
        shard: int,
        epoch: int,
        handler: FrameHandler,
        monotonic_ns: Callable[[], int],
    ) -> None:
        self.counters: Final = MeshCounters()
        self._shard: Final = shard
        self._epoch: Final = epoch
        self._handler: Final = handler
        self._monotonic_ns: Final = monotonic_ns
        self._edge: Final = EdgeSocket(socket, self._on_message, handler.on_drained)
        self._complained_ns = -_COMPLAINT_INTERVAL_NS

    def start(self) -> None:
        """Begin to serve, on the running loop."""
        self._edge.start()

    def close(self) -> None:
        """Close the socket."""
        self._edge.close()

    def pause(self) -> None:
        """Stop reading; senders are pushed back by the socket's bound."""
        self._edge.pause()

    def resume(self) -> None:
        """Read again."""
        self._edge.resume()

    def reply(self, identity: bytes, replies: list[bytes]) -> None:
        """Send packed replies to a dealer; one that has left, or does not read, loses them."""
        for start in range(0, len(replies), FRAME_MESSAGES_MAX):
            some = replies[start : start + FRAME_MESSAGES_MAX]
            self._send(identity, reply_frame(some), len(some))

    def _send(self, identity: bytes, data: bytes, messages: int) -> None:
        if self._edge.send([identity, data]):
            self.counters.frames_sent += 1
            self.counters.messages_sent += messages
        else:
            self.counters.undeliverable += 1

    def _on_message(self, parts: list[bytes]) -> None:
        self.counters.frames_received += 1
        identity = parts[0]
        try:
            if len(parts) != 2:
                raise DecodeError(f"{len(parts)} parts instead of an identity and a frame")
            request = decode_request(parts[1])
        except DecodeError as error:
            self._complain(error)
            return
        if isinstance(request, CommandFrame):
            self.counters.messages_received += len(request.commands)
            self._handler.on_commands(identity, request, parts[1])
        elif isinstance(request, QueryFrame):
            self.counters.messages_received += len(request.queries)
            self._handler.on_queries(identity, request)
        else:
            self._answer_ping(identity, request)

    def _answer_ping(self, identity: bytes, ping: Ping) -> None:
        pong = Pong(PROTOCOL_VERSION, ping.nonce, self._shard, self._epoch, self._handler.now_ns())
        self._send(identity, encode(pong), 0)

    def _complain(self, error: DecodeError) -> None:
        self.counters.bad_frames += 1
        now = self._monotonic_ns()
        if now - self._complained_ns >= _COMPLAINT_INTERVAL_NS:
            self._complained_ns = now
            _LOG.warning(
                "dropped a frame that does not decode (%d so far): %s",
                self.counters.bad_frames,
                error,
            )
