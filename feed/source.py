"""What a stream is made from, as the hub sees it.

Theory of operation
-------------------
A *mark* is an integer that says how much of a stream somebody has: the sequence of a book, the
identifier of a trade, the position of an event, or the version of a state. Marks only rise while a
source is in order, and NOTHING is below all of them.

A source answers one question: what is there for somebody who is at this mark? The answer is a
`Portion`: messages, and the mark of whoever has taken them. So one and the same question serves
the crowd that takes everything at once, a client that has just come, one that was away and says
where it stood, and one that reads too slowly. A book answers it with the changes since then in
one message, or with itself; a state with its latest value; a history with what comes next.

A history may have forgotten what comes next. It answers None then, and is asked to `fetch` it.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Final, Protocol

from msgspec import Struct

from feed.message import Message

NOTHING: Final = -1
# A source gives at most so many messages at a time, so that one reader does not keep the others
# from their turn. It takes about half a millisecond to write them.
PORTION_MESSAGES_MAX: Final = 100


class Portion(Struct, frozen=True, dict=True):
    """What comes after a mark.

    Attributes:
        messages: Encoded messages of the stream, in order; at most PORTION_MESSAGES_MAX.
        mark: Where whoever has taken them stands. It may be that of the question: then nothing
            is there for now, and the hub asks again when the source has moved.
    """

    messages: list[bytes]
    mark: int

    @cached_property
    def frames(self) -> list[Message]:
        """The messages as frames, made once however many readers take this portion."""
        return [Message(text) for text in self.messages]


class Source(Protocol):
    """What one stream is made from. Nothing here waits.

    Attributes:
        begins_now: Whether NOTHING means from now on, so that a newcomer's question must not be
            put off. It is answered with next to nothing then.
    """

    begins_now: bool

    def mark(self) -> int:
        """Return where somebody stands who has taken everything that there is."""
        ...

    def since(self, mark: int) -> Portion | None:
        """Return what there is for somebody at a mark; None where it must be fetched first.

        A mark above `mark()` is of something that is no more (an exchange that began anew): it is
        answered as its kind of stream can: with the whole state, or with nothing and the present
        mark.
        """
        ...

    def fetch(self, mark: int, then: Callable[[Portion], None], wanted: Callable[[], bool]) -> None:
        """Get what `since` has not, and hand it over when it is there; never waits itself.

        Where it cannot be had, the source tries again, with growing pauses.

        Args:
            mark: One that `since` answered with None.
            then: Called once, on the event loop, in some later turn, with a portion whose mark is
                higher; never where nobody wants it any more.
            wanted: Tells whether anybody still does.
        """
        ...
