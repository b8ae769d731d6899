"""Migrations as files, without a database."""

from pathlib import Path

import pytest

from persist.migrations import (
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


def folder(path: Path, *names: str) -> Path:
    for name in names:
        (path / name).write_text(f"-- {name}")
    return path


def applied(steps: list[Migration]) -> list[Applied]:
    return [Applied(step.version, step.name, step.checksum) for step in steps]


def test_each_flavour_has_every_number_once() -> None:
    steps = read_migrations()
    for flavour in (POSTGRES, TIMESCALE):
        versions = [step.version for step in of_flavour(steps, flavour)]
        assert versions == list(range(1, len(versions) + 1))
        assert pending(of_flavour(steps, flavour), applied(of_flavour(steps, flavour))) == []


@pytest.mark.parametrize(
    "names",
    [
        ("0001_a.sql", "0003_b.sql"),
        ("0001_a.sql", "0001_b.sql"),
        ("0001_a.postgres.sql", "0001_a.timescale.sql", "0002_b.sql", "0002_c.timescale.sql"),
        ("1_a.sql",),
        ("0001_A.sql",),
        (),
    ],
)
def test_a_folder_with_holes_or_doubles_is_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(MigrationError):
        read_migrations(folder(tmp_path, *names))


def test_a_database_keeps_its_flavour() -> None:
    steps = of_flavour(read_migrations(), TIMESCALE)
    assert flavour_of(applied(steps[:1])) is None
    assert flavour_of(applied(steps)) == TIMESCALE


def test_another_step_under_a_number_is_refused(tmp_path: Path) -> None:
    steps = read_migrations(folder(tmp_path, "0001_a.sql", "0002_b.sql"))
    with pytest.raises(MigrationError, match=r"has had 0001_z\.sql"):
        pending(steps, [Applied(1, "0001_z.sql", steps[0].checksum)])


def test_a_changed_step_is_refused(tmp_path: Path) -> None:
    steps = read_migrations(folder(tmp_path, "0001_a.sql", "0002_b.sql"))
    with pytest.raises(MigrationError, match="was changed"):
        pending(steps, [Applied(1, "0001_a.sql", "another")])
