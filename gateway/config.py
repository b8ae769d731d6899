"""What a gateway is told by its environment."""

from typing import Final, final

from msgspec import Struct

from proto.mesh.sockets import check_endpoint
from proto.settings import Settings

PORT_DEFAULT: Final = 8_000


@final
class GatewayConfig(Struct, frozen=True):
    """Configuration.

    Attributes:
        host: Loopback address to listen on.
        port: Port to listen on, shared by all gateways of a machine; 0 for any.
        database_url: The database.
        redis_url: Redis, where the matcher is registered; "" where there is none.
        endpoint: Endpoint of the matcher, where the registry does not tell another one.
        endpoint_fixed: Whether the registry is not to be asked.
    """

    host: str
    port: int
    database_url: str
    redis_url: str
    endpoint: str
    endpoint_fixed: bool


def read_config(settings: Settings) -> GatewayConfig:
    """Read the configuration.

    Raises:
        SettingError: If a setting cannot be used.
    """
    settings.auth()
    default = f"ipc://{settings.data_dir()}/run/matcher-0.ipc"
    endpoint = settings.text("TICKMESH_MATCHER_ENDPOINT", "")
    check_endpoint(endpoint or default)
    return GatewayConfig(
        host=settings.loopback_host("TICKMESH_HTTP_HOST"),
        port=settings.integer("TICKMESH_HTTP_PORT", PORT_DEFAULT, 0, 65_535),
        database_url=settings.required(
            "DATABASE_URL", "the PostgreSQL or TimescaleDB that persist writes to"
        ),
        redis_url=settings.text("REDIS_URL", ""),
        endpoint=endpoint or default,
        endpoint_fixed=bool(endpoint),
    )
