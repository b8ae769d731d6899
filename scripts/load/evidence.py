"""Collects what the exchange keeps: from the matcher, the database and REST."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, final
from urllib.parse import urlsplit

import asyncpg
import msgspec
from msgspec import Struct

from proto.codes import STATUS_NAMES
from proto.limits import DEPTH_LEVELS_MAX
from proto.market_data import Level
from proto.queries import DepthQuery, LedgerQuery, MarketDataQuery, MarketsQuery, OpenOrdersQuery
from proto.replies import (
    DepthReply,
    LedgerReply,
    MarketDataReply,
    MarketsReply,
    OpenOrdersReply,
    Reply,
)
from proto.scales import MarketScale
from scripts.load.audits import OpenOrder, StoredOrder, StoredTrade
from scripts.load.http_client import HttpConnection
from scripts.load.mesh import Exchange
from scripts.watching.book import BookState
from scripts.watching.marks import position_mark
from scripts.watching.records import TRADES, tape_name

# Only one matcher is started by `scripts/up`.
SHARD: Final = 0
PERSIST_DEADLINE_S: Final = 300.0
PERSIST_POLL_S: Final = 0.25
_HTTP_TIMEOUT_S: Final = 10.0
_DATABASE_TIMEOUT_S: Final = 300.0


# Where the rows of private streams are.
_PRIVATE_SOURCES: Final = {
    "orders": "order_events WHERE true",
    "fills": "order_events WHERE event = 'fill'",
    "balances": "balance_changes WHERE true",
}


class EvidenceError(Exception):
    """The exchange did not show what was asked for."""


def scales_of(reply: MarketsReply) -> dict[int, MarketScale]:
    """Return the scale of every market by its id."""
    assets = {asset.asset_id: asset for asset in reply.assets}
    return {
        market.market_id: MarketScale(
            market, assets[market.base_asset_id], assets[market.quote_asset_id]
        )
        for market in reply.markets
    }


@final
class MatcherEvidence:
    """Asks the matcher."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange: Final = exchange

    async def markets(self) -> MarketsReply:
        """Return every asset and market."""
        reply = await self._exchange.send(MarketsQuery(self._exchange.next_request_id()))
        assert isinstance(reply, MarketsReply), reply
        return reply

    async def ledger(self) -> LedgerReply:
        """Return the sums of the ledger, and how far the matcher has come."""
        reply: Reply = await self._exchange.send(LedgerQuery(self._exchange.next_request_id()))
        assert isinstance(reply, LedgerReply), reply
        return reply

    async def last_price_ticks(self, market_id: int) -> int:
        """Return the price of a market's last trade; 0 where there was none."""
        request_id = self._exchange.next_request_id()
        reply = await self._exchange.send(MarketDataQuery(request_id, market_id))
        assert isinstance(reply, MarketDataReply), reply
        return reply.ticker.last_price_ticks

    async def book(self, scale: MarketScale) -> BookState:
        """Return a market's book in text."""
        query = DepthQuery(
            self._exchange.next_request_id(), scale.market.market_id, DEPTH_LEVELS_MAX
        )
        reply = await self._exchange.send(query)
        assert isinstance(reply, DepthReply), reply
        return BookState(
            reply.book_sequence, levels_text(scale, reply.bids), levels_text(scale, reply.asks)
        )

    async def open_orders(self, user_id: int, scales: dict[int, MarketScale]) -> list[OpenOrder]:
        """Return a user's open orders."""
        reply = await self._exchange.send(
            OpenOrdersQuery(self._exchange.next_request_id(), user_id, 0)
        )
        assert isinstance(reply, OpenOrdersReply), reply
        return [
            OpenOrder(
                order.order_id,
                STATUS_NAMES[order.status],
                scales[order.market_id].quantity(order.executed_lots),
            )
            for order in reply.orders
        ]


def levels_text(scale: MarketScale, levels: list[Level]) -> list[tuple[str, str]]:
    """Write levels as the outside sees them: price and quantity."""
    return [
        (scale.price(level.price_ticks), scale.quantity(level.quantity_lots)) for level in levels
    ]


