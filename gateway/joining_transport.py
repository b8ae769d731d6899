"""A transport that sends the head of a response together with its body.

uvicorn writes the two apart, and uvloop makes a system call and a packet of each. Here the head
waits for the write that follows it in the same turn of the loop, which halves the system calls of
an answer, on both ends. Where no body follows, the end of the response or of the connection sends
what waits (`flush`).
"""

import asyncio
from typing import Final, final

_HEAD: Final = b"HTTP/1.1 "
# An interim answer has no body: the client waits for it before it sends its own.
_INTERIM: Final = b"HTTP/1.1 1"


@final
class JoiningTransport(asyncio.Transport):
    """Wraps the transport of one connection; has what uvicorn uses of one."""

    __slots__ = ("_head", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport: Final = transport
        self._head = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:  # type: ignore[explicit-override]
        """Write data, after the head that waits, or keep it where it is a head itself."""
        if self._head:
            self._transport.write(self._head + data)
            self._head = b""
        elif isinstance(data, bytes) and data.startswith(_HEAD) and not data.startswith(_INTERIM):
            self._head = data
        else:
            self._transport.write(data)

    def flush(self) -> None:
        """Write the head that waits, if there is one."""
        if self._head:
            self._transport.write(self._head)
            self._head = b""

    def close(self) -> None:  # type: ignore[explicit-override]
        """Write what waits and close."""
        self.flush()
        self._transport.close()

    def abort(self) -> None:  # type: ignore[explicit-override]
        """Close at once."""
        self._transport.abort()

    def is_closing(self) -> bool:  # type: ignore[explicit-override]
        """Tell whether the connection is closed, or being closed."""
        return self._transport.is_closing()

    def pause_reading(self) -> None:  # type: ignore[explicit-override]
        """Stop reading."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:  # type: ignore[explicit-override]
        """Read again."""
        self._transport.resume_reading()

    def get_extra_info(self, name: str, default: object = None) -> object:  # type: ignore[explicit-override]
        """Return what the wrapped transport knows."""
        return self._transport.get_extra_info(name, default)
