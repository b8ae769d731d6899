"""Books that others show, each held against the replay's at the sequence of that book.

A book is shown as it was after some change of it. The replay passes every change, so the moment at
which both must be the same comes, whoever trades meanwhile.
"""

from collections.abc import Mapping
from typing import Final, final

from matcher.core.engine import Engine
from matcher.tools.steps import Step
from proto.codec import decode_reply
from proto.limits import DEPTH_LEVELS_MAX
from proto.queries import MarketDataQuery
from proto.replies import MarketDataReply
from proto.scales import MarketScale
from scripts.load.audits import Audit, conclude, first_difference
from scripts.load.evidence import levels_text
from scripts.watching.book import BookState


def replayed_book(engine: Engine, scale: MarketScale) -> BookState:
    """Return an engine's book of a market, in text."""
    query = MarketDataQuery(0, scale.market.market_id)
    reply = decode_reply(engine.answer(query, engine.timestamp_ns))
    assert isinstance(reply, MarketDataReply)
    return BookState(
        reply.book_sequence, levels_text(scale, reply.bids), levels_text(scale, reply.asks)
    )


@final
class BookComparison:
    """The books of one market, as others have them."""

    def __init__(self, scale: MarketScale, shown: Mapping[str, BookState | None]) -> None:
        """Wait for the sequences of some books.

        Args:
            scale: The market.
            shown: Books by who shows them; None for one who shows none.
        """
        self._scale: Final = scale
        self._shown: Final = shown
        self._waiting: Final = {who: book for who, book in shown.items() if book is not None}
        self._findings: Final = [f"{who} shows no book" for who, b in shown.items() if b is None]
        self._sequence = 0

    @property
    def is_over(self) -> bool:
        """Whether every book was compared."""
        return not self._waiting

    def look(self, engine: Engine) -> None:
        """Compare every book that is at the sequence of the engine's.

        Complexity: O(book) where there is one, else O(books that wait).
        """
        book = replayed_book(engine, self._scale)
        self._sequence = book.sequence
        for who, shown in list(self._waiting.items()):
            if shown.sequence > book.sequence:
                continue
            del self._waiting[who]
            if shown.sequence < book.sequence:
                self._findings.append(
                    f"{who} shows sequence {shown.sequence:,}, at which no command ends"
                )
            elif _cut(shown) != _cut(book):
                self._findings.append(f"{who} differs: {first_difference(shown, book)}")

    def on_step(self, step: Step, engine: Engine) -> None:
        """Look, where a command has brought the book to a sequence that somebody shows."""
        market_id = self._scale.market.market_id
        changes = step.events.level_changes
        reached = max((c.book_sequence for c in changes if c.market_id == market_id), default=0)
        if any(book.sequence <= reached for book in self._waiting.values()):
            self.look(engine)

    def audit(self) -> Audit:
        """Return the result."""
        late = [f"{who} is ahead of the journal" for who in self._waiting]
        detail = f"{len(self._shown)} shown, at sequence {self._sequence:,}"
        return conclude(f"book of {self._scale.market.name}", detail, self._findings + late)


def _cut(book: BookState) -> BookState:
    """Cut a book to what REST gives at most."""
    return BookState(book.sequence, book.bids[:DEPTH_LEVELS_MAX], book.asks[:DEPTH_LEVELS_MAX])
