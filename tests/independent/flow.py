"""A seeded flow of instructions around one price, so that most of what arrives meets something."""

import random
from collections.abc import Iterator
from typing import Final

from tests.independent.words import (
    BUY,
    LIMIT_FOK,
    LIMIT_GTC,
    LIMIT_IOC,
    MARKET_IOC,
    POST_ONLY,
    SELL,
    Cancel,
    Instruction,
    Place,
    Reduce,
    Replace,
)

USERS: Final = (1, 2, 3, 4, 5)
# Fills or kills, and has nothing that rests: see `test_differences.py`.
_KILLER: Final = 5
MIDDLE: Final = 1_000
# Far apart, the book is deep and thin; near, everything crosses. Each seed draws one.
WIDTHS: Final = (3, 8, 25)
_LOTS: Final = (1, 60)
# Orders that are still worth a cancel: the last ones, of which many are open.
_RECENT: Final = 60
_KINDS: Final = (*[LIMIT_GTC] * 4, LIMIT_IOC, LIMIT_FOK, MARKET_IOC, POST_ONLY)


class Flow:
    """Draws instructions."""

    def __init__(self, seed: int) -> None:
        self._dice: Final = random.Random(seed)
        self._width: Final = self._dice.choice(WIDTHS)
        self._placed: Final[list[Place]] = []

    def instructions(self, count: int) -> Iterator[Instruction]:
        """Draw so many."""
        for _ in range(count):
            yield self._next()

    def _next(self) -> Instruction:
        dice = self._dice
        draw = dice.random()
        if not self._placed or draw < 0.70:
            return self._order(dice.choice(_KINDS))
        chosen = dice.randrange(max(0, len(self._placed) - _RECENT), len(self._placed))
        order = self._placed[chosen]
        if draw < 0.85:
            return Cancel(order.number, order.user)
        if draw < 0.95 and order.lots > 1:
            # Smaller than it is now: a larger one would lose its place here, and is refused there.
            lots = dice.randrange(1, order.lots)
            self._placed[chosen] = order._replace(lots=lots)
            return Reduce(order.number, order.user, lots)
        return Replace(order.number, self._order(LIMIT_GTC, order))

    def _order(self, kind: str, replaced: Place | None = None) -> Place:
        """Draw an order; one that replaces another is of its user and side."""
        dice = self._dice
        number = len(self._placed) + 1
        order = Place(
            number,
            replaced.user
            if replaced
            else _KILLER
            if kind == LIMIT_FOK
            else dice.choice(USERS[:-1]),
            kind,
            replaced.side if replaced else dice.choice((BUY, SELL)),
            0 if kind == MARKET_IOC else self._price(),
            dice.randint(*_LOTS),
        )
        self._placed.append(order)
        return order

    def _price(self) -> int:
        return MIDDLE + self._dice.randint(-self._width, self._width)
