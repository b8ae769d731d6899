"""What a worker asks of the exchange, and what can come of it.

An operation is a place or a cancel. Its outcome is one of four, whichever way it travelled:
acknowledged; refused by a rule; not taken (safe to send again); unknown (it left, and no answer
came: it may be sent again only because its client_order_id makes that safe).
"""

from typing import Final, NamedTuple, Protocol

from msgspec import Struct

ACKNOWLEDGED: Final = 1
REFUSED: Final = 2
NOT_TAKEN: Final = 3
UNKNOWN: Final = 4


class Place(Struct, frozen=True, gc=False):
    """An order to place; codes are those of `proto.codes`."""

    user_id: int
    market_id: int
    side: int
    order_type: int
    time_in_force: int
    price_ticks: int
    quantity_lots: int
    client_order_id: str


class Cancel(Struct, frozen=True, gc=False):
    """An order of one's own to cancel."""

    user_id: int
    market_id: int
    order_id: int
    client_order_id: str


Operation = Place | Cancel


class SeenFill(NamedTuple):
    """A fill as a reply told it to the taker; numbers in the market's text form."""

    trade_id: int
    price: str
    quantity: str


class Outcome(Struct, frozen=True, gc=False):
    """What came of an operation.

    Attributes:
        kind: ACKNOWLEDGED, REFUSED, NOT_TAKEN or UNKNOWN.
        trouble: Where it was not acknowledged, a word for the count, such as "503" or a code.
        order_id: The order, when acknowledged.
        status: Its status as a word of `proto.codes.STATUS_NAMES`, when acknowledged.
        fills: What it matched on arrival.
    """

    kind: int
    trouble: str = ""
    order_id: int = 0
    status: str = ""
    fills: tuple[SeenFill, ...] = ()


class Owner(Protocol):
    """Who is told the outcome of what a lane carries."""

    def on_outcome(self, outcome: Outcome) -> None:
        """Take the outcome of the operation submitted last."""


class Lane(Protocol):
    """Carries one operation at a time to the exchange."""

    def submit(self, operation: Operation) -> None:
        """Send; the owner is told the outcome, once, never from within this call."""

    def expire(self, now_ns: int) -> None:
        """Give up on an operation that has waited too long: its outcome is unknown."""

    def close(self) -> None:
        """Let go of the connection."""
