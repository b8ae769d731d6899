"""What the launcher is configured with, from the environment."""

import os
from pathlib import Path
from typing import Final, final

from proto.mesh.address import read_matcher_address
from proto.settings import Settings
from scripts.launcher.embedded import LOOPBACK, choose_port

# The shard whose services are run here.
SHARD: Final = 0
_GATEWAYS_MAX: Final = 64
_FEEDS_MAX: Final = 64


@final
class LauncherConfig:
    """Configuration of the launcher.

    Attributes:
        data_dir: The data folder, absolute.
        http_host: Where the gateways listen.
        http_port: Their port; a free one where 0 was asked for.
        ws_host: Where the feeds listen.
        ws_port: Their port; a free one where 0 was asked for.
        gateways: How many gateway processes to run.
        feeds: How many feed processes to run.
        redis_url: The user's Redis, or "" to run one.
        database_url: The user's database, or "" to run one.
        matcher_endpoint: Where the matcher listens for the mesh.
        auth: The sign-in mode.
    """

    __slots__ = (
        "auth",
        "data_dir",
        "database_url",
        "feeds",
        "gateways",
        "http_host",
        "http_port",
        "matcher_endpoint",
        "redis_url",
        "ws_host",
        "ws_port",
    )

    def __init__(self, settings: Settings) -> None:
        """Read the configuration.

        Raises:
            SettingError: If a setting cannot be used.
        """
        self.auth: Final = settings.auth()
        self.data_dir: Final = settings.data_dir()
        self.http_host: Final = settings.loopback_host("TICKMESH_HTTP_HOST", LOOPBACK)
        self.http_port: Final = (
            settings.integer("TICKMESH_HTTP_PORT", 8000, 0, 65535) or choose_port()
        )
        self.ws_host: Final = settings.loopback_host("TICKMESH_WS_HOST", LOOPBACK)
        self.ws_port: Final = settings.integer("TICKMESH_WS_PORT", 9001, 0, 65535) or choose_port()
        self.gateways: Final = settings.integer(
            "TICKMESH_GATEWAYS", default_gateways(len(os.sched_getaffinity(0))), 1, _GATEWAYS_MAX
        )
        self.feeds: Final = settings.integer("TICKMESH_FEEDS", 1, 1, _FEEDS_MAX)
        self.redis_url: Final = settings.text("REDIS_URL", "")
        self.database_url: Final = settings.text("DATABASE_URL", "")
        self.matcher_endpoint: Final = read_matcher_address(settings, SHARD).endpoint

    @property
    def run_dir(self) -> Path:
        """Where sockets, pid files, the lock and the addresses are."""
        return self.data_dir / "run"

    @property
    def http_url(self) -> str:
        """Address of the gateways."""
        return f"http://{_in_url(self.http_host)}:{self.http_port}"

    @property
    def ws_url(self) -> str:
        """Address of the feeds."""
        return f"ws://{_in_url(self.ws_host)}:{self.ws_port}"


def default_gateways(cores: int) -> int:
    """Return how many gateways serve best: one for two cores.

    The other half is for the matcher and what follows it. More gateways than that split the same
    requests into smaller frames, each with its own wake-ups (docs/decisions/0011-batches.md).
    """
    return min(max(1, cores // 2), _GATEWAYS_MAX)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
