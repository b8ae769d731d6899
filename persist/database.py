"""Connections to the database, each with a name that its owner sees and a deadline for all."""

from typing import Final, TypeAlias

import asyncpg

# The stubs are generic, the class is not.
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

CONNECT_TIMEOUT_S: Final = 5.0


async def connect(database_url: str, name: str, statement_timeout_s: float) -> Connection:
    """Open a connection.

    Args:
        database_url: The database.
        name: What `pg_stat_activity` shows.
        statement_timeout_s: The longest that any one statement may take.

    Raises:
        OSError, TimeoutError, asyncpg.PostgresError: If the database cannot be reached.
    """
    return await asyncpg.connect(
        database_url,
        timeout=CONNECT_TIMEOUT_S,
        command_timeout=statement_timeout_s,
        server_settings={"application_name": name, "timezone": "UTC", "datestyle": "ISO"},
    )
