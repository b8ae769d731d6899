"""Prices and quantities on their way out and in: decimal text on the wire, `Decimal` for the user.

A float is refused: 0.1 is not a tenth, and what the user meant would be a guess.
"""

from decimal import Decimal, InvalidOperation

from gateway.client.errors import ProtocolError

Number = Decimal | int | str


def decimal_text(value: object, field: str) -> str:
    """Write a number that the user gave, exactly, without an exponent.

    Args:
        value: Should be a Decimal, an int, or text, which the exchange checks.
        field: What it is for, to say so in the error.

    Raises:
        TypeError: If it is of another type, above all a float.
        ValueError: If it is not a finite number.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        raise TypeError(f'{field} must not be a float, which is not exact: give "{value}" as text')
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise TypeError(f"{field} must be a Decimal, int or str, not {type(value).__name__}")
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(f"{field} must be a finite number, not {number}")
    return format(number, "f")


def read_decimal(text: str) -> Decimal:
    """Read a price or a quantity that the exchange sent.

    Raises:
        ProtocolError: If it is not a plain decimal number, or a negative one.
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ProtocolError(f"not a decimal number: {text[:40]!r}") from None
    if not number.is_finite() or number.is_signed():
        raise ProtocolError(f"not a price or quantity: {text[:40]!r}")
    return number
