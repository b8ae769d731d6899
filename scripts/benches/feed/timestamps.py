"""Finds the timestamp of a message of a stream without reading the rest of it."""

from typing import Final

from scripts.watching.moments import moment_us

_FIELD: Final = b'"timestamp":"'
# "2024-01-01T00:00:00.000000Z", as every answer writes it.
_LENGTH: Final = 27


def timestamp_us(text: bytes) -> int | None:
    """Return the last timestamp in a text, in microseconds since 1970; None where there is none."""
    at = text.rfind(_FIELD)
    if at < 0:
        return None
    start = at + len(_FIELD)
    return moment_us(text[start : start + _LENGTH].decode("ascii"))
