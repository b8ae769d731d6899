"""What a persist is configured with."""

from typing import Final, final

from proto.settings import Settings

SHARD: Final = 0


@final
class PersistConfig:
    """Configuration of one persist.

    Attributes:
        redis_url: Redis, where the stream is.
        database_url: The database that it writes.
        endpoint: Where the matcher listens, or "" to ask the registry.
        fallback_endpoint: Where it listens if the registry does not know.
    """

    __slots__ = ("database_url", "endpoint", "fallback_endpoint", "redis_url")

    def __init__(self, settings: Settings) -> None:
        """Read the configuration.

        Raises:
            SettingError: If a setting cannot be used.
        """
        self.redis_url: Final = settings.required("REDIS_URL", "a URL such as redis://127.0.0.1")
        self.database_url: Final = settings.required(
            "DATABASE_URL", "a URL such as postgresql://user:password@127.0.0.1/tickmesh"
        )
        self.endpoint: Final = settings.text("TICKMESH_MATCHER_ENDPOINT", "")
        self.fallback_endpoint: Final = f"ipc://{settings.data_dir()}/run/matcher-{SHARD}.ipc"
