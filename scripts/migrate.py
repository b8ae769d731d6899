"""The command line of `scripts/migrate`; the work is in persist/migrate.py."""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence

import asyncpg

from persist.migrate import migrate, status
from persist.migrations import MigrationError
from proto.settings import SettingError, Settings
from scripts.load.surroundings import read_environment

_FAILED = 1
_REFUSED = 2


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="scripts/migrate", description="The schema of the database, step by step."
    )
    parser.add_argument(
        "word",
        nargs="?",
        choices=("status", "up"),
        default="status",
        help="status (the default) lists the steps; up applies the pending ones",
    )
    word = parser.parse_args(arguments).word
    try:
        database_url = _database_url(os.environ)
        asyncio.run(_up(database_url) if word == "up" else _status(database_url))
    except (SettingError, MigrationError) as error:
        print(error, file=sys.stderr)
        return _REFUSED
    except (OSError, asyncpg.PostgresError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return _FAILED
    return 0


def _database_url(environment: Mapping[str, str]) -> str:
    """Return DATABASE_URL, or else what the running exchange wrote down."""
    settings = Settings(environment)
    path = settings.data_dir() / "run" / "environment"
    written = read_environment(path) if path.is_file() else {}
    return Settings({**written, **environment}).required(
        "DATABASE_URL", "the database's URL, or start the exchange with scripts/up"
    )


async def _status(database_url: str) -> None:
    applied, pending = await status(database_url)
    for step in applied:
        print(f"applied  {step.name}")
    for name in pending:
        print(f"pending  {name}")


async def _up(database_url: str) -> None:
    names = await migrate(database_url)
    for name in names:
        print(f"applied {name}")
    if not names:
        print("up to date")
