"""What a stream tells, without its name; and the source that a content makes under a name.

Several streams may tell the same (a book at another pace has another name and nothing else), so
what is told is made once, and each stream puts it into its envelope.

A content answers the question of `feed/source.py`, and always at once. It may lag: then its market
is not to be relied on, and nothing of it is told until it is.
"""

from collections.abc import Callable, Sequence
from typing import Final, Protocol, final

import msgspec
from msgspec import Struct

from feed.source import Portion

_ENCODER: Final = msgspec.json.Encoder()


class Content(Protocol):
    """What there is to tell."""

    def mark(self) -> int:
        """Return where somebody stands who has been told everything."""
        ...

    def since(self, mark: int) -> Portion:
        """Return what there is for somebody at a mark, as JSON texts without envelope."""
        ...


def _always() -> bool:
    return True


@final
class ContentSource:
    """A content as the source of one stream."""

    __slots__ = ("_content", "_envelope", "_is_reliable", "_told", "_wrapped", "begins_now")

    def __init__(
        self, stream: str, content: Content, is_reliable: Callable[[], bool] = _always
    ) -> None:
        """Make a source.

        Args:
            stream: Name of the stream.
            content: What is told.
            is_reliable: Tells whether it may be told now.
        """
        self.begins_now = False
        self._content: Final = content
        self._is_reliable: Final = is_reliable
        self._envelope: Final = b'{"stream":%b,"data":' % _ENCODER.encode(stream)
        # Whoever asks the content the same gets the same portion: it is wrapped once.
        self._told: Portion | None = None
        self._wrapped: Portion | None = None

    def mark(self) -> int:
        """Return where somebody stands who has taken everything that there is."""
        return self._content.mark()

    def since(self, mark: int) -> Portion:
        """Return what there is for somebody at a mark; nothing while it is not reliable."""
        if not self._is_reliable():
            return Portion([], mark)
        told = self._content.since(mark)
        if not told.messages:
            return told
        wrapped = self._wrapped
        if wrapped is None or told is not self._told:
            envelope = self._envelope
            wrapped = Portion([b"%b%b}" % (envelope, text) for text in told.messages], told.mark)
            self._told, self._wrapped = told, wrapped
        return wrapped

    def fetch(self, mark: int, then: Callable[[Portion], None], wanted: Callable[[], bool]) -> None:
        """Never called, since `since` always has an answer."""
        raise AssertionError(mark)


def encode_data(data: Struct | Sequence[Struct]) -> bytes:
    """Write the data of a message as JSON."""
    return _ENCODER.encode(data)
