"""What a gateway is told by its environment."""

from typing import Final, final

from msgspec import Struct

from proto.mesh.address import MatcherAddress, read_matcher_address
from proto.settings import Settings

PORT_DEFAULT: Final = 8_000
SHARD: Final = 0


@final
class GatewayConfig(Struct, frozen=True):
    """Configuration.

    Attributes:
        host: Loopback address to listen on.
        port: Port to listen on, shared by all gateways of a machine; 0 for any.
        database_url: The database.
        redis_url: Redis, where the matcher is registered; "" where there is none.
        matcher: Where the matcher is.
    """

    host: str
    port: int
    database_url: str
    redis_url: str
    matcher: MatcherAddress


def read_config(settings: Settings) -> GatewayConfig:
    """Read the configuration.

    Raises:
        SettingError: If a setting cannot be used.
    """
    settings.auth()
    return GatewayConfig(
        host=settings.loopback_host("TICKMESH_HTTP_HOST"),
        port=settings.integer("TICKMESH_HTTP_PORT", PORT_DEFAULT, 0, 65_535),
        database_url=settings.required(
            "DATABASE_URL", "the PostgreSQL or TimescaleDB that persist writes to"
        ),
        redis_url=settings.text("REDIS_URL", ""),
        matcher=read_matcher_address(settings, SHARD),
    )
