"""Real servers for the tests: one Valkey and one PostgreSQL for the session, clean for each test.

How it works: the servers start when a test first asks for one, in a temporary folder and without
waiting for the disk. `redis_url` flushes; `database_url` makes a database and drops it;
`migrated_database_url` copies one that was migrated once.

The header says which build of the hot modules is tested. What replaces parts of them cannot be done
to compiled ones: such a test is marked `interpreted`, and `scripts/test` runs both builds.
"""

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import redis

from proto.build import build_kind, build_reason
from scripts.launcher.postgres import EmbeddedPostgres
from scripts.launcher.valkey import EmbeddedValkey

_database_numbers = itertools.count(1)


def pytest_report_header() -> str:
    return f"build: {build_kind()} ({build_reason()})"


def pytest_runtest_setup(item: pytest.Item) -> None:
    if build_kind() == "compiled" and item.get_closest_marker("interpreted"):
        pytest.skip("needs the interpreted build: it replaces what compiled code calls directly")


@pytest.fixture(scope="session")
def servers_dir() -> Iterator[Path]:
    """A short path: unix sockets do not fit below the long ones of `tmp_path`."""
    folder = Path(tempfile.mkdtemp(prefix="tickmesh-tests-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def valkey_server(servers_dir: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(servers_dir / "valkey", durable=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_server(servers_dir: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(servers_dir / "postgres", durable=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_url(valkey_server: EmbeddedValkey) -> str:
    """The address of a Redis server that holds nothing."""
    with redis.Redis.from_url(valkey_server.url) as client:
        client.flushall()
    return valkey_server.url


@pytest.fixture
def database_url(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """The address of a database of this test's own, empty."""
    name = f"test_{next(_database_numbers)}"
    _execute(postgres_server.url, f"CREATE DATABASE {name}")
    yield _renamed(postgres_server.url, name)
    _execute(postgres_server.url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def migrated_template(postgres_server: EmbeddedPostgres) -> str:
    """The name of a database with every migration applied, to copy from."""
    from persist.migrate import migrate

    name = "template_migrated"
    _execute(postgres_server.url, f"CREATE DATABASE {name}")
    _run(migrate(_renamed(postgres_server.url, name)))
    return name


@pytest.fixture
def migrated_database_url(
    postgres_server: EmbeddedPostgres, migrated_template: str
) -> Iterator[str]:
    """The address of a database of this test's own, with every migration applied."""
    name = f"test_{next(_database_numbers)}"
    _execute(postgres_server.url, f"CREATE DATABASE {name} TEMPLATE {migrated_template}")
    yield _renamed(postgres_server.url, name)
    _execute(postgres_server.url, f"DROP DATABASE {name} WITH (FORCE)")


def _renamed(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def _execute(url: str, statement: str) -> None:
    async def execute() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    _run(execute())


def _run(work: Coroutine[object, object, object]) -> None:
    """Run on an event loop of its own, in a thread: the test's loop stays as it is."""
    with ThreadPoolExecutor(1) as executor:
        executor.submit(asyncio.run, work).result()
