"""The client's side of WebSocket (RFC 6455), as little of it as a reader of many streams needs.

A process that reads for thousands of clients must not be what is measured. So frames are found by
their lengths and counted; what is in them is cut out only where somebody wants it. Nothing is
inflated: a compressed message is counted like any other. What else there is to the protocol is in
`scripts/watching/frames.py`.
"""

from typing import Final, final

from scripts.watching.frames import CLOSE, PING, PONG, TEXT, FrameError, write_frame

_LENGTH_16: Final = 126
_LENGTH_64: Final = 127
_OPCODE: Final = 0x0F
# What a client sends must be masked, against proxies that could be fooled; there are none here.
_MASK: Final = bytes(4)
# Closings without a code, and without a closing frame (RFC 6455, section 7.4.1).
NO_CODE: Final = 1005
CUT: Final = 1006


def masked_text(text: str) -> bytes:
    """Write a text message of a client."""
    return write_frame(TEXT, text.encode(), _MASK)


@final
class FrameReader:
    """The frames of one server connection, in whatever pieces they come.

    Attributes:
        messages: Whole messages so far.
        close_code: Code of the closing frame, once there was one.
    """

    __slots__ = ("_pings", "_rest", "close_code", "messages")

    def __init__(self) -> None:
        self.messages = 0
        self.close_code: int | None = None
        self._rest = b""
        self._pings: list[bytes] = []

    def take(self, data: bytes, texts: list[bytes] | None = None) -> None:
        """Take what has come.

        Args:
            data: Bytes, from where the last ones ended.
            texts: Gets the content of each whole message, if there is a list.

        Raises:
            FrameError: If it is in parts, or of a kind that is none.
        """
        if self._rest:
            data = self._rest + data
        at, end = 0, len(data)
        while end - at >= 2:
            length, start = data[at + 1], at + 2
            if length >= _LENGTH_16:
                start += 2 if length == _LENGTH_16 else 8
                if start > end:
                    break
                length = int.from_bytes(data[at + 2 : start], "big")
            stop = start + length
            if stop > end:
                break
            if data[at] & _OPCODE == TEXT:
                self.messages += 1
                if texts is not None:
                    texts.append(data[start:stop])
            else:
                self._take_control(data[at] & _OPCODE, data[start:stop])
            at = stop
        self._rest = data[at:]

    def take_pongs(self) -> bytes:
        """Return the frames that answer the pings which have come, and forget these."""
        if not self._pings:
            return b""
        pings, self._pings = self._pings, []
        return b"".join(write_frame(PONG, ping, _MASK) for ping in pings)

    def _take_control(self, opcode: int, content: bytes) -> None:
        if opcode == CLOSE:
            self.close_code = int.from_bytes(content[:2], "big") if content else NO_CODE
        elif opcode == PING:
            self._pings.append(content)
        else:
            raise FrameError(f"a frame of kind {opcode}")
