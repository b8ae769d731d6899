"""What a persist is configured with."""

from typing import Final, final

from proto.settings import Settings


@final
class PersistConfig:
    """Configuration of one persist.

    Attributes:
        redis_url: Redis, where the stream is.
        database_url: The database that it writes.
    """

    __slots__ = ("database_url", "redis_url")

    def __init__(self, settings: Settings) -> None:
        """Read the configuration.

        Raises:
            SettingError: If a setting cannot be used.
        """
        self.redis_url: Final = settings.required("REDIS_URL", "a URL such as redis://127.0.0.1")
        self.database_url: Final = settings.required(
            "DATABASE_URL", "a URL such as postgresql://user:password@127.0.0.1/tickmesh"
        )
