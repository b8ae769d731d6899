"""What was told last, for whoever asks the same again.

A storm of newcomers asks for the same book, and streams of different pace often stand at the same
mark. So what is made for a mark is kept until there is something newer.
"""

from typing import Final, final

from feed.source import NOTHING, Portion

# At one present few marks are asked for by more than one: that of the crowd of each pace, and
# NOTHING.
_KEPT_MAX: Final = 8


@final
class Kept:
    """Portions made for one present mark, kept for whoever asks the same again."""

    __slots__ = ("_now", "_portions")

    def __init__(self) -> None:
        self._now = NOTHING
        self._portions: Final[dict[int, Portion]] = {}

    def find(self, now: int, mark: int) -> Portion | None:
        """Return the portion that was kept for a mark while this was the present one."""
        return self._portions.get(mark) if now == self._now else None

    def keep(self, now: int, mark: int, texts: list[bytes]) -> Portion:
        """Keep what somebody at a mark is told at the present one, and return it as a portion."""
        portions = self._portions
        if now != self._now or len(portions) >= _KEPT_MAX:
            self._now = now
            portions.clear()
        portion = portions[mark] = Portion(texts, now)
        return portion
