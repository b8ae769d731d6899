"""The book that a feed keeps: how messages join it, what it shows, and what it remembers."""

from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import feed.book
from feed.book import GAP, JOINED, OLD, FeedBook
from feed.source import NOTHING
from tests.unit.feed.client_book import ClientBook
from tests.unit.feed.examples import SCALE, depth, levels


def loaded(sequence: int = 5) -> FeedBook:
    book = FeedBook(SCALE)
    book.load(sequence, levels((100, 1)), levels((101, 2)), 0)
    return book


@pytest.mark.parametrize(
    ("first", "last", "outcome"),
    [(1, 4, OLD), (5, 5, OLD), (6, 6, JOINED), (6, 9, JOINED), (3, 7, JOINED), (7, 7, GAP)],
)
def test_a_delta_joins_is_old_or_leaves_a_gap(first: int, last: int, outcome: int) -> None:
    book = loaded()
    mark = book.mark
    assert book.apply(depth(first, last, bids=((100, 0), (99, 7)), timestamp_ns=9)) == outcome
    assert book.best_bids() == ([("4.95", "3.5")] if outcome == JOINED else [("5.00", "0.5")])
    assert book.sequence == (last if outcome == JOINED else 5)
    assert book.timestamp_ns == (9 if outcome == JOINED else 0)
    assert (book.mark > mark) == (outcome == JOINED)
    assert book.best_asks() == [("5.05", "1.0")]


def test_best_come_first() -> None:
    book = FeedBook(SCALE)
    book.load(1, levels((20, 1), (60, 1), (40, 1)), levels((120, 1), (100, 1)), 0)
    assert [price for price, _ in book.best_bids()] == ["3.00", "2.00", "1.00"]
    assert [price for price, _ in book.best_bids(2)] == ["3.00", "2.00"]
    assert [price for price, _ in book.best_asks()] == ["5.00", "6.00"]
    assert [price for price, _ in book.best_asks(1)] == ["5.00"]


def test_a_level_that_comes_goes_or_stays_as_it_is() -> None:
    book = loaded()
    mark = book.mark
    book.apply(depth(6, 9, bids=((100, 1), (98, 0)), asks=((101, 0), (102, 4))))
    # What is as it was, and what never was, is no change.
    assert book.changed_since(mark) == ([], [("5.05", "0"), ("5.10", "2.0")])
    assert book.best_asks() == [("5.10", "2.0")]
    later = book.mark
    book.apply(depth(10, 10, asks=((101, 2),)))
    assert book.changed_since(later) == ([], [("5.05", "1.0")])
    # The last word for a price, and each price once.
    assert book.changed_since(mark) == ([], [("5.10", "2.0"), ("5.05", "1.0")])
    assert book.best_asks() == [("5.05", "1.0"), ("5.10", "2.0")]


def test_an_answer_is_a_change_like_any_other() -> None:
    book = loaded()
    mark = book.mark
    book.load(8, levels((99, 3)), levels((101, 2)), 77)
    assert (book.sequence, book.timestamp_ns, book.sequence_at(mark)) == (8, 77, 5)
    assert book.knows(mark)
    assert book.changed_since(mark) == ([("5.00", "0"), ("4.95", "1.5")], [])
    assert book.best_bids() == [("4.95", "1.5")]


def test_an_answer_with_the_book_as_it_is_changes_nothing() -> None:
    book = loaded()
    mark = book.mark
    book.load(5, levels((100, 1)), levels((101, 2)), 77)
    assert (book.mark, book.timestamp_ns) == (mark, 0)


@pytest.mark.parametrize("sequence", [5, 3, 0])
def test_an_exchange_that_began_anew_makes_all_marks_old(sequence: int) -> None:
    book = loaded()
    marks = [NOTHING, book.mark]
    book.load(sequence, levels((7, 7)), [], 77)
    for last in range(sequence + 1, 12):
        assert not any(book.knows(mark) for mark in marks)
        marks_rise = book.mark
        assert book.apply(depth(last, last, asks=((last, 1),))) == JOINED
        assert book.mark > marks_rise > marks[-1]
        assert book.sequence_at(marks_rise) == last - 1
    assert book.best_bids() == [("0.35", "3.5")]


def test_before_it_is_loaded_it_has_no_mark() -> None:
    book = FeedBook(SCALE)
    assert book.mark == NOTHING
    book.load(0, [], [], 0)
    assert book.mark != NOTHING
    assert not book.knows(NOTHING)


def test_it_remembers_a_bounded_number_of_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed.book, "CHANGES_MAX", 3)
    book = loaded()
    marks = []
    for n in range(6, 30):
        marks.append(book.mark)
        # Each level goes when the next one comes.
        book.apply(depth(n, n, bids=((n, 1), (n - 1, 0))))
    # The last message has a level that came and one that went; the one before, one that went.
    assert [book.knows(mark) for mark in marks[-4:]] == [False, False, True, True]
    assert book.changed_since(marks[-2]) == ([("1.35", "0"), ("1.45", "0.5"), ("1.40", "0")], [])
    assert book.best_bids() == [("5.00", "0.5"), ("1.45", "0.5")]
    # Nor does it keep what it has forgotten.
    assert len(book._bids._levels) == 4


def test_the_checksum_is_that_of_the_documentation() -> None:
    book = FeedBook(SCALE)
    book.load(12, levels((2000, 20), (1999, 6)), levels((2002, 14)), 0)
    assert book.checksum() == crc32(b"100.00:10.0,99.95:3.0|100.10:7.0")
    book = FeedBook(SCALE)
    book.load(1, [], [], 0)
    assert book.checksum() == crc32(b"|")


change_lists = st.lists(
    st.lists(st.tuples(st.booleans(), st.integers(1, 16), st.integers(0, 2)), max_size=4),
    max_size=60,
)


@settings(deadline=None)
@given(change_lists, st.data())
def test_the_checksum_is_true_after_any_change(
    history: list[list[tuple[bool, int, int]]], data: st.DataObject
) -> None:
    book, client = FeedBook(SCALE), ClientBook()
    # Sides of a few levels more than the checksum covers.
    book.load(
        0, levels(*((n, 1) for n in range(4, 16))), levels(*((n, 1) for n in range(17, 29))), 0
    )
    for sequence, changes in enumerate(history, 1):
        bids = tuple((price, lots) for is_bid, price, lots in changes if is_bid)
        asks = tuple((price + 16, lots) for is_bid, price, lots in changes if not is_bid)
        book.apply(depth(sequence, sequence, bids, asks))
        if data.draw(st.booleans(), label="asked"):
            client.bids, client.asks = dict(book.best_bids()), dict(book.best_asks())
            assert book.checksum() == client.checksum()
