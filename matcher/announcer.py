"""Keeps the matcher's entry in the registry alive while Redis lets it.

The lease is shorter than a pause that would make a second matcher likely, and its loss stops
nothing: gateways fall back to the endpoint that they are configured with.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Final, final

from redis.exceptions import RedisError

from proto.definitions import MarketDefinition
from proto.mesh.registry import RENEWAL_S, Registry


@final
class Announcer:
    """Renews the lease of one matcher."""

    def __init__(
        self,
        registry: Registry,
        shard: int,
        endpoint: str,
        markets: Callable[[], list[MarketDefinition]],
        jitter: random.Random,
    ) -> None:
        """Announce `endpoint` for `shard`, and for whatever `markets` returns at the time."""
        self._registry: Final = registry
        self._shard: Final = shard
        self._endpoint: Final = endpoint
        self._markets: Final = markets
        self._jitter: Final = jitter

    async def run(self) -> None:
        """Renew until cancelled; while Redis is away, try again at the next renewal."""
        while True:
            try:
                await self._registry.announce(self._shard, self._endpoint)
                names = [market.name for market in self._markets()]
                await self._registry.announce_routes(self._shard, names)
            except (RedisError, OSError):
                # Told by the publisher already, which meets it first and every time.
                pass
            await asyncio.sleep(RENEWAL_S * self._jitter.uniform(0.8, 1.2))

    async def withdraw(self) -> None:
        """Take the entry back, if Redis is there; otherwise its lease ends by itself."""
        try:
            await self._registry.withdraw(self._shard, self._endpoint)
        except (RedisError, OSError):
            pass
