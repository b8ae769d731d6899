from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.intervals import DAY_NS, INTERVAL_LENGTHS_NS, INTERVALS, interval_bounds

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 4_000_000_000 * 10**9)


def at(timestamp_ns: int) -> datetime:
    return EPOCH + timedelta(microseconds=timestamp_ns // 1000)


@pytest.mark.parametrize("interval", INTERVALS)
@given(timestamp_ns=MOMENTS)
def test_an_interval_holds_its_moment_and_tiles_time(interval: str, timestamp_ns: int) -> None:
    start, end = interval_bounds(interval, timestamp_ns)
    assert start <= timestamp_ns < end
    assert interval_bounds(interval, start) == (start, end)
    assert interval_bounds(interval, end)[0] == end


@given(timestamp_ns=MOMENTS)
def test_months_are_those_of_the_calendar(timestamp_ns: int) -> None:
    moment = at(timestamp_ns)
    first = datetime(moment.year, moment.month, 1, tzinfo=UTC)
    year, month = divmod(moment.year * 12 + moment.month, 12)
    start, end = interval_bounds("1M", timestamp_ns)
    assert at(start) == first
    assert at(end) == datetime(year, month + 1, 1, tzinfo=UTC)


@given(timestamp_ns=MOMENTS)
def test_weeks_start_on_monday(timestamp_ns: int) -> None:
    start, end = interval_bounds("1w", timestamp_ns)
    assert at(start).weekday() == 0
    assert end - start == 7 * DAY_NS


def test_all_intervals_of_the_interface_exist() -> None:
    assert INTERVALS == tuple("1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M".split())
    assert INTERVAL_LENGTHS_NS["4h"] == 4 * 3600 * 10**9


def test_an_unknown_interval_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        interval_bounds("7m", 0)
