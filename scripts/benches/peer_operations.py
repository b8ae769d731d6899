"""What the package limit-order-book is asked to do, as data: read by `book_round`."""

from typing import Final

from msgspec import Struct

BUY: Final = "limit_buy"
SELL: Final = "limit_sell"
MARKET_BUY: Final = "market_buy"
MARKET_SELL: Final = "market_sell"
CANCEL: Final = "cancel"


class Operation(Struct, frozen=True, array_like=True):
    """A call of the library.

    Attributes:
        book: Which book.
        method: BUY to CANCEL.
        arguments: What it is called with.
    """

    book: int
    method: str
    arguments: tuple[int, ...]


class PeerFlow(Struct, frozen=True):
    """Operations of one round.

    Attributes:
        prepare: What is done first.
        measure: What is timed.
    """

    prepare: list[Operation]
    measure: list[Operation]