@final
class DatabaseEvidence:
    """Asks the database."""

    def __init__(self, url: str) -> None:
        self._url: Final = url

    async def wait_for(self, sequence: int, on_lag: Callable[[int], None]) -> float:
        """Wait until persist has written everything up to a sequence.

        Args:
            sequence: Sequence to reach.
            on_lag: Told how many commands are missing, now and then.

        Returns:
            Seconds waited.

        Raises:
            EvidenceError: If it does not come so far within PERSIST_DEADLINE_S.
        """
        loop = asyncio.get_running_loop()
        start = loop.time()
        while True:
            reached = await self._reached()
            lag = sequence - (reached or 0)
            on_lag(max(lag, 0))
            if lag <= 0:
                return loop.time() - start
            if loop.time() - start > PERSIST_DEADLINE_S:
                behind = "away" if reached is None else f"{lag} commands behind the matcher"
                raise EvidenceError(f"the database is {behind}")
            await asyncio.sleep(PERSIST_POLL_S)

    async def _reached(self) -> int | None:
        """Return how far the history is; None while the database is away."""
        try:
            rows = await self._rows(
                "SELECT last_sequence FROM stream_position WHERE shard = $1", SHARD
            )
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            # It is being started again. The caller's deadline bounds how long that may take.
            return None
        return int(rows[0][0]) if rows else 0

    async def trades(self, after_sequence: int) -> list[StoredTrade]:
        """Return all trades of commands after a sequence."""
        rows = await self._rows(
            "SELECT trade_id, market, price::text, quantity::text, taker_order_id, "
            "maker_order_id, quote_quantity::text, is_buyer_maker::text, "
            "(extract(epoch FROM timestamp) * 1000000)::bigint::text "
            "FROM trades WHERE sequence > $1 ORDER BY trade_id",
            after_sequence,
        )
        return [StoredTrade(*row) for row in rows]

    async def orders(self, first_order_id: int, run: str) -> list[StoredOrder]:
        """Return all orders from an id on whose client_order_id belongs to a run."""
        rows = await self._rows(
            "SELECT order_id, user_id, client_order_id, status, executed_quantity::text "
            "FROM orders WHERE order_id >= $1 AND starts_with(client_order_id, $2)",
            first_order_id,
            f"{run}-",
        )
        return [StoredOrder(*row) for row in rows]

    async def stream_ends(self, after_sequence: int) -> dict[str, int]:
        """Return the mark of the last message of each complete stream that has any.

        Args:
            after_sequence: Commands up to this one are not looked at.
        """
        trades = await self._rows(
            "SELECT market, max(trade_id) FROM trades WHERE sequence > $1 GROUP BY market",
            after_sequence,
        )
        ends: dict[str, int] = {f"{TRADES}@{market}": trade_id for market, trade_id in trades}
        for stream, source in _PRIVATE_SOURCES.items():
            rows = await self._rows(
                f"SELECT DISTINCT ON (user_id) user_id, sequence, ordinal FROM {source}"
                " AND sequence > $1 ORDER BY user_id, sequence DESC, ordinal DESC",
                after_sequence,
            )
            for user_id, sequence, ordinal in rows:
                ends[tape_name(stream, user_id)] = position_mark(sequence, ordinal)
        return ends

    async def _rows(self, query: str, *arguments: object) -> Sequence[asyncpg.Record]:
        connection = await asyncpg.connect(self._url, timeout=_HTTP_TIMEOUT_S)
        try:
            rows: Sequence[asyncpg.Record] = await connection.fetch(
                query, *arguments, timeout=_DATABASE_TIMEOUT_S
            )
            return rows
        finally:
            await connection.close()


class _Depth(Struct):
    sequence: int
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]


async def rest_book(url: str, market: str) -> BookState:
    """Return a market's book as REST gives it.

    Raises:
        EvidenceError: If it gives none.
    """
    status, body = await http_get(url, f"/api/v1/depth?market={market}&limit={DEPTH_LEVELS_MAX}")
    if status != 200:
        raise EvidenceError(f"GET /depth answered {status}: {body[:200]!r}")
    depth = msgspec.json.decode(body, type=_Depth)
    return BookState(depth.sequence, depth.bids, depth.asks)


async def http_get(url: str, path: str) -> tuple[int, bytes]:
    """Return status and body of one GET.

    Raises:
        EvidenceError: If no reply comes.
    """
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    reply: asyncio.Future[tuple[int, bytes]] = loop.create_future()

    def on_reply(status: int, body: bytes) -> None:
        if not reply.done():
            reply.set_result((status, body))

    def on_lost() -> None:
        if not reply.done():
            reply.set_exception(EvidenceError(f"{url} closed the connection"))

    connection = HttpConnection(on_reply, on_lost)
    try:
        async with asyncio.timeout(_HTTP_TIMEOUT_S):
            await loop.create_connection(lambda: connection, parts.hostname or "", parts.port or 80)
            connection.send(f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
            return await reply
    except OSError as error:
        raise EvidenceError(f"{url} does not answer: {error}") from error
    finally:
        connection.abort()
