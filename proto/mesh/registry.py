"""Where the matchers are: a table in Redis, each entry with a lease.

`tickmesh:matcher:<shard>` holds the endpoint of the matcher that serves a shard and expires when
that matcher stops renewing it; the hash `tickmesh:routes` says which shard a market is on. A
process that cannot reach Redis uses the endpoint of its configuration instead, so that trading
needs no Redis.
"""

from typing import Final, Protocol, final

from redis.asyncio import Redis
from redis.exceptions import RedisError

LEASE_S: Final = 5
RENEWAL_S: Final = 1.5
_ROUTES: Final = "tickmesh:routes"


class EndpointSource(Protocol):
    """Says where the matcher of a shard listens."""

    async def resolve(self) -> str:
        """Return the endpoint; never fails, and answers within a second or two."""
        ...


@final
class StaticEndpoint:
    """An endpoint from configuration."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint: Final = endpoint

    async def resolve(self) -> str:
        """Return the endpoint."""
        return self._endpoint


@final
class RegisteredEndpoint:
    """The endpoint in the registry, or a configured one where the registry does not answer."""

    def __init__(self, registry: "Registry", shard: int, fallback: str) -> None:
        self._registry: Final = registry
        self._shard: Final = shard
        self._fallback: Final = fallback

    async def resolve(self) -> str:
        """Return the registered endpoint, else the fallback."""
        try:
            return await self._registry.endpoint(self._shard) or self._fallback
        except (RedisError, OSError, TimeoutError):
            return self._fallback


@final
class Registry:
    """The table. Its methods raise what redis-py raises when Redis is away."""

    def __init__(self, redis: Redis) -> None:
        """Use a client whose socket timeouts are set: they are the deadline of every call."""
        self._redis: Final = redis

    async def announce(self, shard: int, endpoint: str) -> None:
        """Say, for LEASE_S seconds, that a shard's matcher listens at an endpoint."""
        await self._redis.set(_matcher_key(shard), endpoint, ex=LEASE_S)

    async def withdraw(self, shard: int, endpoint: str) -> None:
        """Take one's own announcement back, if it is still there."""
        if await self.endpoint(shard) == endpoint:
            await self._redis.delete(_matcher_key(shard))

    async def announce_routes(self, shard: int, markets: list[str]) -> None:
        """Say that markets are on a shard."""
        if markets:
            await self._redis.hset(_ROUTES, mapping=dict.fromkeys(markets, str(shard)))

    async def endpoint(self, shard: int) -> str | None:
        """Return where a shard's matcher listens, if its lease holds."""
        value = await self._redis.get(_matcher_key(shard))
        return _text(value) if value is not None else None

    async def shard_of(self, market: str) -> int | None:
        """Return the shard of a market, if it is known."""
        value = await self._redis.hget(_ROUTES, market)
        return int(_text(value)) if value is not None else None


def _matcher_key(shard: int) -> str:
    return f"tickmesh:matcher:{shard}"


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
