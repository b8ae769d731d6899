"""What a feed asks the matcher: which markets there are, and the state that its deltas join."""

import asyncio
import logging
from collections.abc import Callable, Collection
from typing import Final, Protocol, final

from feed.board import Board
from feed.catalog import Catalog
from feed.market import Market
from proto.backoff import Backoff
from proto.ids import RequestId
from proto.intervals import SECOND_NS
from proto.mesh.errors import MeshError
from proto.queries import DepthQuery, HistoryEndQuery, MarketDataQuery, MarketsQuery, Query
from proto.replies import DepthReply, HistoryEndReply, MarketDataReply, MarketsReply, Reply
from proto.scales import MarketScale

_LOG: Final = logging.getLogger("feed")

# An unknown name makes the list of markets be asked for again, at most this often.
REFRESH_NS: Final = SECOND_NS
# How often the book sequences are compared with the matcher's: longer than two clock messages.
AUDIT_S: Final = 5.0
_CLOSE_TIMEOUT_S: Final = 1.0


class Exchange(Protocol):
    """The matcher, as `proto.mesh.client.MeshClient` reaches it."""

    @property
    def epoch(self) -> int | None:
        """Epoch of the matcher heard last."""
        ...

    def next_request_id(self) -> RequestId:
        """Assign a request id."""
        ...

    async def send(self, message: Query) -> Reply:
        """Ask, and wait for the answer up to a deadline.

        Raises:
            MeshError: If there is none.
        """
        ...


class NotReadyError(Exception):
    """The matcher cannot be asked which markets there are; the message says why."""


@final
class Directory:
    """The markets of the exchange, and their statuses; fills the board and the catalog."""

    def __init__(
        self,
        exchange: Exchange,
        board: Board,
        catalog: Catalog,
        make_market: Callable[[MarketScale], Market],
        monotonic_ns: Callable[[], int],
    ) -> None:
        """Begin without markets.

        Args:
            exchange: Asked which there are.
            board: Gets them.
            catalog: Learns of them.
            make_market: Makes one that is new.
            monotonic_ns: Monotonic clock.
        """
        self._exchange: Final = exchange
        self._board: Final = board
        self._catalog: Final = catalog
        self._make_market: Final = make_market
        self._monotonic_ns: Final = monotonic_ns
        self._is_known = False
        self._refresh: asyncio.Task[None] | None = None
        # When it was asked for the sake of an unknown name last.
        self._refreshed_ns: int | None = None

    @property
    def ready(self) -> bool:
        """Whether the list of markets is known."""
        return self._is_known

    async def find(self, names: Collection[str]) -> str | None:
        """Look markets up, asking the matcher again if one is not known.

        Returns:
            The first name that is none of a market, or None.

        Raises:
            NotReadyError: If the matcher must be asked and does not answer.
        """
        unknown = self._first_unknown(names)
        if unknown is None:
            return None
        last_ns = self._refreshed_ns
        if last_ns is None or self._monotonic_ns() - last_ns >= REFRESH_NS:
            await self.refresh()
        return self._first_unknown(names)

    async def refresh(self) -> None:
        """Ask for the list of markets; all who ask at one time share one question.

        Raises:
            NotReadyError: If the matcher does not answer.
        """
        task = self._refresh
        if task is None:
            task = self._refresh = asyncio.create_task(self._share(), name="ask for markets")
            # Its failure is looked at, even where everybody who asked has gone.
            task.add_done_callback(_look_at)
        # One asker that goes away must not take the question from the others.
        await asyncio.shield(task)

    async def close(self) -> None:
        """Give up a question that is under way."""
        if self._refresh is not None:
            self._refresh.cancel()
            await asyncio.wait([self._refresh], timeout=_CLOSE_TIMEOUT_S)

    def _first_unknown(self, names: Collection[str]) -> str | None:
        return next((name for name in names if self._board.find(name) is None), None)

    async def ask(self) -> None:
        """Ask for the markets and their statuses as they are now, in a question of one's own.

        Raises:
            NotReadyError: If the matcher does not answer.
        """
        exchange = self._exchange
        asked_at = {market.name: market.status_sequence for market in self._board.markets()}
        try:
            # The two travel in one frame, so one state answers them: the statuses are those after
            # the last sequence.
            end, reply = await asyncio.gather(
                exchange.send(HistoryEndQuery(exchange.next_request_id())),
                exchange.send(MarketsQuery(exchange.next_request_id())),
            )
        except MeshError as error:
            raise NotReadyError(str(error)) from error
        if not isinstance(reply, MarketsReply) or not isinstance(end, HistoryEndReply):
            raise NotReadyError("the matcher did not answer with its markets")
        for scale in self._catalog.learn(reply):
            self._board.add(self._make_market(scale))
        for status in reply.statuses:
            market = self._board.find(self._catalog.scales[status.market_id].market.name)
            assert market is not None
            market.load_status(status, end.last_sequence, asked_at.get(market.name, 0))
        self._board.users.on_definitions()
        self._is_known = True

    async def _share(self) -> None:
        try:
            await self.ask()
            self._refreshed_ns = self._monotonic_ns()
        finally:
            self._refresh = None


