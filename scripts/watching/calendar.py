"""Where the candle of a moment begins and ends, by the calendar of the standard library. Pure.

The exchange computes the same from integers alone (`proto.intervals`), which is to be judged.
"""

import datetime
from typing import Final

_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND: Final = datetime.timedelta(microseconds=1)
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_MONTH: Final = "M"


def candle_bounds_us(interval: str, moment_us: int) -> tuple[int, int]:
    """Return the first microsecond of a candle since 1970, and the first one after it.

    Args:
        interval: Such as "15m" or "1M".
        moment_us: A moment in it.

    Raises:
        ValueError: If there is no such interval.
    """
    moment = _EPOCH + moment_us * _MICROSECOND
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    number, unit = int(interval[:-1]), interval[-1]
    if unit == _MONTH:
        start = day.replace(day=1)
        return _us(start), _us((start + datetime.timedelta(days=31)).replace(day=1))
    if unit not in _UNITS:
        raise ValueError(f"there is no interval {interval!r}")
    length = datetime.timedelta(**{_UNITS[unit]: number})
    if unit == "w":
        start = day - datetime.timedelta(days=day.weekday())
    elif unit == "d":
        start = day - (day - _EPOCH) % length
    else:
        start = moment - (moment - day) % length
    return _us(start), _us(start + length)


def _us(moment: datetime.datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND
