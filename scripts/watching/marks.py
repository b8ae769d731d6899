"""Places in complete streams as integers that can be compared: docs/websocket.md, `after`. Pure.

A trade's is its identifier. A position is the number of a command and which of its events it was;
the number alone is after all of them.
"""

from typing import Final

_ORDINAL_BITS: Final = 24
_ORDINAL_MAX: Final = (1 << _ORDINAL_BITS) - 1


def position_mark(sequence: int, ordinal: int) -> int:
    """Return the mark of an event: the `ordinal`-th (from 1) of its kind of a command."""
    assert 0 <= ordinal < _ORDINAL_MAX
    return sequence << _ORDINAL_BITS | ordinal


def mark_after(sequence: int) -> int:
    """Return the mark after all events of a command."""
    return sequence << _ORDINAL_BITS | _ORDINAL_MAX


def mark_of_position(text: str) -> int:
    """Read a position.

    Raises:
        ValueError: If it is none.
    """
    sequence, point, ordinal = text.partition(".")
    return position_mark(int(sequence), int(ordinal)) if point else mark_after(int(sequence))


def position_of_mark(mark: int) -> str:
    """Write a position."""
    sequence, ordinal = mark >> _ORDINAL_BITS, mark & _ORDINAL_MAX
    return str(sequence) if ordinal == _ORDINAL_MAX else f"{sequence}.{ordinal}"


def parts_of_mark(mark: int) -> tuple[int, int]:
    """Return command and ordinal of the mark of an event."""
    return mark >> _ORDINAL_BITS, mark & _ORDINAL_MAX
