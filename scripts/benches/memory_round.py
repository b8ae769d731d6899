"""Lets orders rest, and says what memory that took; a process of its own, so that nothing else did.

    memory_round.py <orders> <1 if each has a client_order_id, else 0>

On stdout: bytes for each order, by the kernel's count of the pages that this process has touched,
and bytes of the order's own object. The book is made twice: a first one of a thousandth of the
size, so that what the first order needs and no other (code, types, tables) is there before.
"""

import gc
import sys
from pathlib import Path
from typing import Final

from matcher.core.order import Order
from proto.garbage import paused_garbage_collector
from scripts.benches.resting_book import RestingBook

_WARM_UP: Final = 1_000
# What an object has in front of it where the garbage collector follows it (Py_TPFLAGS_HAVE_GC).
_HAVE_GC: Final = 1 << 14
_GC_HEAD_BYTES: Final = 16


def main(arguments: list[str]) -> None:
    """Measure, and write what was found."""
    orders, named = int(arguments[0]), bool(int(arguments[1]))
    with paused_garbage_collector():
        warm = RestingBook(max(1, orders // _WARM_UP), named=named)
        before_bytes = _resident_bytes()
        book = RestingBook(orders, named=named)
        found_bytes = _resident_bytes() - before_bytes
    # The sequences that the bench keeps for itself.
    found_bytes -= 8 * orders
    print(found_bytes / orders, _object_bytes(), flush=True)
    # Both are needed until here.
    del warm, book
    gc.freeze()


def _object_bytes() -> int:
    head_bytes = _GC_HEAD_BYTES if Order.__flags__ & _HAVE_GC else 0
    return Order.__basicsize__ + head_bytes


def _resident_bytes() -> int:
    for line in Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines():
        key, _, value = line.partition(":")
        if key == "Rss":
            return int(value.split()[0]) * 1_024
    raise AssertionError("the kernel does not say what is resident")


if __name__ == "__main__":
    main(sys.argv[1:])
