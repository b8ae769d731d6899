"""The book alone matches as the engine does, and tells of each fill and each level."""

import struct

from msgspec import msgpack

from proto.codes import BUY, SELL
from scripts.benches.book_alone import BATCH_OPERATIONS, BookAlone
from scripts.benches.engine_flows import engine_flows
from scripts.benches.shared_flow import share


def test_it_comes_to_the_trades_and_books_of_the_engine() -> None:
    for flow in engine_flows(3_000, 200).values():
        shared = share(flow.prepare, flow.measure)
        books: dict[int, BookAlone] = {}
        for each in shared.peer.prepare:
            getattr(books.setdefault(each.book, BookAlone()), each.method)(*each.arguments)
        before = sum(book.fills for book in books.values())
        for each in shared.peer.measure:
            book = books.setdefault(each.book, BookAlone())
            assert each.method != "cancel" or book.has(*each.arguments)
            getattr(book, each.method)(*each.arguments)
        assert sum(book.fills for book in books.values()) - before == shared.trades
        assert sum(book.count() for book in books.values()) == shared.resting


def test_what_it_tells_is_each_fill_and_each_change_of_a_level() -> None:
    book = BookAlone()
    book.limit_sell(1_000, 3, 500)
    book.limit_buy(2_000, 5, 500)
    for _ in range((BATCH_OPERATIONS - 2) // 2):
        book.limit_sell(3_000, 1, 900)
        book.cancel(3_000)
    assert (book.fills, book.count(), book.has(2_000), book.has(1_000)) == (1, 1, True, False)
    assert msgpack.decode(book.told_fills) == [2_000, 2, 1_000, 0, 500, 3]
    changes = [*struct.iter_unpack("<5q", book.told_levels)]
    assert changes[:3] == [(1, 1, SELL, 500, 3), (1, 2, SELL, 500, 0), (1, 3, BUY, 500, 2)]
    assert changes[3:5] == [(1, 4, SELL, 900, 1), (1, 5, SELL, 900, 0)]
    assert len(changes) == 3 + BATCH_OPERATIONS - 2
