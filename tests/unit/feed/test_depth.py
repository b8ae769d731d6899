"""Whatever is lost, repeated or straddles a snapshot: the book that a client keeps is the book."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feed.depth import GAP, JOINED, OLD, FeedBook
from feed.market import Market, SyncState
from proto.market_data import DepthMessage, Level
from proto.replies import MarketDataReply
from tests.unit.feed.client_book import ClientBook
from tests.unit.feed.examples import SCALE, Outlet, depth, levels, reply

Change = tuple[bool, int, int]


@pytest.mark.parametrize(
    ("first", "last", "outcome"),
    [(1, 4, OLD), (5, 5, OLD), (6, 6, JOINED), (6, 9, JOINED), (3, 7, JOINED), (7, 7, GAP)],
)
def test_a_delta_joins_is_old_or_leaves_a_gap(first: int, last: int, outcome: int) -> None:
    book = FeedBook()
    book.load(5, levels((100, 1)), levels((101, 2)), 0)
    assert book.apply(depth(first, last, bids=((100, 0), (99, 7)))) == outcome
    assert book.bids() == ([(99, 7)] if outcome == JOINED else [(100, 1)])
    assert book.sequence == (last if outcome == JOINED else 5)
    assert book.asks() == [(101, 2)]


def test_best_come_first() -> None:
    book = FeedBook()
    book.load(1, levels((1, 1), (3, 1), (2, 1)), levels((6, 1), (5, 1)), 0)
    assert [price for price, _ in book.bids()] == [3, 2, 1]
    assert [price for price, _ in book.asks()] == [5, 6]


class TrueBook:
    """The matcher's side: every change in order, and the book after any number of them."""

    def __init__(self, changes: list[Change]) -> None:
        self.changes = changes

    def sides(self, sequence: int) -> tuple[dict[int, int], dict[int, int]]:
        bids: dict[int, int] = {}
        asks: dict[int, int] = {}
        for is_bid, price, lots in self.changes[:sequence]:
            side = bids if is_bid else asks
            side[price] = lots
        return _without_empty(bids), _without_empty(asks)

    def message(self, first: int, last: int) -> DepthMessage:
        bids: dict[int, int] = {}
        asks: dict[int, int] = {}
        for is_bid, price, lots in self.changes[first - 1 : last]:
            (bids if is_bid else asks)[price] = lots
        sides = [[Level(p, q) for p, q in side.items()] for side in (bids, asks)]
        return DepthMessage(first, last, last, *sides)


def _without_empty(side: dict[int, int]) -> dict[int, int]:
    return {price: lots for price, lots in side.items() if lots}


changes_of_a_book = st.lists(
    st.tuples(st.booleans(), st.integers(1, 6), st.integers(0, 3)), min_size=1, max_size=60
)


@settings(max_examples=300, deadline=None)
@given(changes_of_a_book, st.data())
def test_the_client_has_the_book_whatever_happens_on_the_way(
    changes: list[Change], data: st.DataObject
) -> None:
    true_book = TrueBook(changes)
    outlet, client = Outlet(), ClientBook()
    market = Market(SCALE, outlet)
    sent = 0
    while sent < len(changes):
        last = data.draw(st.integers(sent + 1, len(changes)), label="cut")
        message = true_book.message(sent + 1, last)
        sent = last
        fate = data.draw(st.sampled_from(["arrives", "arrives", "twice", "lost"]), label="fate")
        if fate != "lost":
            market.on_depth(message)
        if fate == "twice":
            market.on_depth(message)
        if data.draw(st.booleans(), label="turn ends"):
            market.flush()
        if market.state is SyncState.UNSYNCED and data.draw(st.booleans(), label="asked"):
            market.begin_sync()
        elif market.state is SyncState.SYNCING and data.draw(st.booleans(), label="answered"):
            # The answer may be ahead of the messages, never behind those sent before the question.
            answered = data.draw(st.integers(sent, len(changes)), label="answered at")
            market.load(_answer(true_book, answered))
    for _ in range(2):
        market.on_depth(true_book.message(1, len(changes)))
        if market.state is not SyncState.LIVE:
            market.begin_sync()
            assert market.load(_answer(true_book, len(changes)))
    market.expect(len(changes))
    market.on_clock(0)
    market.on_clock(0)
    market.flush()
    assert market.state is SyncState.LIVE
    for message in outlet.take("depth@TATA_INR"):
        client.read(message)
    bids, asks = true_book.sides(len(changes))
    assert client.bids == {SCALE.price(p): SCALE.quantity(q) for p, q in bids.items()}
    assert client.asks == {SCALE.price(p): SCALE.quantity(q) for p, q in asks.items()}
    assert client.sequence == len(changes)


def _answer(true_book: TrueBook, sequence: int) -> MarketDataReply:
    bids, asks = true_book.sides(sequence)
    return reply(sequence, tuple(bids.items()), tuple(asks.items()))
