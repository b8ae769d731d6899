"""What a persist is configured with."""

from typing import Final, final

from proto.mesh.address import read_matcher_address
from proto.settings import Settings

SHARD: Final = 0


@final
class PersistConfig:
    """Configuration of one persist.

    Attributes:
        redis_url: Redis, where the stream is.
        database_url: The database that it writes.
        matcher: Where the matcher is.
    """

    __slots__ = ("database_url", "matcher", "redis_url")

    def __init__(self, settings: Settings) -> None:
        """Read the configuration.

        Raises:
            SettingError: If a setting cannot be used.
        """
        self.redis_url: Final = settings.required("REDIS_URL", "a URL such as redis://127.0.0.1")
        self.database_url: Final = settings.required(
            "DATABASE_URL", "a URL such as postgresql://user:password@127.0.0.1/tickmesh"
        )
        self.matcher: Final = read_matcher_address(settings, SHARD)
