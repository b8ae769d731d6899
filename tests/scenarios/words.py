"""The words of one step, taken from left to right, and the numbers that are written in them."""

import re
from typing import Final

from proto.decimals import parse_units

MS_NS: Final = 1_000_000
_UNITS_NS: Final = {
    "ns": 1,
    "ms": MS_NS,
    "s": 1_000 * MS_NS,
    "m": 60_000 * MS_NS,
    "h": 3_600_000 * MS_NS,
}
_DURATION: Final = re.compile(r"(-?)(\d+)(ns|ms|s|m|h)")
_PERCENT_DECIMALS: Final = 4


class WordingError(AssertionError):
    """A step that is not in the language; the message shows it."""


class Words:
    """A cursor over the words of a step. Commas are as good as spaces."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._words = text.replace(",", " ").split()
        self._next = 0

    def __bool__(self) -> bool:
        return self._next < len(self._words)

    @property
    def next(self) -> str:
        """The next word, which stays; "" at the end."""
        return self._words[self._next] if self else ""

    def take(self) -> str:
        if not self:
            raise WordingError(f"something is missing at the end of {self.text!r}")
        self._next += 1
        return self._words[self._next - 1]

    def take_if(self, *words: str) -> bool:
        """Take these words if they are next."""
        found = self._words[self._next : self._next + len(words)] == list(words)
        if found:
            self._next += len(words)
        return found

    def rest(self) -> str:
        """Take all that is left."""
        taken = " ".join(self._words[self._next :])
        self._next = len(self._words)
        return taken

    def take_past(self, prefix: str) -> str:
        """Take the next word if it begins so, and return the rest of it; "" otherwise."""
        return self.take()[len(prefix) :] if self.next.startswith(prefix) else ""

    def expect(self, word: str) -> None:
        if not self.take_if(word):
            raise WordingError(f"{self.next!r} instead of {word!r} in {self.text!r}")

    def end(self) -> None:
        if self:
            raise WordingError(f"what is {self.next!r} in {self.text!r}?")

    def number(self) -> int:
        word = self.take()
        if not word.isdecimal():
            raise WordingError(f"{word!r} is no number in {self.text!r}")
        return int(word)

    def number_if_next(self) -> int:
        """Take a number if one is next; 0 otherwise."""
        return self.number() if self.next.isdecimal() else 0

    def ppm(self) -> int:
        """Take a percentage such as -0.05% as parts per million."""
        word = self.take()
        if not word.endswith("%"):
            raise WordingError(f"{word!r} is no percentage in {self.text!r}")
        ppm = parse_units(word.removeprefix("-").removesuffix("%"), _PERCENT_DECIMALS)
        return -ppm if word.startswith("-") else ppm

    def duration_ns(self) -> int:
        word = self.take()
        duration = duration_ns(word)
        if duration is None:
            raise WordingError(f"{word!r} is no time such as 30s in {self.text!r}")
        return duration


def duration_ns(word: str) -> int | None:
    """Read a time such as 500ms, 30s, -1s, 2m or 8h; None if the word is not one."""
    match = _DURATION.fullmatch(word)
    if match is None:
        return None
    length = int(match[2]) * _UNITS_NS[match[3]]
    return -length if match[1] else length


def format_duration(length_ns: int) -> str:
    """Write a time in the largest unit that divides it."""
    unit = next(unit for unit in ("h", "m", "s", "ms", "ns") if not length_ns % _UNITS_NS[unit])
    return f"{length_ns // _UNITS_NS[unit]}{unit}"
