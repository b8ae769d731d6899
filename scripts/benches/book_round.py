"""One round of a book without an exchange around it, on the operations of a flow.

The book is that of the package limit-order-book, the yardstick, or our own by itself
(`book_alone`). Run by its path in a process of its own (`round_process`), because the library
aborts the process when it is asked to cancel an order that it does not have; so before the first
round it is asked whether it has them.

    book_round.py <file of operations> <module> <class>
    then, on stdin, the name of a flow for each round

What is timed is the calls alone, of methods that are already bound, with arguments that are already
there. The library keeps orders at prices and nothing else. It returns nothing of what it does: no
fills, no reports, no levels. It has no balances, holds, fees, rules, owners or names.
"""

import gc
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol

import msgspec

# First of all: it decides whether our book is the compiled one.
import proto.build  # noqa: F401
from scripts.benches.peer_operations import CANCEL, Operation, PeerFlow

_Call = tuple[Callable[..., None], tuple[int, ...]]


class Book(Protocol):
    """What is used of the package besides the methods that operations name."""

    def has(self, order_id: int) -> bool:
        """Say whether an order rests."""

    def count(self) -> int:
        """Count the orders that rest."""


def run_books(flow: PeerFlow, new_book: Callable[[], Book]) -> tuple[float, int]:
    """Do the operations with new books.

    Returns:
        Microseconds of work for each measured operation, and the orders that rest at the end.
    """
    books = _new_books(flow, new_book)
    for call, arguments in _bound(books, flow.prepare):
        call(*arguments)
    calls = _bound(books, flow.measure)
    gc.collect()
    gc.freeze()
    start_ns = time.thread_time_ns()
    for call, arguments in calls:
        call(*arguments)
    elapsed_ns = time.thread_time_ns() - start_ns
    gc.unfreeze()
    return elapsed_ns / 1_000 / len(calls), sum(book.count() for book in books.values())


def check(flow: PeerFlow, new_book: Callable[[], Book]) -> None:
    """Do the operations once, and assert before each cancel that the order is there."""
    books = _new_books(flow, new_book)
    for operation in (*flow.prepare, *flow.measure):
        book = books[operation.book]
        assert operation.method != CANCEL or book.has(*operation.arguments), operation
        getattr(book, operation.method)(*operation.arguments)


def _new_books(flow: PeerFlow, new_book: Callable[[], Book]) -> dict[int, Book]:
    numbers = {each.book for each in (*flow.prepare, *flow.measure)}
    return {number: new_book() for number in sorted(numbers)}


def _bound(books: dict[int, Book], operations: Sequence[Operation]) -> list[_Call]:
    return [(getattr(books[each.book], each.method), each.arguments) for each in operations]


def _serve(path: Path, new_book: Callable[[], Book]) -> None:
    """Run the round of each flow named on stdin, and write what it found to stdout."""
    flows = msgspec.msgpack.decode(path.read_bytes(), type=dict[str, PeerFlow])
    for flow in flows.values():
        check(flow, new_book)
    for line in sys.stdin:
        print(*run_books(flows[line.strip()], new_book), flush=True)


if __name__ == "__main__":
    # The package need not be there where the bench is not run, and has no types.
    _serve(Path(sys.argv[1]), getattr(import_module(sys.argv[2]), sys.argv[3]))
