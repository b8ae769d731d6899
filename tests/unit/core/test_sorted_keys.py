"""Numbers in order, against a sorted list; chunks are cut and end on the way."""

import random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from matcher.core.sorted_keys import CHUNK_MAX, SortedKeys

PRICE_MAX = 1 << 40


class Keys(RuleBasedStateMachine):
    """Prices of bids and, negated, of asks."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = SortedKeys()
        self.expected: set[int] = set()

    @rule(
        first=st.integers(-PRICE_MAX, PRICE_MAX), count=st.integers(1, 300), step=st.integers(1, 3)
    )
    def add_some(self, first: int, count: int, step: int) -> None:
        for key in range(first, first + count * step, step):
            self.add(key)

    @rule(key=st.integers(-20, 20))
    def add(self, key: int) -> None:
        if key not in self.expected:
            self.keys.add(key)
            self.expected.add(key)

    @precondition(lambda self: self.expected)
    @rule(data=st.data(), count=st.integers(1, 300))
    def remove_some(self, data: st.DataObject, count: int) -> None:
        present = sorted(self.expected)
        first = data.draw(st.integers(0, len(present) - 1))
        for key in present[first : first + count]:
            self.keys.remove(key)
            self.expected.remove(key)

    @invariant()
    def is_in_order(self) -> None:
        self.keys.check_invariants()
        assert list(self.keys.descending()) == sorted(self.expected, reverse=True)
        assert len(self.keys) == len(self.expected)
        if self.expected:
            assert self.keys.greatest() == max(self.expected)


Keys.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestKeys = Keys.TestCase


@pytest.mark.parametrize("order", ["rising", "falling", "shuffled"])
def test_many_chunks(order: str) -> None:
    numbers = list(range(CHUNK_MAX * 6))
    if order == "falling":
        numbers.reverse()
    elif order == "shuffled":
        random.Random(1).shuffle(numbers)
    keys = SortedKeys()
    for number in numbers:
        keys.add(number)
    keys.check_invariants()
    assert list(keys.descending()) == sorted(numbers, reverse=True)
    while len(numbers) > 5:
        keys.remove(numbers.pop())
    keys.check_invariants()
    assert list(keys.descending()) == sorted(numbers, reverse=True)


def test_what_is_not_there_cannot_be_removed() -> None:
    keys = SortedKeys()
    keys.add(5)
    with pytest.raises((AssertionError, IndexError)):
        keys.remove(4)
