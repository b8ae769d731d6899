"""What a gateway is told by its environment."""

from typing import Final, final

from msgspec import Struct

from proto.mesh.address import MatcherAddress, read_matcher_address
from proto.settings import Settings

PORT_DEFAULT: Final = 8_000
WEBSOCKET_PORT_DEFAULT: Final = 9_001
WEBSOCKET_ADDRESS_DEFAULT: Final = f"127.0.0.1:{WEBSOCKET_PORT_DEFAULT}"
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
        websocket_address: Host and port where feeds listen, for the document that tells of them.
    """

    host: str
    port: int
    database_url: str
    redis_url: str
    matcher: MatcherAddress
    websocket_address: str


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
        websocket_address=_websocket_address(settings),
    )


def _websocket_address(settings: Settings) -> str:
    host = settings.loopback_host("TICKMESH_WS_HOST")
    # A feed that takes any port tells only its log which.
    port = settings.integer("TICKMESH_WS_PORT", 0, 0, 65_535) or WEBSOCKET_PORT_DEFAULT
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
