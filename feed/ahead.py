"""Marks above the end of a stream: of readers who know more of it than this feed. Pure.

Theory of operation
-------------------
There are two ways to come by such a mark. Another feed was a moment faster, and the client has come
from there: then what it knows arrives here any moment, and is not to be told again. Or the mark is
of an exchange that is no more, or of none: then it says nothing, and its reader is told everything
from when it came.

The clock tells the two apart. It is published behind everything that was published before it, so
what another feed has told has arrived when the second clock message since then has (the first may
have been on its way already), or it is found to be missing some clock messages later.
"""

from typing import Final, final

# More marks than these are not looked into: their readers are told everything from now on.
MARKS_MAX: Final = 1_000


@final
class _Mark:
    """One such mark.

    Attributes:
        end: The end of the stream when it was first met.
        clocks: Clock messages since then.
    """

    __slots__ = ("clocks", "end")

    def __init__(self, end: int) -> None:
        self.end: Final = end
        self.clocks = 0


@final
class Ahead:
    """The marks above the end of one stream that were met lately."""

    __slots__ = ("_clocks", "_marks")

    def __init__(self, clocks: int) -> None:
        """Begin without marks.

        Args:
            clocks: How many clock messages it takes until everything that was told elsewhere has
                arrived here, or is known to be missing.
        """
        self._clocks: Final = clocks
        self._marks: Final[dict[int, _Mark]] = {}

    def start_of(self, mark: int, end: int) -> int | None:
        """Tell from where on somebody is to be told who has a mark above the end.

        Args:
            mark: The mark.
            end: The end now; below the mark.

        Returns:
            A mark of this stream, or None: wait, and ask again when the stream has moved.
        """
        known = self._marks.get(mark)
        if known is None:
            if len(self._marks) >= MARKS_MAX:
                return end
            self._marks[mark] = _Mark(end)
            return None
        return known.end if known.clocks >= self._clocks else None

    def forget(self) -> None:
        """Forget the marks: something is missing. Whoever asks again begins to wait anew."""
        self._marks.clear()

    def on_clock(self, end: int) -> bool:
        """Take note of a clock message.

        Args:
            end: The end of the stream now.

        Returns:
            Whether somebody has waited long enough, and is to ask again now.
        """
        if not self._marks:
            return False
        for mark, known in list(self._marks.items()):
            known.clocks += 1
            # A clock after the decision all who waited for it know it.
            if mark <= end or known.clocks > self._clocks:
                del self._marks[mark]
        return any(known.clocks == self._clocks for known in self._marks.values())
