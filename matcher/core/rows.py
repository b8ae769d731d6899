"""Rows of a snapshot, a bounded number at a time."""

from collections.abc import Iterator
from itertools import islice
from typing import Final, TypeVar

RowT = TypeVar("RowT")

# The most rows of one part.
ROWS_MAX: Final = 4_096


def in_parts(rows: Iterator[RowT]) -> Iterator[list[RowT]]:
    """Take rows together, at most ROWS_MAX of them. Complexity: O(rows), in memory O(1)."""
    while part := list(islice(rows, ROWS_MAX)):
        yield part
