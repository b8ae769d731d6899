"""Decimal text and integers, exactly, without floats and without `decimal`.

A number from outside is text such as "100.25". It becomes an integer of units of 10^-decimals,
and then of ticks or lots; on the way out the same in reverse. Accepted is what people write:
digits with at most one point, at least one digit. Signs, exponents, spaces, underscores, other
alphabets' digits, "NaN" and "Infinity" are refused: nothing that this exchange takes is negative.
"""

from typing import Final

from proto.limits import DECIMALS_MAX

# 40 characters hold any number in bounds with 18 decimals; longer text is not worth parsing.
TEXT_LENGTH_MAX: Final = 40
_POWERS: Final[tuple[int, ...]] = tuple(10**decimals for decimals in range(DECIMALS_MAX + 1))
# Much of what is written is nothing: of an order that rests, all that was executed.
_NOTHING: Final = ("0", *(f"0.{'0' * decimals}" for decimals in range(1, DECIMALS_MAX + 1)))


class DecimalTextError(ValueError):
    """Text that is not a plain decimal number in bounds; the message states the rule."""


class TooManyDecimalsError(DecimalTextError):
    """A number with more decimals than the thing that it counts has."""


def parse_units(text: str, decimals: int) -> int:
    """Read decimal text as a whole number of units of 10^-decimals.

    Args:
        text: Such as "100", "100.25", ".5" or "3.".
        decimals: 0..DECIMALS_MAX. Zeros beyond them are fine, other digits are not.

    Raises:
        DecimalTextError: If the text is not a plain decimal number.
        TooManyDecimalsError: If it has a digit other than 0 beyond the decimals.
    """
    if len(text) > TEXT_LENGTH_MAX:
        raise DecimalTextError(f"must have at most {TEXT_LENGTH_MAX} characters")
    whole, _, fraction = text.partition(".")
    digits = whole + fraction
    # Other alphabets have digits too.
    if not digits.isdigit() or not digits.isascii():
        raise DecimalTextError('must be a plain decimal number such as "100.25"')
    missing = decimals - len(fraction)
    if missing >= 0:
        return int(digits) * _POWERS[missing]
    if fraction[decimals:].strip("0"):
        raise TooManyDecimalsError(f"must have at most {decimals} decimals")
    return int(digits[:missing] or "0")


def format_units(units: int, decimals: int) -> str:
    """Write a number of units of 10^-decimals with exactly that many decimals.

    Args:
        units: Any integer; a negative one (a change of a balance) gets a sign.
        decimals: 0..DECIMALS_MAX.
    """
    if units == 0:
        return _NOTHING[decimals]
    if decimals == 0:
        return str(units)
    sign = "-" if units < 0 else ""
    digits = str(abs(units)).rjust(decimals + 1, "0")
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"
