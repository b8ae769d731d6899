"""Moments as the streams write them, read into microseconds since 1970. Pure."""

import datetime
from functools import lru_cache
from typing import Final

# "2024-01-01T00:00:00" and then ".000000Z".
_SECONDS_LENGTH: Final = 19
_LENGTH: Final = 27


def moment_us(text: str) -> int:
    """Read a moment.

    Raises:
        ValueError: If it is not written as the streams write moments.
    """
    if len(text) != _LENGTH or text[_SECONDS_LENGTH] != "." or text[-1] != "Z":
        raise ValueError(f"{text!r} is no moment in UTC with microseconds")
    return _seconds(text[:_SECONDS_LENGTH]) * 1_000_000 + int(text[_SECONDS_LENGTH + 1 : -1])


# Messages that come one after the other are mostly of the same second.
@lru_cache(maxsize=256)
def _seconds(text: str) -> int:
    moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.UTC)
    return int(moment.timestamp())
