"""One round of the yardstick: the book of the package limit-order-book on the operations of a flow.

Run by its path in a process of its own (`round_process`), because the library aborts the process
when it is asked to cancel an order that it does not have; so it is asked before the first round.

    peer_round.py <file of operations>    then, on stdin, the name of a flow for each round

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
from typing import Final, Protocol

import msgspec

from scripts.benches.peer_operations import CANCEL, Operation, PeerFlow

_Call = tuple[Callable[..., None], tuple[int, ...]]


class Book(Protocol):
    """What is used of the package besides the methods that operations name."""

    def has(self, order_id: int) -> bool:
        """Say whether an order rests."""

    def count(self) -> int:
        """Count the orders that rest."""


# Where the bench is not run the package need not be there, nor is it typed.
_new_book: Final[Callable[[], Book]] = import_module("limit_order_book").LimitOrderBook


def run_peer(flow: PeerFlow) -> tuple[float, int]:
    """Do the operations with new books.

    Returns:
        Microseconds of work for each measured operation, and the orders that rest at the end.
    """
    books = _new_books(flow)
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


def check(flow: PeerFlow) -> None:
    """Do the operations once, and assert before each cancel that the order is there."""
    books = _new_books(flow)
    for operation in (*flow.prepare, *flow.measure):
        book = books[operation.book]
        assert operation.method != CANCEL or book.has(*operation.arguments), operation
        getattr(book, operation.method)(*operation.arguments)


def _new_books(flow: PeerFlow) -> dict[int, Book]:
    return {each.book: _new_book() for each in (*flow.prepare, *flow.measure)}


def _bound(books: dict[int, Book], operations: Sequence[Operation]) -> list[_Call]:
    return [(getattr(books[each.book], each.method), each.arguments) for each in operations]


def _serve(path: Path) -> None:
    """Run the round of each flow named on stdin, and write what it found to stdout."""
    flows = msgspec.msgpack.decode(path.read_bytes(), type=dict[str, PeerFlow])
    for flow in flows.values():
        check(flow)
    for line in sys.stdin:
        print(*run_peer(flows[line.strip()]), flush=True)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
