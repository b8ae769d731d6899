"""Migrations on real databases."""

import asyncio
import os
import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from persist.migrate import migrate, status
from persist.migrations import FOLDER, MigrationError
from tests.integration.persist.conftest import connected

_ROOT = Path(__file__).resolve().parents[3]


async def test_each_step_is_applied_once(any_database_url: str) -> None:
    _, to_do = await status(any_database_url)
    assert to_do
    assert await migrate(any_database_url) == to_do
    assert await migrate(any_database_url) == []
    applied, to_do = await status(any_database_url)
    assert [step.version for step in applied] == list(range(1, len(applied) + 1))
    assert to_do == []


async def test_two_at_once_do_the_work_of_one(database_url: str) -> None:
    both = await asyncio.gather(migrate(database_url), migrate(database_url))
    applied, _ = await status(database_url)
    assert sorted(both[0] + both[1]) == [step.name for step in applied]


async def test_a_step_that_was_changed_is_refused(database_url: str, tmp_path: Path) -> None:
    await migrate(database_url)
    folder = shutil.copytree(FOLDER, tmp_path / "migrations")
    with (folder / "0001_tables.sql").open("a") as file:
        file.write("-- one more word\n")
    with pytest.raises(MigrationError, match=r"0001_tables\.sql was changed"):
        await migrate(database_url, folder)


async def test_a_database_from_the_future_is_refused(database_url: str, tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "migrations")
    (folder / f"{_next(folder):04}_later.sql").write_text("SELECT 1")
    await migrate(database_url, folder)
    with pytest.raises(MigrationError, match="migrated by a newer one"):
        await migrate(database_url)


async def test_a_step_that_fails_leaves_nothing(database_url: str, tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "migrations")
    broken = folder / f"{_next(folder):04}_broken.sql"
    broken.write_text("CREATE TABLE half (a int); SELECT 1 / 0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(database_url, folder)
    applied, to_do = await status(database_url, folder)
    assert to_do == [broken.name]
    assert len(applied) == _next(FOLDER) - 1
    async with connected(database_url) as connection:
        assert await connection.fetchval("SELECT to_regclass('half')") is None


async def test_a_database_that_cannot_hold_every_script_is_refused(database_url: str) -> None:
    url = urlsplit(database_url)._replace(path="/only_latin").geturl()
    async with connected(database_url) as connection:
        await connection.execute(
            "CREATE DATABASE only_latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
        )
        try:
            with pytest.raises(MigrationError, match="encoding is LATIN1"):
                await migrate(url)
        finally:
            await connection.execute("DROP DATABASE only_latin WITH (FORCE)")


async def test_by_hand(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "environment").write_text(f"DATABASE_URL={database_url}\n")
    before = await _by_hand(tmp_path, "status")
    assert before.splitlines()[0].split() == ["pending", "0001_tables.sql"]
    assert "applied 0001_tables.sql" in await _by_hand(tmp_path, "up")
    assert "up to date" in await _by_hand(tmp_path, "up")
    after = await _by_hand(tmp_path, "status")
    assert {line.split()[0] for line in after.splitlines()} == {"applied"}


async def _by_hand(data_dir: Path, word: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        _ROOT / "scripts" / "migrate",
        word,
        env={**environment, "TICKMESH_DATA_DIR": str(data_dir)},
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode()


def _next(folder: Path) -> int:
    return max(int(path.name[:4]) for path in folder.glob("*.sql")) + 1
