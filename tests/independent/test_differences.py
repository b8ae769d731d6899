"""What the two engines do not do alike, and who is right by docs/trading-rules.md.

Each test says what either does, so that it fails when one of them changes its mind.
"""

from tests.independent.ours import OurExchange
from tests.independent.theirs import TheirExchange
from tests.independent.words import (
    BUY,
    LIMIT_FOK,
    LIMIT_GTC,
    MARKET_FOK,
    POST_ONLY,
    SELL,
    Book,
    Fill,
    Instruction,
    Outcome,
    Place,
    Reduce,
    Replace,
    Resting,
)

DONE = Outcome(True, [])
REFUSED = Outcome(False, [])


def both(*instructions: Instruction) -> tuple[OurExchange, TheirExchange]:
    """Begin alike."""
    ours, theirs = OurExchange(), TheirExchange()
    for instruction in instructions:
        assert ours.do(instruction) == theirs.do(instruction)
    assert ours.book() == theirs.book()
    return ours, theirs


def asks(book: Book) -> list[tuple[int, int]]:
    return [(resting.number, resting.lots) for resting in book.asks]


def test_fill_or_kill_that_meets_its_own_order() -> None:
    """Both kill it. There, whom it would have met before goes to the back of the queue.

    Ours is right: section 4, it "expires untouched, and nothing else changes".
    """
    ours, theirs = both(
        Place(1, 1, LIMIT_GTC, SELL, 1_000, 5),
        Place(2, 2, LIMIT_GTC, SELL, 1_000, 5),
    )
    killed = Place(3, 2, LIMIT_FOK, BUY, 1_000, 8)
    assert ours.do(killed) == theirs.do(killed) == DONE
    assert asks(ours.book()) == [(1, 5), (2, 5)]
    assert asks(theirs.book()) == [(2, 5), (1, 5)]


def test_fill_or_kill_at_the_market() -> None:
    """There, a market order takes what it finds, also if it asks for all or nothing.

    Ours is right: section 4, FOK trades only if all of it would trade.
    """
    ours, theirs = both(Place(1, 1, LIMIT_GTC, SELL, 1_000, 5))
    killed = Place(2, 2, MARKET_FOK, BUY, 0, 8)
    assert ours.do(killed) == DONE
    assert theirs.do(killed) == Outcome(True, [Fill(2, 1, 1_000, 5)])


def test_a_larger_quantity() -> None:
    """There it is refused; here the order gets it, and loses its place.

    Both are right by their own rules: section 11 has "anything else takes it out and lets it
    arrive again", and the other's call is one that only makes smaller.
    """
    ours, theirs = both(
        Place(1, 1, LIMIT_GTC, SELL, 1_000, 5),
        Place(2, 2, LIMIT_GTC, SELL, 1_000, 5),
    )
    larger = Reduce(1, 1, 9)
    assert (ours.do(larger), theirs.do(larger)) == (DONE, REFUSED)
    assert asks(ours.book()) == [(2, 5), (1, 9)]
    assert asks(theirs.book()) == [(1, 5), (2, 5)]


def test_a_replacement_whose_new_order_is_refused() -> None:
    """There the old order is gone, and no other is there instead; here it stays.

    Ours is right: a replacement is both or neither.
    """
    ours, theirs = both(
        Place(1, 1, LIMIT_GTC, SELL, 1_000, 5),
        Place(2, 2, LIMIT_GTC, BUY, 990, 5),
    )
    crossing = Replace(2, Place(3, 2, POST_ONLY, BUY, 1_000, 5))
    assert ours.do(crossing) == REFUSED
    theirs.do(crossing)
    assert ours.book().bids == [Resting(2, 990, 5)]
    assert theirs.book().bids == []
