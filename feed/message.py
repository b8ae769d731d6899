"""One message of a stream as the bytes of a WebSocket frame, made once for all who get it.

A server's frames are not masked (RFC 6455, section 5.1), so the same bytes are right for every
connection. Compressed they are too where no context is kept from one message to the next
(RFC 7692, section 7.1.1.1): so the frame is deflated when the first reader needs it that way, and
kept for the others.
"""

import zlib
from struct import Struct
from typing import Final, final

# Shorter texts hardly shrink; longer ones would keep the others from their turn for too long.
DEFLATE_BYTES_MIN: Final = 128
DEFLATE_BYTES_MAX: Final = 512 * 1024
_FIN_TEXT: Final = 0x81
# RSV1 marks a compressed message.
_FIN_TEXT_DEFLATED: Final = 0xC1
_LENGTH_16: Final = 126
_LENGTH_64: Final = 127
_SHORT: Final = Struct("!BB")
_MEDIUM: Final = Struct("!BBH")
_LONG: Final = Struct("!BBQ")
# The end of a flushed block, which every message has and none carries (RFC 7692, section 7.2.1).
_FLUSH_LENGTH: Final = 4
# A window of 4 KiB: compressing takes less memory and time, and a message is rarely longer.
DEFLATE_WINDOW_BITS: Final = 12
DEFLATE_LEVEL: Final = 1
DEFLATE_MEMORY_LEVEL: Final = 5


@final
class Message:
    """A text message.

    Attributes:
        plain: Its frame.
    """

    __slots__ = ("_deflated", "_text", "plain")

    def __init__(self, text: bytes) -> None:
        self._text: Final = text
        self.plain: Final = _frame(_FIN_TEXT, text)
        self._deflated: bytes | None = None

    def deflated(self) -> bytes:
        """Return its frame for readers that take compressed ones."""
        if self._deflated is None:
            self._deflated = self._deflate()
        return self._deflated

    def _deflate(self) -> bytes:
        if not DEFLATE_BYTES_MIN <= len(self._text) <= DEFLATE_BYTES_MAX:
            return self.plain
        encoder = zlib.compressobj(
            DEFLATE_LEVEL, zlib.DEFLATED, -DEFLATE_WINDOW_BITS, DEFLATE_MEMORY_LEVEL
        )
        content = encoder.compress(self._text) + encoder.flush(zlib.Z_SYNC_FLUSH)
        return _frame(_FIN_TEXT_DEFLATED, content[:-_FLUSH_LENGTH])


def _frame(head: int, content: bytes) -> bytes:
    length = len(content)
    if length < _LENGTH_16:
        return _SHORT.pack(head, length) + content
    if length < 1 << 16:
        return _MEDIUM.pack(head, _LENGTH_16, length) + content
    return _LONG.pack(head, _LENGTH_64, length) + content
