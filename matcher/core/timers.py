"""What is due at a moment of engine time: one time for each thing that has one.

Theory of operation
-------------------
An ordered list holds what is due when; dicts find the time that a thing has, so that it can be
taken back or put off. The earliest time of all is kept in `next_due_ns`: every command compares it
with its own time, and mostly that is all there is to do.

There may be as many timers as open orders. As in `orders.py`, many small dicts are never copied all
at once.
"""

from typing import Final, final

from mypy_extensions import i64
from sortedcontainers import SortedList  # type: ignore[import-untyped]

from proto.limits import INTEGER_MAX

# Kinds, in the order in which what is due at one time happens: an order's expiry, a dead man's
# switch (of a user), the end of an auction (of a market).
EXPIRY: Final = 1
SWITCH: Final = 2
AUCTION_END: Final = 3

# Beyond all time.
NEVER: Final = INTEGER_MAX + 1

_KIND_BITS: Final = 2
# A power of two.
_DICTS: Final = 64
_MASK: Final = _DICTS - 1


@final
class Timers:
    """Times at which something is due.

    Attributes:
        next_due_ns: The earliest of them; NEVER where there is none.
    """

    __slots__ = ("_due_ns", "_queue", "next_due_ns")

    def __init__(self) -> None:
        self._queue: Final = SortedList()
        # By identifier and kind in one number.
        self._due_ns: Final[list[dict[int, int]]] = [{} for _ in range(_DICTS)]
        # Of 64 bits: `NEVER` is more than a compiled number holds by itself.
        self.next_due_ns: i64 = NEVER

    def __len__(self) -> int:
        return len(self._queue)

    def set(self, kind: int, id_: int, due_ns: int) -> None:
        """Let something be due, at this time and no other.

        Args:
            kind: EXPIRY, SWITCH or AUCTION_END.
            id_: Order, user or market.
            due_ns: Engine time.

        Complexity: O(log timers).
        """
        assert EXPIRY <= kind <= AUCTION_END
        assert 0 < due_ns < NEVER
        due_before_ns = self._times(id_).get(_name(kind, id_))
        if due_before_ns is not None:
            self._queue.remove((due_before_ns, kind, id_))
        self._times(id_)[_name(kind, id_)] = due_ns
        self._queue.add((due_ns, kind, id_))
        self.next_due_ns = self._queue[0][0]

    def clear(self, kind: int, id_: int) -> None:
        """Let something not be due any more; nothing happens where it is not.

        Complexity: O(log timers).
        """
        due_ns = self._times(id_).pop(_name(kind, id_), None)
        if due_ns is not None:
            self._queue.remove((due_ns, kind, id_))
            self.next_due_ns = self._queue[0][0] if self._queue else NEVER

    def pop_due(self, now_ns: int) -> tuple[int, int, int] | None:
        """Take out what is due first: in the order of time, then of kind, then of identifier.

        Args:
            now_ns: Engine time.

        Returns:
            The time at which it was due, its kind and its identifier; None where nothing is due.

        Complexity: O(log timers); O(1) where nothing is due.
        """
        if self.next_due_ns > now_ns:
            return None
        due: tuple[int, int, int] = self._queue.pop(0)
        _, kind, id_ = due
        del self._times(id_)[_name(kind, id_)]
        self.next_due_ns = self._queue[0][0] if self._queue else NEVER
        return due

    def content(self) -> list[tuple[int, int, int]]:
        """List all of it, due first first, for comparing two states. Complexity: O(timers)."""
        return list(self._queue)

    def check_invariants(self) -> None:
        """Assert that the ways to find a timer agree. Complexity: O(timers log timers)."""
        assert list(self._queue) == sorted(self._queue)
        assert all(
            self._times(id_)[_name(kind, id_)] == due_ns for due_ns, kind, id_ in self._queue
        )
        assert sum(len(times) for times in self._due_ns) == len(self._queue)
        assert self.next_due_ns == (self._queue[0][0] if self._queue else NEVER)

    def _times(self, id_: int) -> dict[int, int]:
        return self._due_ns[id_ & _MASK]


def _name(kind: int, id_: int) -> int:
    return id_ << _KIND_BITS | kind
