"""Migrations as files: forward only, numbered, never changed once applied.

How it works
------------
`NNNN_name.sql` belongs to every database; `NNNN_name.postgres.sql` and `NNNN_name.timescale.sql`
are the two flavours of one step, of which a database gets the one that suits it. A database keeps
its flavour for ever: the tables of the two differ.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, final

POSTGRES: Final = "postgres"
TIMESCALE: Final = "timescale"
FOLDER: Final = Path(__file__).resolve().parent.parent / "migrations"

_FILE_NAME: Final = re.compile(r"([0-9]{4})_[a-z0-9_]+(?:\.(postgres|timescale))?\.sql")


class MigrationError(Exception):
    """A database or a folder of migrations that this program must not touch; says why."""


@final
class Migration:
    """One step.

    Attributes:
        version: Its number; steps are applied in this order.
        name: File name.
        flavour: POSTGRES or TIMESCALE, or None for every database.
        statements: SQL text.
        checksum: SHA-256 of the file.
    """

    __slots__ = ("checksum", "flavour", "name", "statements", "version")

    def __init__(self, name: str, content: bytes) -> None:
        match = _FILE_NAME.fullmatch(name)
        if match is None:
            raise MigrationError(f"migrations/{name} is not named like 0001_tables.sql")
        self.version: Final = int(match[1])
        self.name: Final = name
        self.flavour: Final[str | None] = match[2]
        self.statements: Final = content.decode("utf-8")
        self.checksum: Final = hashlib.sha256(content).hexdigest()


@final
class Applied:
    """What a database remembers of a step.

    Attributes:
        version: Its number.
        name: File name.
        checksum: SHA-256 of the file at the time.
    """

    __slots__ = ("checksum", "name", "version")

    def __init__(self, version: int, name: str, checksum: str) -> None:
        self.version: Final = version
        self.name: Final = name
        self.checksum: Final = checksum

    @property
    def flavour(self) -> str | None:
        """POSTGRES or TIMESCALE, or None where the step is of every database."""
        match = _FILE_NAME.fullmatch(self.name)
        return match[2] if match else None


def read_migrations(folder: Path = FOLDER) -> list[Migration]:
    """Read every step, in order.

    Raises:
        MigrationError: If a file is misnamed or a number is missing, or taken twice.
    """
    steps = [Migration(path.name, path.read_bytes()) for path in sorted(folder.glob("*.sql"))]
    for flavour in (POSTGRES, TIMESCALE):
        versions = [step.version for step in of_flavour(steps, flavour)]
        if not versions or versions != list(range(1, len(versions) + 1)):
            raise MigrationError(f"{folder}: the {flavour} steps are {versions}, not 1, 2, 3, …")
    return steps


def of_flavour(steps: Sequence[Migration], flavour: str) -> list[Migration]:
    """Return the steps that a database of a flavour gets."""
    return [step for step in steps if step.flavour in (None, flavour)]


def flavour_of(applied: Sequence[Applied]) -> str | None:
    """Return the flavour that a database has been given, or None where it is still open."""
    return next((done.flavour for done in applied if done.flavour), None)


def pending(steps: Sequence[Migration], applied: Sequence[Applied]) -> list[Migration]:
    """Return the steps that a database still needs.

    Args:
        steps: All steps of the database's flavour, in order.
        applied: What it remembers, in order.

    Raises:
        MigrationError: If what was applied is not what the files say.
    """
    for step, done in zip(steps, applied, strict=False):
        if (step.version, step.name) != (done.version, done.name):
            raise MigrationError(
                f"the database has had {done.name}, where this program has {step.name}"
            )
        if step.checksum != done.checksum:
            raise MigrationError(
                f"migrations/{step.name} was changed after it was applied. Put it back as it was, "
                "and write the change as a new step"
            )
    if len(applied) > len(steps):
        raise MigrationError(
            f"the database is at {applied[-1].name}, which this program does not know: it was "
            "migrated by a newer one. Run that one"
        )
    return list(steps[len(applied) :])
