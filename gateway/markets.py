"""The markets and assets, as the matcher defines them, kept for the hot path.

Definitions are only ever added, so what was read stays right. They are asked for when a name is
not known, at most once a second however many clients make names up, and all who wait share one
question.
"""

import asyncio
from collections.abc import Callable
from typing import Final, final

from gateway.exchange import Exchange
from gateway.problems import Problem
from proto.definitions import AssetDefinition
from proto.mesh.errors import MeshError
from proto.queries import MarketsQuery
from proto.replies import MarketsReply
from proto.scales import MarketScale

_REFRESH_NS: Final = 1_000_000_000
_SHOWN_MAX: Final = 32


@final
class MarketCatalog:
    """Markets by name and by identifier."""

    def __init__(self, exchange: Exchange, clock_ns: Callable[[], int]) -> None:
        self._exchange: Final = exchange
        self._clock_ns: Final = clock_ns
        self._by_name: dict[str, MarketScale] = {}
        self._by_id: dict[int, MarketScale] = {}
        self._assets: list[AssetDefinition] = []
        self._answered_ns: int | None = None
        self._asking: asyncio.Task[None] | None = None

    def get(self, name: str) -> MarketScale | None:
        """Return a market that is known already."""
        return self._by_name.get(name)

    async def find(self, name: str) -> MarketScale:
        """Return a market, asking the matcher where it is not known yet.

        Raises:
            Problem: If there is no such market.
            MeshError: If the matcher did not answer.
        """
        scale = self._by_name.get(name)
        if scale is None:
            await self._refresh()
            scale = self._by_name.get(name)
        if scale is None:
            shown = name if len(name) <= _SHOWN_MAX else name[:_SHOWN_MAX] + "…"
            raise Problem("UNKNOWN_MARKET", f"there is no market {shown!r}", field="market")
        return scale

    async def by_id(self, market_id: int) -> MarketScale:
        """Return the market of something that the matcher told of.

        Raises:
            MeshError: If the matcher did not answer.
        """
        scale = self._by_id.get(market_id)
        if scale is None:
            await self._ask()
            scale = self._by_id[market_id]
        return scale

    async def all(self) -> list[MarketScale]:
        """Return every market in the order of their identifiers.

        Raises:
            MeshError: If the matcher did not answer and never has.
        """
        await self._refresh_or_keep()
        return list(self._by_name.values())

    async def assets(self) -> list[AssetDefinition]:
        """Return every asset in the order of their identifiers.

        Raises:
            MeshError: If the matcher did not answer and never has.
        """
        await self._refresh_or_keep()
        return self._assets

    async def _refresh_or_keep(self) -> None:
        """Refresh; while the matcher is away, what is known already will do."""
        try:
            await self._refresh()
        except MeshError:
            if not self._by_name:
                raise

    async def _refresh(self) -> None:
        """Ask, unless that was done within the last second."""
        answered_ns = self._answered_ns
        if answered_ns is None or self._clock_ns() - answered_ns >= _REFRESH_NS:
            await self._ask()

    async def _ask(self) -> None:
        if self._asking is None:
            self._asking = asyncio.create_task(self._read(), name="markets")
            self._asking.add_done_callback(self._asked)
        # One who stops waiting must not take the answer from the others.
        await asyncio.shield(self._asking)

    def _asked(self, task: asyncio.Task[None]) -> None:
        self._asking = None
        if not task.cancelled():
            # Marks a failure as seen, should everybody who waited for it be gone.
            task.exception()

    async def _read(self) -> None:
        exchange = self._exchange
        reply = await exchange.send(MarketsQuery(exchange.next_request_id()))
        assert isinstance(reply, MarketsReply)
        assets = {asset.asset_id: asset for asset in reply.assets}
        scales = [
            MarketScale(market, assets[market.base_asset_id], assets[market.quote_asset_id])
            for market in reply.markets
        ]
        self._by_name = {scale.market.name: scale for scale in scales}
        self._by_id = {scale.market.market_id: scale for scale in scales}
        self._assets = reply.assets
        self._answered_ns = self._clock_ns()
