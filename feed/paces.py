"""Lets the streams that are not told at once have their time: the clock of the paces.

Between two ticks lies at least their distance, so nobody is told more often than was promised.
"""

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Final

from feed.streams import PACES_NS
from proto.intervals import SECOND_NS

_TICK_NS: Final = min(pace_ns for pace_ns in PACES_NS.values() if pace_ns)
# How many ticks lie between two messages at a pace.
_PACE_TICKS: Final = {pace: pace_ns // _TICK_NS for pace, pace_ns in PACES_NS.items() if pace_ns}


async def run_paces(advance: Callable[[str], None]) -> None:
    """Work until cancelled.

    Args:
        advance: Called with a pace, when what moved since the last time is to be told.
    """
    for tick in count(1):
        await asyncio.sleep(_TICK_NS / SECOND_NS)
        for pace, ticks in _PACE_TICKS.items():
            if tick % ticks == 0:
                advance(pace)