def _look_at(task: "asyncio.Task[None]") -> None:
    if not task.cancelled():
        task.exception()


@final
class Synchroniser:
    """Brings markets to life, one at a time, and looks after those that are."""

    def __init__(
        self,
        exchange: Exchange,
        board: Board,
        directory: Directory,
        wake: asyncio.Event,
        backoff: Backoff,
    ) -> None:
        self._exchange: Final = exchange
        self._board: Final = board
        self._directory: Final = directory
        self._wake: Final = wake
        self._backoff: Final = backoff
        self._complained = False

    async def run(self) -> None:
        """Work until cancelled."""
        loop = asyncio.get_running_loop()
        audit_at = loop.time() + AUDIT_S
        while True:
            succeeded = await self._sync_all()
            if succeeded and loop.time() >= audit_at:
                audit_at = loop.time() + AUDIT_S
                succeeded = await self._audit()
            if succeeded:
                self._backoff.reset()
                self._complained = False
                await self._rest(max(0.0, audit_at - loop.time()))
            else:
                await asyncio.sleep(self._backoff.next_s())

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _sync_all(self) -> bool:
        self._wake.clear()
        try:
            # Their channels are confirmed, so that no change of a status is lost after the answer.
            unsynced = self._board.unsynced()
            users = self._board.users
            if unsynced or users.needs_definitions or not self._directory.ready:
                await self._directory.ask()
            # Each is tried, so that one that fails does not stand before the others.
            results = [await self._sync(market) for market in unsynced]
        except (MeshError, NotReadyError) as error:
            self._complain(error)
            return False
        return all(results) and not users.needs_definitions

    async def _sync(self, market: Market) -> bool:
        market.begin_sync()
        query = MarketDataQuery(self._exchange.next_request_id(), market.market_id)
        try:
            reply = await self._exchange.send(query)
        except MeshError:
            market.desync()
            raise
        if isinstance(reply, MarketDataReply):
            is_live = market.load(reply)
            self._board.touch(market)
            if is_live:
                _LOG.info("%s is live at book sequence %d", market.name, reply.book_sequence)
                return True
        market.desync()
        return False

    async def _audit(self) -> bool:
        """Look for new markets, and compare book sequences; `Market.expect` says what for."""
        try:
            # Whoever reads the tickers of all markets names none of them.
            await self._directory.ask()
            for market in self._board.markets():
                query = DepthQuery(self._exchange.next_request_id(), market.market_id, 1)
                reply = await self._exchange.send(query)
                if isinstance(reply, DepthReply):
                    market.expect(reply.book_sequence)
        except (MeshError, NotReadyError) as error:
            self._complain(error)
            return False
        return True

    def _complain(self, error: Exception) -> None:
        if not self._complained:
            self._complained = True
            _LOG.warning("the matcher cannot be asked, trying on: %s", error)
