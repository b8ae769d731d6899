"""Candle intervals, and where each one starts and ends. Integers only.

All starts are UTC. Intervals up to a day divide it; `3d` counts from 1970-01-01, `1w` starts on
Monday, `1M` on the first of the month. The database cuts time the same way
(`migrations/`), so a candle of a stream and the candle of the history are one and the same.

The calendar arithmetic is that of H. Hinnant, "chrono-Compatible Low-Level Date Algorithms"
(days_from_civil, civil_from_days).
"""

from typing import Final

MILLISECOND_NS: Final = 1_000_000
SECOND_NS: Final = 1_000 * MILLISECOND_NS
MINUTE_NS: Final = 60 * SECOND_NS
HOUR_NS: Final = 60 * MINUTE_NS
DAY_NS: Final = 24 * HOUR_NS
# 1970-01-01 was a Thursday; the Monday after it is the origin of weeks.
MONDAY_NS: Final = 4 * DAY_NS

MONTH: Final = "1M"
# Length of each interval; a month has none.
INTERVAL_LENGTHS_NS: Final = {
    "1m": MINUTE_NS,
    "3m": 3 * MINUTE_NS,
    "5m": 5 * MINUTE_NS,
    "15m": 15 * MINUTE_NS,
    "30m": 30 * MINUTE_NS,
    "1h": HOUR_NS,
    "2h": 2 * HOUR_NS,
    "4h": 4 * HOUR_NS,
    "6h": 6 * HOUR_NS,
    "8h": 8 * HOUR_NS,
    "12h": 12 * HOUR_NS,
    "1d": DAY_NS,
    "3d": 3 * DAY_NS,
    "1w": 7 * DAY_NS,
}
INTERVALS: Final = (*INTERVAL_LENGTHS_NS, MONTH)


def interval_bounds(interval: str, timestamp_ns: int) -> tuple[int, int]:
    """Find the interval that a moment lies in.

    Args:
        interval: One of INTERVALS.
        timestamp_ns: Nanoseconds since the epoch.

    Returns:
        First nanosecond of the interval, and first nanosecond after it.

    Raises:
        KeyError: If there is no such interval.
    """
    if interval == MONTH:
        return _month_bounds(timestamp_ns)
    length = INTERVAL_LENGTHS_NS[interval]
    origin = MONDAY_NS if interval == "1w" else 0
    start = (timestamp_ns - origin) // length * length + origin
    return start, start + length


def _month_bounds(timestamp_ns: int) -> tuple[int, int]:
    year, month = _civil_month(timestamp_ns // DAY_NS)
    next_year, next_month = (year, month + 1) if month < 12 else (year + 1, 1)
    return _month_start_day(year, month) * DAY_NS, _month_start_day(next_year, next_month) * DAY_NS


def _civil_month(day: int) -> tuple[int, int]:
    """Return year and month of a day counted from 1970-01-01."""
    shifted = day + 719_468
    era = shifted // 146_097
    day_of_era = shifted - era * 146_097
    year_of_era = (
        day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    # Months count from March, so that the leap day ends the year.
    march_month = (5 * day_of_year + 2) // 153
    month = march_month + 3 if march_month < 10 else march_month - 9
    return year_of_era + era * 400 + (1 if month <= 2 else 0), month


def _month_start_day(year: int, month: int) -> int:
    """Return the day, counted from 1970-01-01, of the first of a month."""
    march_year = year - 1 if month <= 2 else year
    era = march_year // 400
    year_of_era = march_year - era * 400
    day_of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146_097 + day_of_era - 719_468
