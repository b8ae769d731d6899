"""How many lists of open orders one feed makes and writes at a time. Pure.

A list can have megabytes, and stays in memory until its client has taken it. A connection has one
at a time; this is for many connections that ask at once.
"""

from typing import Final, final

from proto.api.problems import RETRY_AFTER_S, Problem
from proto.api.streams.failures import OVERLOADED

LISTS_MAX: Final = 16


@final
class Listings:
    """The lists that are under way."""

    __slots__ = ("_under_way",)

    def __init__(self) -> None:
        self._under_way = 0

    def begin(self) -> None:
        """Count a list until `end`.

        Raises:
            Problem: OVERLOADED, if there are as many as may be.
        """
        if self._under_way >= LISTS_MAX:
            raise Problem(
                OVERLOADED,
                f"{LISTS_MAX} lists of open orders are under way here; nothing was taken",
                retry_after_s=RETRY_AFTER_S,
            )
        self._under_way += 1

    def end(self) -> None:
        """Count a list out, however it ended."""
        self._under_way -= 1
        assert self._under_way >= 0
