"""The markets and assets, as the matcher defines them, kept for the hot path.

Theory of operation
-------------------
Definitions are only ever added, so what was read stays right, and a name that is known costs
nothing. A name that is not known may have been defined a moment ago, by another gateway: the
matcher is asked before it is called unknown, with a question that was not on its way yet when the
name came up. All names that come up before it leaves share it, and it leaves at the earliest
`QUESTION_INTERVAL_NS` after the one before, however many names clients make up.

What an operator or time may change (a market's state, a frozen asset) is asked for each time; what
was told last is good only while the matcher is away.
"""

import asyncio
from collections.abc import Callable
from typing import Final, final

from proto.api.exchange import Exchange
from proto.api.problems import Problem
from proto.definitions import AssetDefinition
from proto.mesh.errors import NotTakenError, OutcomeUnknownError
from proto.queries import MarketsQuery
from proto.replies import MarketsReply
from proto.scales import MarketScale

QUESTION_INTERVAL_NS: Final = 50_000_000
_SHOWN_MAX: Final = 32


@final
class MarketCatalog:
    """Markets and assets by name and by identifier."""

    def __init__(self, exchange: Exchange, clock_ns: Callable[[], int]) -> None:
        self._exchange: Final = exchange
        self._clock_ns: Final = clock_ns
        self._by_name: dict[str, MarketScale] = {}
        self._by_id: dict[int, MarketScale] = {}
        self._assets: dict[str, AssetDefinition] = {}
        self._assets_by_id: dict[int, AssetDefinition] = {}
        self._told_last: MarketsReply | None = None
        # When a question that was answered, or is on its way, has left.
        self._asked_ns: int | None = None
        # The question that has not left yet.
        self._asking: asyncio.Task[None] | None = None

    def get(self, name: str) -> MarketScale | None:
        """Return a market that is known already."""
        return self._by_name.get(name)

    async def find(self, name: str) -> MarketScale:
        """Return a market, asking the matcher where it is not known yet.

        Raises:
            Problem: If there is no such market.
            NotTakenError: If the matcher did not answer.
        """
        if name not in self._by_name:
            await self._ask()
            if name not in self._by_name:
                raise Problem(
                    "UNKNOWN_MARKET", f"there is no market {_shown(name)}", field="market"
                )
        return self._by_name[name]

    async def by_id(self, market_id: int) -> MarketScale:
        """Return the market of something that the matcher told of.

        Raises:
            NotTakenError: If the matcher did not answer.
        """
        if market_id not in self._by_id:
            await self._ask()
        return self._by_id[market_id]

    async def find_asset(self, name: str) -> AssetDefinition:
        """Return an asset, asking the matcher where it is not known yet.

        Raises:
            Problem: If there is no such asset.
            NotTakenError: If the matcher did not answer.
        """
        if name not in self._assets:
            await self._ask()
            if name not in self._assets:
                raise Problem("UNKNOWN_ASSET", f"there is no asset {_shown(name)}", field="asset")
        return self._assets[name]

    async def asset_by_id(self, asset_id: int) -> AssetDefinition:
        """Return the asset of something that the matcher told of.

        Raises:
            NotTakenError: If the matcher did not answer.
        """
        if asset_id not in self._assets_by_id:
            await self._ask()
        return self._assets_by_id[asset_id]

    async def known(self) -> list[MarketScale]:
        """Return every market that is known, in the order of their identifiers.

        Raises:
            NotTakenError: If none is known, and the matcher does not answer.
        """
        await self._renew()
        return list(self._by_name.values())

    async def assets(self) -> list[AssetDefinition]:
        """Return every asset that is known, in the order of their identifiers.

        Raises:
            NotTakenError: If none is known, and the matcher does not answer.
        """
        await self._renew()
        return list(self._assets.values())

    async def all(self) -> MarketsReply:
        """Return all there is, with its state; while the matcher is away, what was told last.

        Raises:
            NotTakenError: If the matcher did not answer and never has.
        """
        try:
            return await self.read()
        except NotTakenError:
            if self._told_last is None:
                raise
            return self._told_last

    async def read(self) -> MarketsReply:
        """Ask the matcher for all there is, with what may change, and keep what does not.

        Raises:
            NotTakenError: If the matcher did not answer.
        """
        exchange = self._exchange
        try:
            reply = await exchange.send(MarketsQuery(exchange.next_request_id()))
        except OutcomeUnknownError as error:
            # Nothing that a client asks for has left yet.
            raise NotTakenError(
                f"the matcher did not say which markets there are: {error}", overloaded=False
            ) from error
        assert isinstance(reply, MarketsReply)
        # An answer that was overtaken by a newer one has nothing to add.
        if len(reply.assets) >= len(self._assets) and len(reply.markets) >= len(self._by_name):
            self._told_last = reply
            self._keep(reply)
        return reply

    def _keep(self, reply: MarketsReply) -> None:
        assets = {asset.asset_id: asset for asset in reply.assets}
        scales = [
            MarketScale(market, assets[market.base_asset_id], assets[market.quote_asset_id])
            for market in reply.markets
            if market.market_id not in self._by_id
        ]
        self._by_name |= {scale.market.name: scale for scale in scales}
        self._by_id |= {scale.market.market_id: scale for scale in scales}
        self._assets = {asset.name: asset for asset in reply.assets}
        self._assets_by_id = assets

    async def _renew(self) -> None:
        """Ask unless that was just done; while the matcher is away, what is known will do."""
        if self._rest_ns() == 0:
            try:
                await self._ask()
            except NotTakenError:
                if not self._by_name:
                    raise

    def _rest_ns(self) -> int:
        """Return how long it is until a question may leave."""
        if self._asked_ns is None:
            return 0
        rest_ns = self._asked_ns + QUESTION_INTERVAL_NS - self._clock_ns()
        # A clock that was set back must not make it longer.
        return max(0, min(rest_ns, QUESTION_INTERVAL_NS))

    async def _ask(self) -> None:
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_in_time(), name="markets")
            self._asking.add_done_callback(_note_failure)
        # One who stops waiting must not take the answer from the others.
        await asyncio.shield(self._asking)

    async def _ask_in_time(self) -> None:
        await asyncio.sleep(self._rest_ns() / 1_000_000_000)
        self._asking = None
        self._asked_ns = self._clock_ns()
        try:
            await self.read()
        except NotTakenError:
            self._asked_ns = None
            raise


def _note_failure(task: asyncio.Task[None]) -> None:
    """Mark a failure as seen, should everybody who waited for it be gone."""
    if not task.cancelled():
        task.exception()


def _shown(name: str) -> str:
    return repr(name if len(name) <= _SHOWN_MAX else name[:_SHOWN_MAX] + "…")
