"""Sums that have no bound, as fields of a message."""

from typing import Final

from msgspec import Struct

from proto.fields import Integer, PositiveInteger
from proto.limits import INTEGER_MAX

_LOW_BITS: Final = 62


class WideSum(Struct, array_like=True, frozen=True, gc=False):
    """A sum too large for an Integer: high x 2^62 + low."""

    high: PositiveInteger
    low: Integer


# Sums of products have no bound: volume counts an amount as often as it is traded.
Sum = Integer | WideSum


def sum_of(value: int) -> Sum:
    """Return a sum in the form that fits it."""
    return value if value <= INTEGER_MAX else WideSum(value >> _LOW_BITS, value & INTEGER_MAX)


def value_of(total: Sum) -> int:
    """Return the value of a sum."""
    return total if isinstance(total, int) else total.high << _LOW_BITS | total.low
