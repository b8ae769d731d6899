"""The streams of one book: all of it, its best levels, and its best prices.

Theory of operation
-------------------
`depth@` tells whoever is at a mark of the book in one delta what has changed since, whether that is
one message of the matcher or a thousand. Where the book does not know the mark (nothing yet, too
long ago, or of an exchange that was before), it tells all of itself.

Best levels and best prices are states. Their mark rises when the levels that they show differ from
those that were there when somebody last looked, so what goes on deep in the book tells them
nothing.
"""

from collections.abc import Callable
from typing import Final, final

from feed.book import FeedBook
from feed.content import encode_data
from feed.kept import Kept
from feed.latest import Latest
from feed.messages import MarketWriter
from feed.source import NOTHING, Portion
from proto.api.streams.market_data import BookTickerData, TopData

Levels = list[tuple[str, str]]


@final
class DepthContent:
    """The book and its changes."""

    __slots__ = ("_book", "_kept", "_writer")

    def __init__(self, book: FeedBook, writer: MarketWriter) -> None:
        self._book: Final = book
        self._writer: Final = writer
        self._kept: Final = Kept()

    def mark(self) -> int:
        """Return the mark of the book."""
        return self._book.mark

    def since(self, mark: int) -> Portion:
        """Return a delta that covers all that came after a mark, or the whole book."""
        book = self._book
        now = book.mark
        if mark == now:
            return Portion([], mark)
        if not book.knows(mark):
            mark = NOTHING
        kept = self._kept.find(now, mark)
        if kept is not None:
            return kept
        writer = self._writer
        data = writer.snapshot(book) if mark == NOTHING else writer.delta(book, mark)
        return self._kept.keep(now, mark, [encode_data(data)])


@final
class BestContent:
    """The best levels of the book."""

    __slots__ = ("_book", "_latest", "_levels", "_looked_at", "_seen")

    def __init__(
        self, book: FeedBook, levels: int, write: Callable[[], TopData | BookTickerData]
    ) -> None:
        """Show the best levels of a book.

        Args:
            book: The book.
            levels: How many on each side.
            write: Writes them.
        """
        self._book: Final = book
        self._levels: Final = levels
        self._latest: Final = Latest(write)
        self._looked_at = NOTHING
        self._seen: tuple[Levels, Levels] | None = None

    def mark(self) -> int:
        """Return which change of the levels is shown; looks at them if the book has moved."""
        mark = self._book.mark
        if self._looked_at != mark:
            self._looked_at = mark
            self._look()
        return self._latest.mark()

    def since(self, mark: int) -> Portion:
        """Return the levels, or nothing for whoever has them."""
        self.mark()
        return self._latest.since(mark)

    def _look(self) -> None:
        book, levels = self._book, self._levels
        seen = (book.best_bids(levels), book.best_asks(levels))
        # Texts are kept with their levels, so this compares few characters.
        if seen != self._seen:
            self._seen = seen
            self._latest.change()
