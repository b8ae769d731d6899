"""A book and a tape built from WebSocket messages alone, with every rule of the stream checked.

A snapshot replaces the book. A delta must begin where the last message ended; quantity "0"
removes a level. What breaks a rule is counted, never repaired in silence, except that the
subscription is asked to begin again.
"""

from typing import Final, final

from msgspec import Struct

from proto.decimals import parse_units

# Zero, however many decimals it is written with.
_ZEROS: Final = frozenset("0.")


class DepthData(Struct, gc=False):
    """`data` of a depth message."""

    type: str
    first_sequence: int
    last_sequence: int
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]


class TradeData(Struct, gc=False):
    """`data` of a trade message, as far as the audit needs it."""

    trade_id: str


class BookState(Struct):
    """A book at one moment.

    Attributes:
        sequence: Changes of the book so far.
        bids: Price and quantity, best first.
        asks: Price and quantity, best first.
    """

    sequence: int
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]


@final
class StreamBook:
    """The book of one market as one subscriber knows it.

    Attributes:
        sequence: Last sequence applied; -1 before the first snapshot.
        snapshots: Snapshots taken.
        gaps: Deltas that did not join what came before.
    """

    def __init__(self) -> None:
        self.sequence = -1
        self.snapshots = 0
        self.gaps = 0
        self._void = False  # after a gap, until the next snapshot
        self._bids: Final[dict[str, str]] = {}
        self._asks: Final[dict[str, str]] = {}

    def apply(self, data: DepthData) -> bool:
        """Apply a message; return False where it breaks the sequence, and the book is void.

        A void book ignores deltas until the next snapshot.
        """
        if data.type == "snapshot":
            self.snapshots += 1
            self._void = False
            self._bids.clear()
            self._asks.clear()
        elif self._void:
            return True
        elif self.sequence < 0 or data.first_sequence != self.sequence + 1:
            self.gaps += 1
            self.sequence = -1
            self._void = True
            return False
        self.sequence = data.last_sequence
        _apply_levels(self._bids, data.bids)
        _apply_levels(self._asks, data.asks)
        return True

    def state(self) -> BookState:
        """Return the book, best levels first."""
        return BookState(
            self.sequence,
            sorted(self._bids.items(), key=_price_order, reverse=True),
            sorted(self._asks.items(), key=_price_order),
        )


def _apply_levels(levels: dict[str, str], changes: list[tuple[str, str]]) -> None:
    for price, quantity in changes:
        if _ZEROS.issuperset(quantity):
            # A level that came and went within one message was never here.
            levels.pop(price, None)
        else:
            levels[price] = quantity


def _price_order(level: tuple[str, str]) -> int:
    # All prices of one market have the same decimals; 18 is the most that any can have.
    return parse_units(level[0], 18)


@final
class Tape:
    """The trades of one market that one subscriber saw.

    Attributes:
        trade_ids: Each trade once, in order of arrival.
        repeated: Trades that came again.
    """

    def __init__(self) -> None:
        self.trade_ids: Final[dict[int, None]] = {}
        self.repeated = 0

    def add(self, data: TradeData) -> None:
        """Take a trade."""
        trade_id = int(data.trade_id)
        if trade_id in self.trade_ids:
            self.repeated += 1
        self.trade_ids[trade_id] = None
