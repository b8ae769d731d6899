"""Positions: two integers as one, and as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feed.position import parse_position, position, position_after, position_text
from proto.limits import INTEGER_MAX

SEQUENCES = st.integers(0, INTEGER_MAX)
ORDINALS = st.integers(0, (1 << 32) - 2)


@given(SEQUENCES, ORDINALS)
def test_a_position_comes_back_as_it_was(sequence: int, ordinal: int) -> None:
    mark = position(sequence, ordinal)
    assert position_text(mark) == f"{sequence}.{ordinal}"
    assert parse_position(position_text(mark)) == mark
    assert parse_position(position_text(position_after(sequence))) == position_after(sequence)


@given(st.tuples(SEQUENCES, ORDINALS), st.tuples(SEQUENCES, ORDINALS))
def test_positions_compare_part_by_part(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert (position(*one) < position(*other)) == (one < other)


def test_after_a_command_is_after_all_its_events_and_before_the_next() -> None:
    assert position(7, 10_000_000) < position_after(7) < position(8, 0)


@pytest.mark.parametrize(
    "text",
    ["", ".", "1.", ".1", "-1", "+1", "1.-1", "1.2.3", " 1", "1 ", "1e3", "٣", "0x1", "1_0",
     str(INTEGER_MAX + 1), "9" * 5_000, "1." + "9" * 5_000, f"1.{(1 << 32) - 1}", f"1.{1 << 32}"],
)  # fmt: skip
def test_what_is_no_position(text: str) -> None:
    assert parse_position(text) is None
