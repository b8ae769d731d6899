"""Where one is in the events of a user: after an event of a command.

As a mark it is one integer, so that positions can be compared; for clients it is text:
`4711.2` is after the second event of command 4711, and `4711` after all of them.
"""

from typing import Final

from proto.limits import INTEGER_MAX

_ORDINAL_BITS: Final = 32
_ORDINAL_MAX: Final = (1 << _ORDINAL_BITS) - 1


def position(sequence: int, ordinal: int) -> int:
    """Return the position after one event.

    Args:
        sequence: Sequence of the command.
        ordinal: Which of the command's events of this kind, from 1.
    """
    return sequence << _ORDINAL_BITS | ordinal


def position_after(sequence: int) -> int:
    """Return the position after all events of a command."""
    return sequence << _ORDINAL_BITS | _ORDINAL_MAX


def parts(mark: int) -> tuple[int, int]:
    """Return sequence and ordinal of a position; what is after a whole command has a huge one."""
    return mark >> _ORDINAL_BITS, mark & _ORDINAL_MAX


def position_text(mark: int) -> str:
    """Write a position."""
    sequence, ordinal = parts(mark)
    return str(sequence) if ordinal == _ORDINAL_MAX else f"{sequence}.{ordinal}"


def parse_position(text: str) -> int | None:
    """Read a position; None where the text is none."""
    sequence_text, point, ordinal_text = text.partition(".")
    sequence = _parse_integer(sequence_text, INTEGER_MAX)
    if sequence is None or not point:
        return None if sequence is None else position_after(sequence)
    ordinal = _parse_integer(ordinal_text, _ORDINAL_MAX - 1)
    return None if ordinal is None else position(sequence, ordinal)


def _parse_integer(text: str, most: int) -> int | None:
    # The length first: numbers of many digits take long to read.
    if len(text) > len(str(most)) or not text.isascii() or not text.isdigit():
        return None
    value = int(text)
    return value if value <= most else None
