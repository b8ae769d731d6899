"""Reads of the database, bounded so that history can never starve trading.

A few connections, and a short queue before them; each statement has a deadline, here and in the
server. No connection is needed to start, and none is kept for long: while the database is
away every read fails at once or within the connect timeout, and the first one after its return
works again.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, final

import asyncpg
from asyncpg.pool import PoolConnectionProxy

# Reads that may wait for one of the connections.
WAITING_MAX: Final = 64
CONNECT_TIMEOUT_S: Final = 2.0
STATEMENT_TIMEOUT_S: Final = 5.0
PROBE_TIMEOUT_S: Final = 1.0
CLOSE_TIMEOUT_S: Final = 1.0
_PROBE_NS: Final = 1_000_000_000
_NO_SETTINGS: Final[Mapping[str, str]] = MappingProxyType({})

Value = str | int | bool | None
# What the outside world does to a connection; anything else that asyncpg raises is a bug of ours.
_AWAY: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    # A read replica that drops what a read still needs; a server that has failed inside.
    asyncpg.TransactionRollbackError,
    asyncpg.InternalServerError,
    asyncpg.PostgresSystemError,
    # The tables are made by persist; until it has started once, there is no history.
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
)


class DatabaseError(Exception):
    """A read that was not done; the message says why."""


class DatabaseAwayError(DatabaseError):
    """The database does not answer, or not in time."""


class DatabaseBusyError(DatabaseError):
    """As many reads wait as may."""


@final
class Database:
    """A small pool of connections that only read."""

    def __init__(
        self,
        url: str,
        clock_ns: Callable[[], int],
        reader: str,
        connections_max: int,
        settings: Mapping[str, str] = _NO_SETTINGS,
    ) -> None:
        """Read a database.

        Args:
            url: The database.
            clock_ns: A clock in nanoseconds.
            reader: Who reads: the server's list of sessions shows "tickmesh" and this.
            connections_max: Most connections at one time.
            settings: Settings of PostgreSQL for every session.
        """
        self._url: Final = url
        self._clock_ns: Final = clock_ns
        self._reader: Final = reader
        self._connections_max: Final = connections_max
        self._settings: Final = settings
        self._log: Final = logging.getLogger(f"{reader}.database")
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._reading = 0
        self._away = False
        self._probed_ns: int | None = None

    async def start(self) -> None:
        """Make the pool, inside the running loop; connects to nothing yet."""
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=self._connections_max,
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=STATEMENT_TIMEOUT_S,
            server_settings={
                "application_name": f"tickmesh {self._reader}",
                "default_transaction_read_only": "on",
                "statement_timeout": str(int(STATEMENT_TIMEOUT_S * 1_000)),
                "timezone": "UTC",
                "jit": "off",
                # A filter that is not asked for is a NULL. Only a plan that is made for the values
                # at hand knows which index they need; another reads all rows of a user.
                "plan_cache_mode": "force_custom_plan",
                **self._settings,
            },
        )

    async def close(self) -> None:
        """Close the connections; statements that run get a moment to end."""
        pool, self._pool = self._pool, None
        if pool is not None:
            # On its cancellation the pool cuts the connections off by itself.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await pool.close()

    async def rows(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        """Run one statement and return its rows.

        Raises:
            DatabaseAwayError: If the database is away or does not answer in time.
            DatabaseBusyError: If too many reads wait.
        """
        if self._reading >= self._connections_max + WAITING_MAX:
            raise DatabaseBusyError("too many reads of the history wait")
        self._reading += 1
        try:
            rows = await self._rows(statement, arguments)
        except _AWAY as error:
            self._note(away=True, reason=str(error) or type(error).__name__)
            raise DatabaseAwayError(
                "the database does not answer; trading goes on without it"
            ) from None
        finally:
            self._reading -= 1
        self._note(away=False, reason="")
        return rows

    async def alive(self) -> bool:
        """Tell whether the database answers; asks it at most once a second."""
        now_ns = self._clock_ns()
        if self._probed_ns is None or now_ns - self._probed_ns >= _PROBE_NS:
            self._probed_ns = now_ns
            try:
                async with asyncio.timeout(PROBE_TIMEOUT_S):
                    await self.rows("select 1")
            except (DatabaseError, TimeoutError):
                return False
        return not self._away

    async def _rows(self, statement: str, arguments: tuple[object, ...]) -> list[asyncpg.Record]:
        pool = self._pool
        if pool is None:
            raise ConnectionError("the pool is closed")
        async with asyncio.timeout(CONNECT_TIMEOUT_S + STATEMENT_TIMEOUT_S):
            try:
                connection = await pool.acquire()
            except asyncpg.PostgresError as error:
                # Whatever a server says instead of letting us in, it is not there for us.
                raise ConnectionError(str(error)) from error
            try:
                return await connection.fetch(statement, *arguments)
            except asyncpg.InternalClientError as error:
                # The server said goodbye between two statements, which asyncpg's state machine
                # does not foresee; such a connection is good for nothing any more.
                connection.terminate()
                raise ConnectionError(str(error)) from error
            finally:
                await _give_back(pool, connection)

    def _note(self, *, away: bool, reason: str) -> None:
        """Log a change of state, not every failure: there may be thousands."""
        if away != self._away:
            self._away = away
            if away:
                self._log.warning("database away: %s", reason)
            else:
                self._log.info("database back")


async def _give_back(
    pool: "asyncpg.Pool[asyncpg.Record]", connection: "PoolConnectionProxy[asyncpg.Record]"
) -> None:
    """Give a connection back to its pool, which cuts off one that cannot be used again."""
    try:
        await pool.release(connection)
    except asyncpg.InternalClientError as error:
        # A goodbye of the server that comes just now surprises asyncpg here too.
        raise ConnectionError(str(error)) from error
