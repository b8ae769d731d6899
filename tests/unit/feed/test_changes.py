"""What has changed since when, against a list of everything that ever happened."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feed.changes import Changes


def test_each_thing_is_told_once_and_the_last_to_change_at_the_end() -> None:
    changes: Changes[str] = Changes(floor=10, items_max=None)
    for mark, item in ((11, "a"), (11, "b"), (12, "c"), (13, "a")):
        assert changes.record(item, mark) is None
    assert changes.since(10) == ["b", "c", "a"]
    assert changes.since(11) == ["c", "a"]
    assert changes.since(12) == ["a"]
    assert changes.since(13) == []
    assert changes.since(99) == []


def test_what_was_left_alone_for_longest_is_forgotten() -> None:
    changes: Changes[str] = Changes(floor=0, items_max=2)
    changes.record("a", 1)
    changes.record("b", 2)
    assert changes.record("a", 3) is None
    assert changes.floor == 0
    assert changes.record("c", 4) == "b"
    assert changes.floor == 2
    assert changes.since(2) == ["a", "c"]
    with pytest.raises(AssertionError):
        changes.since(1)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2))), st.integers(1, 12))
def test_above_the_floor_nothing_is_left_out(
    history: list[tuple[int, int]], items_max: int
) -> None:
    changes: Changes[int] = Changes(0, items_max)
    marks: list[tuple[int, int]] = []
    mark = 0
    for item, step in history:
        mark += step
        marks.append((mark, item))
        changes.record(item, mark)
        assert changes.floor <= mark
    for asked in range(changes.floor, mark + 1):
        assert set(changes.since(asked)) == {item for at, item in marks if at > asked}
    # It forgets no more than it has to.
    if len({item for _, item in marks}) <= items_max:
        assert changes.floor == 0
