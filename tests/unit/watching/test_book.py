"""Books from stream messages, and the ways in which an exchange could get them wrong."""

from zlib import crc32

import pytest

from scripts.load.audits import audit_book
from scripts.watching.book import BookState, DepthData, StreamBook
from scripts.watching.mistakes import GAP, WRONG_CHECKSUM, Mistakes

NOW = "2024-01-01T00:00:00.000000Z"


def depth(
    kind: str, first: int, last: int, bids: str = "", asks: str = "", checked: str = "|"
) -> DepthData:
    """A message; `checked` is the text of the checksum."""

    def levels(text: str) -> list[tuple[str, str]]:
        return [(price, quantity) for price, quantity in (w.split("x") for w in text.split())]

    checksum = crc32(checked.encode())
    return DepthData(kind, first, last, levels(bids), levels(asks), NOW, checksum)


def taken(*messages: DepthData) -> tuple[StreamBook, Mistakes]:
    """A book that has taken messages, and what was wrong with them."""
    book, mistakes = StreamBook(), Mistakes()
    for message in messages:
        book.apply(message, mistakes)
    return book, mistakes


def test_the_example_of_the_documentation() -> None:
    book, mistakes = StreamBook(), Mistakes()
    bids, asks = [("100.00", "10"), ("99.95", "3")], [("100.10", "7")]
    assert book.apply(DepthData("snapshot", 12, 12, bids, asks, NOW, 950791183), mistakes)
    delta = DepthData("delta", 13, 14, [("99.95", "0")], [("100.05", "2")], NOW, 559611739)
    assert book.apply(delta, mistakes)
    assert book.state() == BookState(14, [("100.00", "10")], [("100.05", "2"), ("100.10", "7")])
    assert not mistakes.counts


def test_snapshot_then_deltas() -> None:
    book, mistakes = taken(
        depth("snapshot", 10, 10, "99.95x3 100.00x1", "100.05x2", "100.00:1,99.95:3|100.05:2"),
        depth("delta", 11, 13, "99.95x0", "100.05x5 100.10x1", "100.00:1|100.05:5,100.10:1"),
    )
    assert book.state() == BookState(13, [("100.00", "1")], [("100.05", "5"), ("100.10", "1")])
    assert (book.snapshots, book.deltas, book.changes) == (1, 1, 3)
    assert not mistakes.counts


def test_prices_are_ordered_as_numbers() -> None:
    checked = "100.00:1,10.00:1,9.95:1|999.95:1,1000.00:1"
    book, mistakes = taken(
        depth("snapshot", 1, 1, "9.95x1 100.00x1 10.00x1", "1000.00x1 999.95x1", checked)
    )
    assert [price for price, _ in book.state().bids] == ["100.00", "10.00", "9.95"]
    assert [price for price, _ in book.state().asks] == ["999.95", "1000.00"]
    assert not mistakes.counts


def test_a_book_that_crosses_in_an_auction_is_kept_as_it_is() -> None:
    book, mistakes = taken(
        depth("snapshot", 1, 1, "100.00x1", "100.05x1", "100.00:1|100.05:1"),
        depth("delta", 2, 3, "110.00x4", "90.00x4", "110.00:4,100.00:1|90.00:4,100.05:1"),
    )
    crossed = BookState(3, [("110.00", "4"), ("100.00", "1")], [("90.00", "4"), ("100.05", "1")])
    assert book.state() == crossed
    assert audit_book("TATA_INR", crossed, {"a subscriber": book.state()}).ok
    assert not mistakes.counts


def test_zero_is_zero_however_it_is_written_and_removes_what_was_never_there() -> None:
    book, mistakes = taken(
        depth("snapshot", 1, 1, "9.95x1.00000", "", "9.95:1.00000|"),
        depth("delta", 2, 2, "9.95x0.00000 9.90x0"),
    )
    assert book.state() == BookState(2, [], [])
    assert not mistakes.counts


def test_only_the_best_ten_levels_of_each_side_are_checked() -> None:
    bids = " ".join(f"{price}x1" for price in range(20, 8, -1))
    checked = ",".join(f"{price}:1" for price in range(20, 10, -1)) + "|"
    book, mistakes = taken(depth("snapshot", 1, 1, bids, "", checked))
    assert len(book.state().bids) == 12
    assert not mistakes.counts


def test_a_wrong_checksum_voids_the_book_until_the_next_snapshot() -> None:
    book, mistakes = taken(depth("snapshot", 1, 1, "9.95x1", "", "9.95:1|"))
    assert not book.apply(depth("delta", 2, 2, "9.95x2", "", "9.95:3|"), mistakes)
    assert book.sequence == -1
    assert mistakes.counts == {WRONG_CHECKSUM: 1}
    # What was on its way counts as part of the same mistake.
    assert book.apply(depth("delta", 3, 3, "9.95x3", "", "9.95:3|"), mistakes)
    assert book.apply(depth("snapshot", 4, 4, "9.95x3", "", "9.95:3|"), mistakes)
    assert book.state() == BookState(4, [("9.95", "3")], [])
    assert mistakes.counts == {WRONG_CHECKSUM: 1}


@pytest.mark.parametrize(("first", "last"), [(3, 3), (1, 2), (1, 1)])
def test_a_delta_must_begin_where_the_last_message_ended(first: int, last: int) -> None:
    book, mistakes = taken(
        depth("snapshot", 1, 1, "9.95x1", "", "9.95:1|"),
        depth("delta", first, last, "9.95x1", "", "9.95:1|"),
        depth("delta", last + 1, last + 1, "9.95x1", "", "9.95:1|"),
    )
    assert book.sequence == -1
    assert mistakes.counts == {GAP: 1}


def test_a_new_connection_begins_with_a_snapshot() -> None:
    _, mistakes = taken(depth("delta", 0, 0))
    assert mistakes.counts == {GAP: 1}
    book, mistakes = taken(depth("snapshot", 1, 1))
    book.void()
    assert not book.apply(depth("delta", 2, 2), mistakes)
    assert mistakes.counts == {GAP: 1}
