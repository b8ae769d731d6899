"""Brings a database to the schema of this program.

How it works
------------
One process at a time, under an advisory lock; each step in one transaction with the note of it in
`schema_migrations`, so that a step is there whole or not at all. The first run chooses the flavour:
TimescaleDB where its Community edition can be had (continuous aggregates and compression are part
of that), plain PostgreSQL everywhere else.
"""

import logging
from pathlib import Path
from typing import Final

import asyncpg

from persist.database import Connection, connect
from persist.migrations import (
    FOLDER,
    POSTGRES,
    TIMESCALE,
    Applied,
    Migration,
    MigrationError,
    flavour_of,
    of_flavour,
    pending,
    read_migrations,
)

_LOG: Final = logging.getLogger("persist.migrate")

# "tick" and "migr" in ASCII: the name of the lock among everybody's advisory locks.
_LOCK: Final = 0x7469636B_6D696772
# A step may write every row of a long history anew: some 25 s for a million.
_STATEMENT_TIMEOUT_S: Final = 6 * 3_600.0
_LOCK_TIMEOUT: Final = "60s"
_NAME: Final = "tickmesh migrate"


async def migrate(database_url: str, folder: Path = FOLDER) -> list[str]:
    """Apply every step that a database still needs.

    Args:
        database_url: The database.
        folder: The steps.

    Returns:
        Names of the steps that were applied; empty where there was nothing to do.

    Raises:
        MigrationError: If the database or the folder must not be touched; nothing was changed.
        asyncpg.PostgresError: If a step failed; it left nothing behind, those before it stay.
        OSError: If the database cannot be reached.
    """
    steps = read_migrations(folder)
    connection = await connect(database_url, _NAME, _STATEMENT_TIMEOUT_S)
    try:
        await _check_encoding(connection)
        await connection.execute(f"SET lock_timeout = '{_LOCK_TIMEOUT}'")
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await connection.execute("SET lock_timeout = 0")
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations (version integer PRIMARY KEY,"
            " name text NOT NULL, checksum text NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT now())"
        )
        applied = await _applied(connection)
        flavour = flavour_of(applied) or await _choose_flavour(connection, database_url)
        names = []
        for step in pending(of_flavour(steps, flavour), applied):
            await _apply(connection, step)
            names.append(step.name)
        return names
    finally:
        # Closing the session gives the lock back.
        await connection.close()


async def status(database_url: str, folder: Path = FOLDER) -> tuple[list[Applied], list[str]]:
    """Tell which steps a database has had, and which it still needs; changes nothing.

    Raises:
        MigrationError: As `migrate`.
    """
    steps = read_migrations(folder)
    connection = await connect(database_url, _NAME, _STATEMENT_TIMEOUT_S)
    try:
        known = await connection.fetchval("SELECT to_regclass('schema_migrations') IS NOT NULL")
        applied = await _applied(connection) if known else []
        likely = TIMESCALE if await _is_timescale_available(connection) else POSTGRES
        flavour = flavour_of(applied) or likely
        return applied, [step.name for step in pending(of_flavour(steps, flavour), applied)]
    finally:
        await connection.close()


async def _check_encoding(connection: Connection) -> None:
    encoding = await connection.fetchval("SHOW server_encoding")
    if encoding != "UTF8":
        raise MigrationError(
            f"the database's encoding is {encoding}; clients may name orders in any script, so it "
            "must be UTF8. Create it with ENCODING 'UTF8'"
        )


async def _applied(connection: Connection) -> list[Applied]:
    rows = await connection.fetch(
        "SELECT version, name, checksum FROM schema_migrations ORDER BY version"
    )
    return [Applied(row["version"], row["name"], row["checksum"]) for row in rows]


async def _apply(connection: Connection, step: Migration) -> None:
    _LOG.info("applying %s", step.name)
    async with connection.transaction():
        await connection.execute(step.statements)
        await connection.execute(
            "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
            step.version,
            step.name,
            step.checksum,
        )
    _LOG.info("applied %s", step.name)


async def _choose_flavour(connection: Connection, database_url: str) -> str:
    if not await _is_timescale_available(connection):
        return POSTGRES
    refusal = await _create_extension(database_url)
    if refusal is not None:
        _LOG.warning("TimescaleDB is there, but cannot be used: %s. Going on without it.", refusal)
        return POSTGRES
    licence = await connection.fetchval("SELECT current_setting('timescaledb.license', true)")
    if licence == "apache":
        _LOG.warning("TimescaleDB is the Apache edition. Going on without its features.")
        return POSTGRES
    return TIMESCALE


async def _is_timescale_available(connection: Connection) -> bool:
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')"
        )
    )


async def _create_extension(database_url: str) -> str | None:
    """Create the extension, or return why that is refused.

    In a session of its own, since a server that does not preload the library ends the session.
    """
    connection = await connect(database_url, _NAME, _STATEMENT_TIMEOUT_S)
    try:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
    except (asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError) as error:
        # The server went away, which says nothing of the extension, unless it left with a word.
        if not isinstance(error.__cause__, asyncpg.InternalServerError):
            raise
        return _first_line(error.__cause__)
    except asyncpg.PostgresError as error:
        return _first_line(error)
    finally:
        await connection.close()
    return None


def _first_line(error: Exception) -> str:
    """Return what a server said without the advice that it adds."""
    return str(error).partition("\n")[0]
