"""Moments, marks and pages: small things that texts are read into and kept in."""

import pytest

from scripts.watching.marks import (
    mark_after,
    mark_of_position,
    parts_of_mark,
    position_mark,
    position_of_mark,
)
from scripts.watching.moments import moment_us
from scripts.watching.pages import Pages, unpacked


def test_moments() -> None:
    assert moment_us("1970-01-01T00:00:00.000001Z") == 1
    assert moment_us("2024-02-29T12:34:56.789012Z") == 1_709_210_096_789_012


@pytest.mark.parametrize(
    "text",
    ["", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00.000000+", "now"],
)
def test_what_is_no_moment_raises(text: str) -> None:
    with pytest.raises(ValueError, match="no moment"):
        moment_us(text)


def test_positions_are_ordered_part_by_part() -> None:
    texts = ["0", "9.1", "9.2", "9.10", "9", "10.1", "4711.2", "4711"]
    marks = [mark_of_position(text) for text in texts]
    assert marks == sorted(marks)
    assert [position_of_mark(mark) for mark in marks] == texts
    assert mark_of_position("4711.2") == position_mark(4711, 2)
    assert mark_of_position("4711") == mark_after(4711)
    assert parts_of_mark(position_mark(4711, 2)) == (4711, 2)


def test_pages_give_back_what_was_added() -> None:
    pages = Pages()
    assert pages.packed() == []
    texts = [f'{{"number":{number}}}'.encode() for number in range(2_500)]
    for text in texts:
        pages.add(text)
    assert list(unpacked(pages.packed())) == texts
    # Asking changes nothing.
    pages.add(b"{}")
    assert list(unpacked(pages.packed())) == [*texts, b"{}"]
