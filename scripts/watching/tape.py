"""What all readers of a complete stream must be told: each message once, in one order. Pure.

Theory of operation
-------------------
A tape is the stream of one market or user, as whoever was told first was told it. Each reader of it
has a place on it and nothing else, so that fifty readers cost hardly more than one. What a reader
is told must be what comes next on the tape, to the byte; whoever is at its end adds to it.

So in the end all have been told the same, or somebody has said otherwise. Whether that is the truth
is another question, which the tape's text answers (`scripts.watching.history`).
"""

from array import array
from bisect import bisect_left
from typing import Final, final

from scripts.watching.mistakes import DIFFERENT, EXTRA, MISSED, REPEATED, Mistakes
from scripts.watching.pages import Pages


@final
class Tape:
    """A complete stream.

    Attributes:
        name: Whose stream it is.
        begin: The mark after which it begins.
        marks: Of each message; they rise.
        hashes: Of each message's text.
        pages: The texts.
    """

    __slots__ = ("begin", "hashes", "marks", "name", "pages")

    def __init__(self, name: str, begin: int) -> None:
        self.name: Final = name
        self.begin: Final = begin
        self.marks: Final = array("q")
        self.hashes: Final = array("q")
        self.pages: Final = Pages()

    def __len__(self) -> int:
        return len(self.marks)

    def add(self, mark: int, text: bytes) -> None:
        """Add what comes next; its mark is above all others."""
        self.marks.append(mark)
        self.hashes.append(hash(text))
        self.pages.add(text)


@final
class TapeReader:
    """One reader of a tape.

    Attributes:
        mark: Of the last message that it was told; where the tape begins before the first.
    """

    __slots__ = ("_next", "_tape", "mark")

    def __init__(self, tape: Tape) -> None:
        self.mark = tape.begin
        self._tape: Final = tape
        self._next = 0

    @property
    def behind(self) -> int:
        """How many messages others were told that this one was not told yet."""
        return len(self._tape) - self._next

    def take(self, mark: int, text: bytes, mistakes: Mistakes) -> None:
        """Take what it was told. Complexity: O(1), or O(log messages) after a mistake."""
        tape = self._tape
        if mark <= self.mark:
            mistakes.add(REPEATED, f"{tape.name}: after mark {self.mark}: {text.decode()}")
            return
        self.mark = mark
        place = self._next
        if place < len(tape) and tape.marks[place] < mark:
            place = bisect_left(tape.marks, mark, place)
            missed = place - self._next
            mistakes.add(MISSED, f"{tape.name}: {missed} messages before {text.decode()}", missed)
        if place == len(tape):
            tape.add(mark, text)
        elif tape.marks[place] > mark:
            mistakes.add(EXTRA, f"{tape.name}: {text.decode()}")
            self._next = place
            return
        elif tape.hashes[place] != hash(text):
            mistakes.add(DIFFERENT, f"{tape.name}: {text.decode()}")
        self._next = place + 1
