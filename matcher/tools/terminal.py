"""How a terminal is made to show text, and what a time looks like to people."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DIM: Final = "2"


@final
class Style:
    """Colours, or none."""

    def __init__(self, *, coloured: bool) -> None:
        self._coloured: Final = coloured

    def paint(self, text: str, style: str) -> str:
        """Return a text in a style, given as the parameters of an ANSI SGR sequence."""
        return f"\x1b[{style}m{text}\x1b[0m" if self._coloured else text

    def dim(self, text: str) -> str:
        """Return a text that stands back."""
        return self.paint(text, _DIM)


def style_of(descriptor: int, environment: Mapping[str, str]) -> Style:
    """Return the style for a descriptor: coloured on a terminal that knows colours."""
    return Style(
        coloured=os.isatty(descriptor)
        and not environment.get("NO_COLOR")
        and environment.get("TERM") != "dumb"
    )


def utc_text(timestamp_ns: int) -> str:
    """Write a time in UTC, as REST does, to the microsecond."""
    moment = _EPOCH + timedelta(microseconds=timestamp_ns // 1_000)
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"
