"""Finds the running exchange: `scripts/up` writes where everything is to `run/environment`."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from proto.settings import SettingError, Settings

_NAMES: Final = ("REDIS_URL", "DATABASE_URL", "TICKMESH_")


class Surroundings(Struct, frozen=True):
    """Where the running exchange is.

    Attributes:
        data_dir: Its data folder.
        database_url: Its database.
        matcher_endpoint: ZeroMQ endpoint of its matcher.
        http_url: REST address without a trailing slash.
        ws_url: WebSocket address.
    """

    data_dir: Path
    database_url: str
    matcher_endpoint: str
    http_url: str
    ws_url: str


def find_exchange(environment: Mapping[str, str]) -> Surroundings:
    """Read where the running exchange is.

    Args:
        environment: Says where the data folder is; what the exchange wrote there goes before
            the rest of it.

    Raises:
        SettingError: If no exchange runs on that data folder.
    """
    data_dir = Settings(environment).data_dir()
    path = data_dir / "run" / "environment"
    try:
        written = read_environment(path)
    except OSError as error:
        raise SettingError(
            f"{path} cannot be read ({error.strerror}). Start the exchange with scripts/up, or "
            "set TICKMESH_DATA_DIR to the data folder of one that runs."
        ) from error
    settings = Settings({**environment, **written})
    http_host = settings.loopback_host("TICKMESH_HTTP_HOST")
    ws_host = settings.loopback_host("TICKMESH_WS_HOST")
    http_port = settings.integer("TICKMESH_HTTP_PORT", 8000, 1, 65_535)
    ws_port = settings.integer("TICKMESH_WS_PORT", 9001, 1, 65_535)
    return Surroundings(
        data_dir=data_dir,
        database_url=settings.required("DATABASE_URL", "the database of the exchange"),
        matcher_endpoint=settings.text(
            "TICKMESH_MATCHER_ENDPOINT", f"ipc://{data_dir / 'run' / 'matcher-0.ipc'}"
        ),
        http_url=f"http://{_host(http_host)}:{http_port}",
        ws_url=f"ws://{_host(ws_host)}:{ws_port}",
    )


def read_environment(path: Path) -> dict[str, str]:
    """Read NAME=value lines; names that are none of ours are left out."""
    pairs = (line.partition("=") for line in path.read_text(encoding="utf-8").splitlines())
    return {name: value for name, _, value in pairs if name.startswith(_NAMES)}


def matcher_pid(data_dir: Path) -> int:
    """Return the process id of the running matcher.

    Raises:
        SettingError: If it left none, or none that runs.
    """
    path = data_dir / "run" / "matcher.pid"
    try:
        pid = int(path.read_text(encoding="ascii"))
        os.kill(pid, 0)
    except (OSError, ValueError) as error:
        raise SettingError(f"{path} names no running matcher: {error}") from error
    return pid


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host
