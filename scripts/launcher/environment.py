"""The environment that the exchange's processes run in, and the file by which others find it.

How it works: children get our own environment with every address made explicit. The same
addresses go to `<data>/run/environment`, readable by the owner only since they hold passwords;
soak, audit and migrate read it.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from scripts.launcher.config import LauncherConfig
from scripts.launcher.service import HISTORY_NICENESS, Service

ROOT: Final = Path(__file__).resolve().parents[2]
"""The repository: where `python -m matcher` finds its packages."""

# Recovery replays the whole journal before it is ready; the others have little to do.
_MATCHER_READY_TIMEOUT_S: Final = 900.0
_PERSIST_READY_TIMEOUT_S: Final = 120.0


def addresses(config: LauncherConfig, redis_url: str, database_url: str) -> dict[str, str]:
    """Return the variables that lead to this exchange."""
    return {
        "REDIS_URL": redis_url,
        "DATABASE_URL": database_url,
        "TICKMESH_DATA_DIR": str(config.data_dir),
        "TICKMESH_HTTP_HOST": config.http_host,
        "TICKMESH_HTTP_PORT": str(config.http_port),
        "TICKMESH_WS_HOST": config.ws_host,
        "TICKMESH_WS_PORT": str(config.ws_port),
        "TICKMESH_AUTH": config.auth,
        "TICKMESH_MATCHER_ENDPOINT": config.matcher_endpoint,
    }


def write_environment(path: Path, variables: Mapping[str, str]) -> None:
    """Write the file of addresses anew, whole or not at all."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in variables.items())
    unfinished.replace(path)


def exchange_services(config: LauncherConfig, variables: Mapping[str, str]) -> list[list[Service]]:
    """Return the exchange's processes in two groups: those with state, then those at the edge."""
    environment = {**os.environ, **variables, "PYTHONUNBUFFERED": "1"}

    def service(
        module: str, name: str, ready_timeout_s: float = 30.0, niceness: int = 0
    ) -> Service:
        return Service(
            name=name,
            command=(sys.executable, "-m", module),
            directory=ROOT,
            environment=environment,
            niceness=niceness,
            ready_timeout_s=ready_timeout_s,
        )

    return [
        [
            service("matcher", "matcher", _MATCHER_READY_TIMEOUT_S),
            service("persist", "persist", _PERSIST_READY_TIMEOUT_S, HISTORY_NICENESS),
        ],
        [
            *(service("gateway", f"gateway-{n}") for n in range(1, config.gateways + 1)),
            *(service("feed", f"feed-{n}") for n in range(1, config.feeds + 1)),
        ],
    ]
