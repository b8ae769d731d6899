"""Streams of rows that need no database."""

from typing import cast

from asyncpg.cursor import Cursor

from scripts.reconciliation.layout import Row
from scripts.reconciliation.stored import RowStream

# So few that every test crosses the end of a fetch.
_FETCH = 2


class _Cursor:
    def __init__(self, rows: list[tuple[object, ...]]) -> None:
        self._rows = rows

    async def fetch(self, n: int, *, timeout: float) -> list[tuple[object, ...]]:  # noqa: ASYNC109
        fetched, self._rows = self._rows[:_FETCH], self._rows[_FETCH:]
        return fetched


def stream_of(rows: list[tuple[int, Row]]) -> RowStream:
    """A stream of rows, each behind the value that they are ordered by."""
    return RowStream(cast("Cursor", _Cursor([(value, *row) for value, row in rows])))
