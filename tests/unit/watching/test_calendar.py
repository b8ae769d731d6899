"""Two ways to find the interval of a moment, which share nothing, agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.intervals import INTERVALS, interval_bounds
from scripts.watching.calendar import candle_bounds_us
from scripts.watching.moments import moment_us


@given(interval=st.sampled_from(INTERVALS), at_us=st.integers(0, 4 * 10**15))
def test_the_exchange_and_the_calendar_agree(interval: str, at_us: int) -> None:
    start_us, end_us = candle_bounds_us(interval, at_us)
    assert interval_bounds(interval, at_us * 1_000) == (start_us * 1_000, end_us * 1_000)
    assert start_us <= at_us < end_us


@pytest.mark.parametrize(
    ("interval", "start", "end"),
    [
        ("15m", "2024-02-29T23:45:00", "2024-03-01T00:00:00"),
        ("8h", "2024-02-29T16:00:00", "2024-03-01T00:00:00"),
        ("3d", "2024-02-29T00:00:00", "2024-03-03T00:00:00"),
        ("1w", "2024-02-26T00:00:00", "2024-03-04T00:00:00"),
        ("1M", "2024-02-01T00:00:00", "2024-03-01T00:00:00"),
    ],
)
def test_by_hand(interval: str, start: str, end: str) -> None:
    last_us = moment_us("2024-02-29T23:59:59.999999Z")
    bounds = (moment_us(f"{start}.000000Z"), moment_us(f"{end}.000000Z"))
    assert candle_bounds_us(interval, last_us) == bounds


@pytest.mark.parametrize("interval", ["7x", "", "m", "xm"])
def test_what_is_no_interval_raises(interval: str) -> None:
    with pytest.raises(ValueError, match=r"interval|invalid literal"):
        candle_bounds_us(interval, 0)
