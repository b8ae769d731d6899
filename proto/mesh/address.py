"""Where the matcher of a shard is found: where the environment says, else where the registry says.

One reading of one setting for the matcher itself, for all who talk to it, and for the launcher.
"""

from typing import Final, final

from msgspec import Struct
from redis.asyncio import Redis

from proto.mesh.registry import EndpointSource, RegisteredEndpoint, Registry, StaticEndpoint
from proto.mesh.sockets import check_endpoint
from proto.settings import Settings

_VARIABLE: Final = "TICKMESH_MATCHER_ENDPOINT"


@final
class MatcherAddress(Struct, frozen=True):
    """Where a matcher is.

    Attributes:
        shard: Its shard.
        endpoint: Where it listens, unless the registry tells another endpoint.
        is_fixed: Whether the environment names the endpoint, and the registry is not asked.
    """

    shard: int
    endpoint: str
    is_fixed: bool

    def source(self, redis: Redis | None) -> EndpointSource:
        """Return what finds it each time that it may have moved.

        Args:
            redis: Where the registry is, a client whose timeouts are set; None where there is none.
        """
        if self.is_fixed or redis is None:
            return StaticEndpoint(self.endpoint)
        return RegisteredEndpoint(Registry(redis), self.shard, self.endpoint)


def read_matcher_address(settings: Settings, shard: int) -> MatcherAddress:
    """Read where the matcher of a shard is; by default at a socket in the data folder.

    Raises:
        SettingError: If the mesh does not use such an endpoint.
    """
    named = settings.text(_VARIABLE, "")
    endpoint = named or f"ipc://{settings.data_dir()}/run/matcher-{shard}.ipc"
    check_endpoint(endpoint)
    return MatcherAddress(shard, endpoint, bool(named))
