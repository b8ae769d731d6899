"""A connection that breaks where asyncpg does not expect it is a database that is away."""

from typing import cast

import asyncpg
import pytest

from proto.database import Database, DatabaseAwayError

BROKEN = asyncpg.InternalClientError("cannot switch to state 15; another operation is in progress")


class _Connection:
    """Says what it is told to say."""

    def __init__(self, failure: Exception | None) -> None:
        self.failure = failure
        self.is_terminated = False

    async def fetch(self, statement: str) -> list[object]:
        if self.failure is not None:
            raise self.failure
        return [1]

    def terminate(self) -> None:
        self.is_terminated = True


class _Pool:
    """Has one connection."""

    def __init__(self, connection: _Connection, failure: Exception | None) -> None:
        self.connection = connection
        self.failure = failure

    async def acquire(self) -> _Connection:
        return self.connection

    async def release(self, connection: _Connection) -> None:
        if self.failure is not None:
            raise self.failure


def database_of(pool: _Pool) -> Database:
    database = Database("postgresql://127.0.0.1:1/none", lambda: 0, "test", 1)
    database._pool = cast("asyncpg.Pool[asyncpg.Record]", pool)
    return database


async def test_a_goodbye_between_two_statements() -> None:
    connection = _Connection(BROKEN)
    with pytest.raises(DatabaseAwayError):
        await database_of(_Pool(connection, None)).rows("select 1")
    assert connection.is_terminated


async def test_a_goodbye_while_the_connection_is_given_back() -> None:
    connection = _Connection(None)
    assert await database_of(_Pool(connection, None)).rows("select 1") == [1]
    with pytest.raises(DatabaseAwayError):
        await database_of(_Pool(connection, BROKEN)).rows("select 1")


async def test_anything_else_is_a_bug_and_no_absence() -> None:
    with pytest.raises(ZeroDivisionError):
        await database_of(_Pool(_Connection(ZeroDivisionError()), None)).rows("select 1")
