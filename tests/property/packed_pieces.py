"""Cuts packed events into pieces by their index, as who sends them to users and markets does."""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from matcher.core.events import ROW, Rows

_ROW: Final = struct.Struct("<qqq")


class Piece(NamedTuple):
    """One event.

    Attributes:
        owner_id: Whose it is.
        number: Its number.
        data: Its bytes.
    """

    owner_id: int
    number: int
    data: bytes


def pieces_of(rows: Rows) -> Iterator[Piece]:
    """Cut the events of one kind."""
    assert _ROW.size == ROW
    data, index = rows.writer.getvalue(), rows.index.getvalue()
    begin = 0
    for owner_id, number, end in _ROW.iter_unpack(index):
        assert begin < end
        yield Piece(owner_id, number, data[begin:end])
        begin = end
    assert begin == len(data)
