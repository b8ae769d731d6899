"""Readers who know more than the feed: those that are right, and those that are not."""

import pytest

import feed.ahead
from feed.ahead import Ahead


def test_the_second_clock_says_that_a_mark_is_of_nothing_here() -> None:
    ahead = Ahead(2)
    assert ahead.start_of(90, 10) is None
    assert not ahead.on_clock(10)
    assert ahead.start_of(90, 12) is None
    assert ahead.on_clock(12)
    # From when it came, not from now on.
    assert ahead.start_of(90, 12) == 10


def test_what_it_knows_arrives_and_nothing_has_to_be_decided() -> None:
    ahead = Ahead(2)
    assert ahead.start_of(11, 10) is None
    assert not ahead.on_clock(11)
    assert not ahead.on_clock(11)
    # It is forgotten, so the next one waits as long.
    assert ahead.start_of(11, 10) is None
    assert not ahead.on_clock(10)


def test_whoever_comes_after_the_decision_waits_anew() -> None:
    ahead = Ahead(2)
    ahead.start_of(90, 10)
    for _ in range(3):
        ahead.on_clock(10)
    assert ahead.start_of(90, 14) is None


def test_marks_are_bounded_and_those_above_are_told_from_now_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed.ahead, "MARKS_MAX", 2)
    ahead = Ahead(2)
    assert ahead.start_of(90, 10) is None
    assert ahead.start_of(91, 10) is None
    assert ahead.start_of(92, 10) == 10
    assert ahead.start_of(90, 10) is None


def test_while_something_is_missing_nothing_is_decided() -> None:
    ahead = Ahead(2)
    ahead.start_of(90, 10)
    ahead.on_clock(10)
    ahead.forget()
    assert not ahead.on_clock(10)
    assert ahead.start_of(90, 10) is None
