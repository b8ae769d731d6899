"""What a feed is configured with."""

from typing import Final, final

from proto.mesh.address import read_matcher_address
from proto.settings import Settings

SHARD: Final = 0


@final
class FeedConfig:
    """Configuration of one feed.

    Attributes:
        database_url: The database, for what streams have forgotten.
        host: Loopback address to listen on.
        port: Port to listen on; feeds side by side share it.
        redis_url: Redis, for market data and the registry.
        matcher: Where the matcher is.
    """

    __slots__ = ("database_url", "host", "matcher", "port", "redis_url")

    def __init__(self, settings: Settings) -> None:
        """Read the configuration.

        Raises:
            SettingError: If a setting cannot be used.
        """
        # Refuses every mode of sign-in but the open one, which is what SIGN_IN is.
        settings.auth()
        self.database_url: Final = settings.required(
            "DATABASE_URL", "the PostgreSQL or TimescaleDB that persist writes to"
        )
        self.host: Final = settings.loopback_host("TICKMESH_WS_HOST")
        self.port: Final = settings.integer("TICKMESH_WS_PORT", 9_001, 0, 65_535)
        self.redis_url: Final = settings.required("REDIS_URL", "a URL such as redis://127.0.0.1")
        self.matcher: Final = read_matcher_address(settings, SHARD)
