"""What is remembered of a subject, and from where on it is all."""

import pytest

from feed.source import NOTHING
from feed.timeline import Timeline


def known(most: int = 5, floor: int = 10) -> Timeline[str]:
    timeline: Timeline[str] = Timeline(most)
    timeline.load(floor)
    return timeline


def test_at_first_nothing_is_known() -> None:
    timeline: Timeline[str] = Timeline(5)
    assert (timeline.floor, timeline.end, len(timeline)) == (None, NOTHING, 0)
    with pytest.raises(AssertionError):
        timeline.append(1, "a")


def test_everything_above_the_floor_is_here() -> None:
    timeline = known()
    assert timeline.append(12, "a")
    assert timeline.append(15, "b")
    assert (timeline.floor, timeline.end) == (10, 15)
    assert timeline.since(9) is None
    assert timeline.since(10) == timeline.since(11) == [(12, "a"), (15, "b")]
    assert timeline.since(12) == timeline.since(14) == [(15, "b")]
    assert timeline.since(15) == timeline.since(99) == []


def test_what_is_not_above_the_end_was_told_before() -> None:
    timeline = known()
    assert not timeline.append(10, "old")
    assert timeline.append(12, "a")
    assert not timeline.append(12, "again")
    assert not timeline.append(11, "late")
    assert timeline.since(10) == [(12, "a")]


def test_the_oldest_drop_out_and_the_floor_rises() -> None:
    timeline = known(most=2)
    for mark in (11, 13, 17):
        timeline.append(mark, str(mark))
    assert (timeline.floor, len(timeline)) == (11, 2)
    assert timeline.since(10) is None
    assert timeline.since(11) == [(13, "13"), (17, "17")]
    timeline.forget_oldest()
    assert (timeline.floor, timeline.since(12), timeline.since(13)) == (13, None, [(17, "17")])


def test_where_something_is_lost_only_those_at_the_end_have_everything() -> None:
    timeline = known()
    timeline.append(12, "a")
    timeline.append(13, "b")
    timeline.break_()
    assert (timeline.floor, timeline.end, len(timeline)) == (None, 13, 0)
    assert timeline.since(12) is None
    assert timeline.since(13) == []


def test_it_goes_on_where_it_is_told() -> None:
    timeline = known()
    timeline.append(12, "a")
    timeline.break_()
    timeline.load(20)
    assert (timeline.floor, timeline.end) == (20, 20)
    assert timeline.since(12) is None
    timeline.append(21, "b")
    assert timeline.since(20) == [(21, "b")]


def test_an_exchange_that_began_anew_is_further_back() -> None:
    timeline = known(floor=100)
    timeline.load(3)
    assert timeline.append(4, "a")
    assert (timeline.floor, timeline.end) == (3, 4)
