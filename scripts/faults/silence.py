"""How long nobody's order was accepted after a fault: what clients felt of it. Pure.

Faults meet, so each silence is put down to one of them: to the latest before it began; but while a
fault on the matcher, or on everything, lasts, to that one, since nobody is accepted without a
matcher.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from scripts.faults.kinds import EXCHANGE, MATCHER, Fault
from scripts.load.samples import Samples

# What was under way when a fault struck may still be acknowledged just after it.
_IN_FLIGHT_S: Final = 0.1
# Silences looked at, the longest first; there are a few for each fault.
_LOOKED_AT: Final = 100_000


class Struck(Struct):
    """A fault that was carried out.

    Attributes:
        fault: Its kind.
        at_s: When, from the start of the load.
        until_s: When it was over, where it lasts; else the same.
    """

    fault: Fault
    at_s: float
    until_s: float


def longest_silences(
    struck: Sequence[Struck], samples: Iterable[Samples], end_s: float
) -> dict[str, float]:
    """Return, for each kind of fault, the longest time without an acknowledgement after one.

    Args:
        struck: Faults in the order of their times.
        samples: When operations were acknowledged.
        end_s: When the load was over, and silence was no fault's any more.
    """
    moments = np.concatenate([np.asarray(kind.finished_us, dtype=np.int64) for kind in samples])
    moments = np.sort(np.concatenate([[0.0], (moments / 1e6).clip(max=end_s), [end_s]]))
    silences = np.diff(moments)
    longest: dict[str, float] = {}
    kinds = {fault.fault.name for fault in struck}
    for index in np.argsort(silences)[::-1][:_LOOKED_AT]:
        cause = _cause(struck, float(moments[index]), float(moments[index + 1]))
        if cause is not None:
            # They come in falling order, so the first of a kind is its longest.
            longest.setdefault(cause.fault.name, float(silences[index]))
        if len(longest) == len(kinds):
            break
    return longest


def _cause(struck: Sequence[Struck], begin_s: float, end_s: float) -> Struck | None:
    """Return the fault that a silence is put down to; None where none came before it."""
    before = [f for f in struck if f.at_s <= begin_s + _IN_FLIGHT_S and f.at_s < end_s]
    lasting = [f for f in before if f.fault.target in (EXCHANGE, MATCHER) and f.until_s >= begin_s]
    return max(lasting or before, key=lambda fault: fault.at_s, default=None)
