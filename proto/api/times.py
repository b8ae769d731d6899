"""Moments as text: ISO 8601 in UTC with microseconds, as every answer writes them."""

import datetime
from functools import lru_cache
from typing import Final

_SECOND_NS: Final = 1_000_000_000
_SECOND_US: Final = 1_000_000


def moment_text(timestamp_ns: int) -> str:
    """Write a moment given in nanoseconds since 1970; what is below a microsecond is cut off."""
    seconds = timestamp_ns // _SECOND_NS
    # With a 1 before them the microseconds always have their six digits.
    marked = _SECOND_US + timestamp_ns // 1_000 % _SECOND_US
    return f"{_second_text(seconds)}.{str(marked)[1:]}Z"


def datetime_text(moment: datetime.datetime) -> str:
    """Write a moment that the database gave; it must be in UTC."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"


# Answers show few different seconds at a time, and breaking one up is the dear part.
@lru_cache(maxsize=256)
def _second_text(seconds: int) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S")
