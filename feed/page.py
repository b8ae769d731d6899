"""What the history is asked by the sources of complete streams, and what it answers."""

from bisect import bisect_right
from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from feed.source import Portion


class Question(Struct, frozen=True):
    """What comes after a mark in a stream?

    Attributes:
        kind: TRADES, ORDERS, FILLS or BALANCES.
        subject: Name of the market, or the user.
        mark: The mark.
    """

    kind: str
    subject: str | int
    mark: int


class Page(Struct, frozen=True):
    """The events after a mark, as far as the database has them and a page holds them.

    Attributes:
        marks: Mark of each event.
        messages: The events as messages of the stream.
        mark: Everything up to here is in the page.
        is_full: Whether there may be more already.
        trade_number: Of trades: number of the last one up to `mark`, 0 before the first.
    """

    marks: list[int]
    messages: list[bytes]
    mark: int
    is_full: bool
    trade_number: int = 0

    def up_to(self, end: int, mark: int) -> Portion:
        """Return what lies up to the end of a stream.

        Args:
            end: The end as far as this feed has got; the database may be ahead.
            mark: Where somebody stands who has the whole page.
        """
        if mark <= end:
            return Portion(self.messages, mark)
        return Portion(self.messages[: bisect_right(self.marks, end)], end)


class Pages(Protocol):
    """Where pages come from."""

    def ask(
        self,
        question: Question,
        is_enough: Callable[[Page], bool],
        then: Callable[[Page], None],
        wanted: Callable[[], bool],
    ) -> None:
        """Ask for a page; never waits. While it is not enough, it is looked for again.

        Args:
            question: The question.
            is_enough: Tells whether a page is of use.
            then: Called once, in some later turn of the event loop, with one that is; never where
                nobody wants it any more.
            wanted: Tells whether anybody still does.
        """
        ...
