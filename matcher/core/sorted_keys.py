"""Numbers in order, for the prices of one side of a book.

Theory of operation
-------------------
A list of chunks, each a sorted list; beside it the first number of each. A number is found by two
binary searches, and adding or removing one moves at most a chunk, whatever the number of chunks: a
side with a hundred thousand prices costs hardly more than one with ten. The greatest stands at the
end of the last chunk, where a ladder has its best price and changes most.

`sortedcontainers.SortedList` does the same for any kind of value and key, in interpreted Python;
this is for integers, which compiled code compares by itself.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Final, final

# A chunk that grows beyond this is cut in two.
CHUNK_MAX: Final = 512


@final
class SortedKeys:
    """Different integers, in ascending order."""

    __slots__ = ("_chunks", "_firsts")

    def __init__(self) -> None:
        # No chunk is empty.
        self._chunks: Final[list[list[int]]] = []
        self._firsts: Final[list[int]] = []

    def add(self, key: int) -> None:
        """Add a number that is not there. Complexity: O(log numbers), and moving a chunk."""
        chunks, firsts = self._chunks, self._firsts
        if not chunks:
            chunks.append([key])
            firsts.append(key)
            return
        place = self._place(key)
        chunk = chunks[place]
        chunk.insert(bisect_left(chunk, key), key)
        firsts[place] = chunk[0]
        if len(chunk) > CHUNK_MAX:
            half = len(chunk) // 2
            behind = chunk[half:]
            del chunk[half:]
            chunks.insert(place + 1, behind)
            firsts.insert(place + 1, behind[0])

    def remove(self, key: int) -> None:
        """Remove a number that is there. Complexity: as `add`."""
        chunks = self._chunks
        place = self._place(key)
        chunk = chunks[place]
        at = bisect_left(chunk, key)
        assert chunk[at] == key
        del chunk[at]
        if chunk:
            self._firsts[place] = chunk[0]
        else:
            del chunks[place]
            del self._firsts[place]

    def greatest(self) -> int:
        """Return the greatest number; there is one. Complexity: O(1)."""
        return self._chunks[-1][-1]

    def __len__(self) -> int:
        return sum([len(chunk) for chunk in self._chunks])

    def descending(self) -> Iterator[int]:
        """Go through the numbers from the greatest to the least; nothing may change meanwhile."""
        for chunk in reversed(self._chunks):
            yield from reversed(chunk)

    def check_invariants(self) -> None:
        """Assert that all is in order. Complexity: O(numbers)."""
        keys = [key for chunk in self._chunks for key in chunk]
        assert keys == sorted(set(keys))
        assert all(self._chunks)
        assert self._firsts == [chunk[0] for chunk in self._chunks]
        assert all(len(chunk) <= CHUNK_MAX for chunk in self._chunks)

    def _place(self, key: int) -> int:
        """Return the chunk that holds a number, or would."""
        firsts = self._firsts
        if key >= firsts[-1]:
            return len(firsts) - 1
        return max(bisect_right(firsts, key) - 1, 0)
