"""What an exchange can do wrong on a stream, counted. Pure."""

from collections import Counter
from typing import Final, final

GAP: Final = "gaps"
WRONG_CHECKSUM: Final = "wrong checksums"
WRONG_TOP: Final = "wrong best levels"
REPEATED: Final = "told twice"
MISSED: Final = "missed"
EXTRA: Final = "told to one only"
DIFFERENT: Final = "told otherwise"
OUT_OF_PLACE: Final = "out of place"

_SHOWN_MAX: Final = 5
_TEXT_MAX: Final = 400


@final
class Mistakes:
    """What one subscriber found wrong.

    Attributes:
        counts: How often, by kind.
        shown: The first of them, in words.
    """

    __slots__ = ("counts", "shown")

    def __init__(self) -> None:
        self.counts: Final[Counter[str]] = Counter()
        self.shown: Final[list[str]] = []

    def add(self, kind: str, what: str, times: int = 1) -> None:
        """Count a mistake.

        Args:
            kind: GAP to OUT_OF_PLACE.
            what: Says in words what was wrong; cut where it is long.
            times: How many messages it concerns.
        """
        self.counts[kind] += times
        if len(self.shown) < _SHOWN_MAX:
            self.shown.append(f"{kind}: {what[:_TEXT_MAX]}")
