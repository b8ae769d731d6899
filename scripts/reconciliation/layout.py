"""What a table looks like, and how its values are written. Pure.

Every value is text, as `stored` asks the database for it; a time is whole microseconds since the
epoch.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from msgspec import Struct

Row: TypeAlias = tuple[str | None, ...]

# No text of PostgreSQL can hold U+0000: its picture stands for it.
_NUL: Final = "\0"
_NUL_PICTURE: Final = "\N{SYMBOL FOR NULL}"


class Layout(Struct, frozen=True):
    """What a table looks like.

    Attributes:
        name: Its name.
        columns: All of its columns, in the order of our rows.
        key: The columns that name a row for people.
        late: Columns that rows have only since the schema has them: before `complete_from` of
            `stream_position` they are NULL.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    late: tuple[str, ...] = ()

    def older(self, row: Row) -> Row:
        """Return a row as it was written before the table had its late columns."""
        return tuple(
            None if column in self.late else value
            for column, value in zip(self.columns, row, strict=True)
        )


def text(written: str) -> str | None:
    """Write what a client wrote; nothing is NULL."""
    return written.replace(_NUL, _NUL_PICTURE) or None


def truth(value: bool) -> str:
    """Write a boolean."""
    return "true" if value else "false"


def time_text(timestamp_ns: int) -> str:
    """Write a time."""
    return str(timestamp_ns // 1_000)


def amount_or_none(amount: int, write: Callable[[int], str]) -> str | None:
    """Write a number; 0 stands for nothing, which is NULL."""
    return write(amount) if amount else None
