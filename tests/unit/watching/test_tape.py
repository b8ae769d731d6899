"""A tape and its readers: whatever one of them is told otherwise is found."""

import pytest

from scripts.watching.mistakes import DIFFERENT, EXTRA, MISSED, REPEATED, Mistakes
from scripts.watching.pages import unpacked
from scripts.watching.tape import Tape, TapeReader


def text(mark: int) -> bytes:
    return f'{{"trade_id":"{mark}"}}'.encode()


def told(tape: Tape, *marks: int) -> tuple[TapeReader, Mistakes]:
    """A reader that was told some messages, and what was wrong."""
    reader, mistakes = TapeReader(tape), Mistakes()
    for mark in marks:
        reader.take(mark, text(mark), mistakes)
    return reader, mistakes


@pytest.fixture
def tape() -> Tape:
    """A tape that one reader was told whole: 5, 6, 8, 9."""
    tape = Tape("trades@TATA_INR", 4)
    told(tape, 5, 6, 8, 9)
    return tape


def test_who_is_told_the_same_finds_nothing(tape: Tape) -> None:
    reader, mistakes = told(tape, 5, 6)
    assert (reader.mark, reader.behind) == (6, 2)
    for mark in (8, 9, 12):
        reader.take(mark, text(mark), mistakes)
    assert (reader.mark, reader.behind) == (12, 0)
    assert not mistakes.counts
    assert list(unpacked(tape.pages.packed())) == [text(mark) for mark in (5, 6, 8, 9, 12)]


def test_a_reader_begins_where_the_tape_does(tape: Tape) -> None:
    reader, mistakes = told(tape)
    assert (reader.mark, reader.behind) == (4, 4)
    reader.take(4, text(4), mistakes)
    assert mistakes.counts == {REPEATED: 1}


@pytest.mark.parametrize(
    ("marks", "mistakes", "behind"),
    [
        ((5, 6, 6, 8, 9), {REPEATED: 1}, 0),
        ((5, 6, 8, 6, 8, 9), {REPEATED: 2}, 0),
        ((5, 9), {MISSED: 2}, 0),
        ((9,), {MISSED: 3}, 0),
        ((5, 6, 7, 8, 9), {EXTRA: 1}, 0),
        ((5, 7, 8, 9), {MISSED: 1, EXTRA: 1}, 0),
        ((5, 6, 8, 10), {MISSED: 1}, 0),
        ((5, 6), {}, 2),
    ],
)
def test_what_is_wrong_is_counted(
    tape: Tape, marks: tuple[int, ...], mistakes: dict[str, int], behind: int
) -> None:
    reader, found = told(tape, *marks)
    assert dict(found.counts) == mistakes
    assert reader.behind == behind
    assert bool(found.shown) == bool(mistakes)


def test_a_mark_with_another_text_is_told_otherwise(tape: Tape) -> None:
    reader, mistakes = told(tape, 5)
    reader.take(6, text(60), mistakes)
    assert mistakes.counts == {DIFFERENT: 1}
    reader.take(8, text(8), mistakes)
    assert mistakes.counts == {DIFFERENT: 1}


def test_what_the_first_missed_the_others_find() -> None:
    tape = Tape("trades@TATA_INR", 4)
    told(tape, 5, 8)
    _, mistakes = told(tape, 5, 6, 8)
    assert mistakes.counts == {EXTRA: 1}
