"""A ZeroMQ socket on an asyncio loop, without a task or a future for each message.

Theory of operation
-------------------
A ZeroMQ socket has one file descriptor, and it is edge-triggered: it turns readable when the
socket's state changes, not while messages wait. Whoever is woken must read until `EAGAIN`, or
the rest waits for the next edge, which may never come. A send, too, processes pending state
inside the library and can swallow an edge, even a send that is refused, so after each the socket
is asked whether it has something (zmq_getsockopt(3), ZMQ_FD). pyzmq's own asyncio sockets do the
same, with a future for every message; here a callback is all there is.

What a call costs decides which is made (measured: 0.3 us for a part of a message, 1.4 to ask for
the socket's state, which takes system calls, and 3.4 for the exception that says that it is empty).
So a message that comes alone is followed by a question, and only a row of them by that exception.

Reading yields after `MESSAGES_PER_TURN`, so that a flood cannot starve the timers and the other
sockets of the loop; what is left is read in the next turn.
"""

import asyncio
from collections.abc import Callable
from typing import Final, final

import zmq

MESSAGES_PER_TURN: Final = 64
# As plain numbers: the library's own flags are objects that take a microsecond to combine.
_NOBLOCK: Final = int(zmq.NOBLOCK)
_NOBLOCK_MORE: Final = int(zmq.NOBLOCK | zmq.SNDMORE)
_POLLIN: Final = int(zmq.POLLIN)


@final
class EdgeSocket:
    """Reads a socket until it is empty whenever it may have something; sends without blocking."""

    def __init__(
        self,
        socket: "zmq.Socket[bytes]",
        on_message: Callable[[list[bytes]], None],
        on_drained: Callable[[], None],
    ) -> None:
        """Wrap a connected or bound socket; `start` begins to read.

        Args:
            socket: Closed by `close`.
            on_message: Takes the parts of one message.
            on_drained: Called after each run of messages, when no more wait or the turn is over.
        """
        self._socket: Final = socket
        self._on_message: Final = on_message
        self._on_drained: Final = on_drained
        self._loop: asyncio.AbstractEventLoop | None = None
        self._paused = False
        self._drain_scheduled = False

    def start(self) -> None:
        """Begin to read, on the running loop."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._drain)
        self._schedule_drain()

    def close(self) -> None:
        """Stop reading and close the socket; what was not sent is dropped."""
        if self._loop is not None:
            self._loop.remove_reader(self._socket.fileno())
            self._loop = None
        self._socket.close(linger=0)

    def pause(self) -> None:
        """Leave further messages in the socket, whose bound then pushes back on the senders."""
        self._paused = True

    def resume(self) -> None:
        """Read again after `pause`."""
        if self._paused:
            self._paused = False
            self._schedule_drain()

    def send(self, parts: list[bytes]) -> bool:
        """Send one message if that is possible at once.

        Returns:
            False where it is not: the peer's queue is full, or there is no such peer.
        """
        sent = self._try_to_send(parts)
        if self._has_message():
            self._schedule_drain()
        return sent

    def _try_to_send(self, parts: list[bytes]) -> bool:
        try:
            for part in parts[:-1]:
                self._socket.send(part, _NOBLOCK_MORE)
            self._socket.send(parts[-1], _NOBLOCK)
        except zmq.Again:
            return False
        except zmq.ZMQError as error:
            # A ROUTER's answer to an identity that has left.
            if error.errno == zmq.EHOSTUNREACH:
                return False
            raise
        return True

    def _schedule_drain(self) -> None:
        if not self._drain_scheduled and self._loop is not None:
            self._drain_scheduled = True
            self._loop.call_soon(self._drain_later)

    def _drain_later(self) -> None:
        self._drain_scheduled = False
        self._drain()

    def _drain(self) -> None:
        if self._loop is None or self._paused:
            return
        received = 0
        try:
            while received < MESSAGES_PER_TURN and not self._paused:
                if received == 1 and not self._has_message():
                    break
                parts = self._receive()
                received += 1
                self._on_message(parts)
            else:
                self._schedule_drain()
        except zmq.Again:
            # Empty: the next message makes a new edge.
            pass
        if received:
            self._on_drained()

    def _has_message(self) -> bool:
        """Tell whether a message waits; if none does, the next one makes a new edge."""
        return bool(int(self._socket.getsockopt(zmq.EVENTS)) & _POLLIN)

    def _receive(self) -> list[bytes]:
        """Receive the parts of one message, which come together.

        Raises:
            zmq.Again: If none waits.
        """
        receive = self._socket.recv
        frame = receive(_NOBLOCK, copy=False)
        parts = [frame.bytes]
        while frame.more:
            frame = receive(_NOBLOCK, copy=False)
            parts.append(frame.bytes)
        return parts
