"""Books and tapes from stream messages."""

from scripts.load.audits import audit_book
from scripts.load.book import BookState, DepthData, StreamBook, Tape, TradeData


def depth(kind: str, first: int, last: int, bids: str = "", asks: str = "") -> DepthData:
    def levels(text: str) -> list[tuple[str, str]]:
        return [(price, quantity) for price, quantity in (w.split("x") for w in text.split())]

    return DepthData(kind, first, last, levels(bids), levels(asks))


def test_snapshot_then_deltas() -> None:
    book = StreamBook()
    assert book.apply(depth("snapshot", 1, 10, "99.95x3 100.00x1", "100.05x2"))
    assert book.apply(depth("delta", 11, 12, "99.95x0", "100.05x5 100.10x1"))
    assert book.state() == BookState(12, [("100.00", "1")], [("100.05", "5"), ("100.10", "1")])
    assert (book.snapshots, book.gaps) == (1, 0)


def test_prices_are_ordered_as_numbers() -> None:
    book = StreamBook()
    book.apply(depth("snapshot", 0, 1, "9.95x1 100.00x1 10.00x1", "1000.00x1 999.95x1"))
    assert [price for price, _ in book.state().bids] == ["100.00", "10.00", "9.95"]
    assert [price for price, _ in book.state().asks] == ["999.95", "1000.00"]


def test_a_book_that_crosses_in_an_auction_is_kept_as_it_is() -> None:
    book = StreamBook()
    book.apply(depth("snapshot", 0, 1, "100.00x1", "100.05x1"))
    assert book.apply(depth("delta", 2, 3, "110.00x4", "90.00x4"))
    crossed = BookState(3, [("110.00", "4"), ("100.00", "1")], [("90.00", "4"), ("100.05", "1")])
    assert book.state() == crossed
    assert audit_book("TATA_INR", crossed, {"a subscriber": book.state()}).ok
    assert book.apply(depth("delta", 4, 5, "110.00x0", "90.00x0"))
    assert (book.state().bids, book.gaps) == ([("100.00", "1")], 0)


def test_zero_is_zero_however_it_is_written() -> None:
    book = StreamBook()
    book.apply(depth("snapshot", 0, 1, "9.95x1.00000"))
    book.apply(depth("delta", 2, 2, "9.95x0.00000 9.90x0"))
    assert book.state() == BookState(2, [], [])


def test_a_gap_voids_the_book_until_the_next_snapshot() -> None:
    book = StreamBook()
    book.apply(depth("snapshot", 0, 1, "9.95x1"))
    assert not book.apply(depth("delta", 3, 3, "9.95x2"))
    assert book.sequence == -1
    # What was on its way counts as part of the same gap.
    assert book.apply(depth("delta", 4, 4, "9.95x3"))
    assert book.sequence == -1
    assert book.apply(depth("snapshot", 0, 4, "9.95x3"))
    assert book.state() == BookState(4, [("9.95", "3")], [])
    assert book.gaps == 1


def test_a_repeated_or_early_delta_is_a_gap() -> None:
    assert not StreamBook().apply(depth("delta", 1, 1))
    book = StreamBook()
    book.apply(depth("snapshot", 0, 5))
    assert not book.apply(depth("delta", 5, 5))


def test_a_tape_counts_repetitions() -> None:
    tape = Tape()
    for trade_id in ("7", "8", "7"):
        tape.add(TradeData(trade_id))
    assert list(tape.trade_ids) == [7, 8]
    assert tape.repeated == 1
