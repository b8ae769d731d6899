"""Makes the monthly partitions of the histories, on plain PostgreSQL, before rows go there.

Each month that a row is of gets its partitions, and the month after the latest one too, so that
the turn of a month finds them made. On TimescaleDB there is nothing to do: hypertables make their
own chunks.
"""

import logging
from collections.abc import Collection
from typing import Final, final

import asyncpg

from persist.database import Connection
from persist.fields import moment
from proto.intervals import MONTH, interval_bounds

_LOG: Final = logging.getLogger("persist.partitions")
HISTORIES: Final = ("trades", "order_events", "balance_changes")


@final
class Partitions:
    """The months that are known to have their partitions."""

    def __init__(self, connection: Connection, *, native: bool) -> None:
        self._connection: Final = connection
        self._native: Final = native
        # First nanosecond of each month.
        self._known: Final[set[int]] = set()

    @classmethod
    async def of(cls, connection: Connection) -> "Partitions":
        """Look at how a database cuts its histories."""
        kind = await connection.fetchval(
            "SELECT relkind = 'p' FROM pg_class WHERE oid = 'trades'::regclass"
        )
        return cls(connection, native=bool(kind))

    async def ensure(self, times_ns: Collection[int]) -> None:
        """Make what the rows of these times need; call it outside of a transaction.

        Raises:
            asyncpg.PostgresError, OSError, TimeoutError: If the database fails.
        """
        if not self._native or not times_ns:
            return
        months = {interval_bounds(MONTH, time_ns) for time_ns in times_ns}
        months.add(interval_bounds(MONTH, max(end_ns for _, end_ns in months)))
        for start_ns, end_ns in sorted(months):
            if start_ns not in self._known:
                await self._make(start_ns, end_ns)
                self._known.add(start_ns)

    async def _make(self, start_ns: int, end_ns: int) -> None:
        start, end = moment(start_ns), moment(end_ns)
        for history in HISTORIES:
            name = f"{history}_{start:%Y_%m}"
            try:
                await self._connection.execute(
                    f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {history}"
                    f" FOR VALUES FROM ('{start.isoformat()}') TO ('{end.isoformat()}')"
                )
            except asyncpg.CheckViolationError:
                # Somebody else has written there. Nothing is lost: the rows stay together.
                _LOG.warning(
                    "%s_default holds rows of %s, so that month stays in it",
                    history,
                    f"{start:%Y-%m}",
                )
