"""What waits for Redis is bounded, in order, and has its gaps said once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.backlog import Backlog


def filled(entries: int, bytes_max: int = 100) -> Backlog:
    backlog = Backlog(bytes_max)
    for number in range(1, entries + 1):
        backlog.add(number, number, bytes(10))
    return backlog


def test_entries_leave_in_the_order_in_which_they_came() -> None:
    backlog = filled(4)
    assert [sequence for sequence, _ in backlog.first(3)] == [1, 2, 3]
    backlog.remove(3)
    assert [sequence for sequence, _ in backlog.first(3)] == [4]
    assert backlog.length_bytes == 10
    backlog.remove(1)
    assert not backlog


def test_what_does_not_fit_is_left_out_until_half_is_free(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    backlog = filled(12)
    backlog.remove(4)
    backlog.add(13, 13, bytes(10))
    assert [sequence for sequence, _ in backlog.first(99)] == [5, 6, 7, 8, 9, 10]
    backlog.remove(1)
    backlog.add(14, 20, bytes(10))
    backlog.add(21, 21, bytes(10))
    assert [sequence for sequence, _ in backlog.first(99)] == [6, 7, 8, 9, 10, 20, 21]
    assert caplog.text.count("Sequences from 11 on are left out") == 1
    assert caplog.text.count("left out: sequences 11 to 13") == 1


def test_an_entry_that_can_never_fit_is_left_out_alone() -> None:
    backlog = Backlog(100)
    backlog.add(1, 1, bytes(101))
    backlog.add(2, 2, bytes(100))
    assert [sequence for sequence, _ in backlog.first(99)] == [2]


@given(st.lists(st.tuples(st.integers(0, 60), st.booleans())))
def test_it_never_holds_more_and_never_changes_the_order(steps: list[tuple[int, bool]]) -> None:
    backlog, seen = Backlog(100), 0
    for sequence, (length, leaves) in enumerate(steps, start=1):
        backlog.add(sequence, sequence, bytes(length))
        waiting = backlog.first(len(steps))
        assert backlog.length_bytes == sum(len(data) for _, data in waiting) <= 100
        sequences = [last_sequence for last_sequence, _ in waiting]
        assert sequences == sorted(set(sequences))
        assert all(last_sequence > seen for last_sequence in sequences)
        if leaves and waiting:
            backlog.remove(1)
            seen = waiting[0][0]
