"""What a trader says to an engine and what comes of it, in words that belong to neither of them.

Orders have numbers, given by the flow: the identifiers of an engine stay behind its adapter.
"""

from typing import Final, NamedTuple, Protocol

from proto import codes

LIMIT_GTC: Final = "limit"
LIMIT_IOC: Final = "limit IOC"
LIMIT_FOK: Final = "limit FOK"
MARKET_IOC: Final = "market"
MARKET_FOK: Final = "market FOK"
POST_ONLY: Final = "post-only"

MARKET_KINDS: Final = (MARKET_IOC, MARKET_FOK)

BUY: Final = codes.BUY
SELL: Final = codes.SELL


class Place(NamedTuple):
    """Place an order.

    Attributes:
        number: Its number.
        user: Owner.
        kind: One of the kinds above.
        side: BUY or SELL.
        price: Limit price; 0 where it has none.
        lots: Quantity.
    """

    number: int
    user: int
    kind: str
    side: int
    price: int
    lots: int


class Cancel(NamedTuple):
    """Cancel an order."""

    number: int
    user: int


class Reduce(NamedTuple):
    """Make an order smaller, executed part included, in its place."""

    number: int
    user: int
    lots: int


class Replace(NamedTuple):
    """Cancel an order and place another, if the one is open."""

    number: int
    order: Place


Instruction = Place | Cancel | Reduce | Replace


class Fill(NamedTuple):
    """A match."""

    taker: int
    maker: int
    price: int
    lots: int


class Outcome(NamedTuple):
    """What an instruction did.

    Attributes:
        is_done: Whether anything came of it: an order that is accepted, though it may find nobody;
            a change of one that is open.
        fills: In order.
    """

    is_done: bool
    fills: list[Fill]


class Resting(NamedTuple):
    """An order in the book.

    Attributes:
        number: Its number.
        price: Price.
        lots: What is left.
    """

    number: int
    price: int
    lots: int


class Book(NamedTuple):
    """All that rests, in the order in which it would trade."""

    bids: list[Resting]
    asks: list[Resting]


class Exchange(Protocol):
    """An engine with one market, enough money for all, and no fees."""

    def do(self, instruction: Instruction) -> Outcome:
        """Do as told."""
        ...

    def book(self) -> Book:
        """Show what rests."""
        ...
