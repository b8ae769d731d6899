"""Real matcher, real feeds: a client's book is the matcher's book, through kill -9 of either."""

import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from proto.codes import AUCTION, BUY, CONTINUOUS, GTC, LIMIT, SELL
from proto.commands import DefineMarket, Deposit, PlaceOrder, SetMarketState
from proto.ids import MarketId
from proto.mesh.client import MeshClient
from proto.mesh.registry import StaticEndpoint
from proto.queries import DepthQuery, MarketsQuery
from proto.replies import (
    Defined,
    DepthReply,
    MarketReply,
    MarketsReply,
    OrderReply,
    TransferReply,
)
from proto.scales import MarketScale
from tests.integration.feed.harness import DEADLINE_S, Client, client_of, until
from tests.unit.feed.client_book import ClientBook

pytestmark = pytest.mark.integration
DEPTH = "depth@TATA_INR"
TRADES = "trades@TATA_INR"
STATUS = "status@TATA_INR"
# Of who buys, as `Trader` and the test below have it.
ORDERS = "orders"
BALANCES = "balances"


class Processes:
    """A matcher, a persist and feeds, as processes."""

    def __init__(self, folder: Path, redis_url: str, database_url: str) -> None:
        self.endpoint = f"ipc://{folder}/run/matcher-0.ipc"
        self._environment = {
            **os.environ,
            "TICKMESH_DATA_DIR": str(folder),
            "TICKMESH_MATCHER_ENDPOINT": self.endpoint,
            "TICKMESH_WS_PORT": "0",
            "REDIS_URL": redis_url,
            "DATABASE_URL": database_url,
        }
        self._running: list[asyncio.subprocess.Process] = []

    async def start(self, name: str, **environment: str) -> tuple[asyncio.subprocess.Process, str]:
        """Start `python -m name`; return it and what its ready line says."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            name,
            env=self._environment | environment,
            stderr=asyncio.subprocess.PIPE,
        )
        self._running.append(process)
        assert process.stderr is not None
        async with asyncio.timeout(DEADLINE_S):
            while line := (await process.stderr.readline()).decode():
                if "ready " in line:
                    return process, line.partition("ready ")[2].split()[0]
        raise AssertionError(f"{name} ended with {await process.wait()}")

    async def stop(self, process: asyncio.subprocess.Process, how: signal.Signals) -> str:
        """Stop a process; return what it said since it was ready."""
        self._running.remove(process)
        process.send_signal(how)
        async with asyncio.timeout(DEADLINE_S):
            _, said = await process.communicate()
        return said.decode()

    async def stop_all(self) -> None:
        for process in list(self._running):
            await self.stop(process, signal.SIGKILL)


@pytest.fixture
async def processes(redis_url: str, database_url: str) -> AsyncIterator[Processes]:
    with tempfile.TemporaryDirectory(prefix="feed-") as folder:
        running = Processes(Path(folder), redis_url, database_url)
        try:
            yield running
        finally:
            await running.stop_all()


class Trader:
    """Places random orders near one price, so that many of them match."""

    def __init__(self, mesh: MeshClient, scale: MarketScale) -> None:
        self.mesh = mesh
        self.market_id = scale.market.market_id
        self._chance = random.Random(4)

    async def fund(self, scale: MarketScale) -> None:
        for user_id in (1, 2):
            for asset in (scale.base, scale.quote):
                reference = f"{user_id}-{asset.name}"
                reply = await self.mesh.send(
                    Deposit(self.mesh.next_request_id(), user_id, asset.asset_id, 10**15, reference)
                )
                assert isinstance(reply, TransferReply)

    async def trade(self, orders: int) -> None:
        replies = await asyncio.gather(*(self.mesh.send(self._order()) for _ in range(orders)))
        assert all(isinstance(reply, OrderReply) for reply in replies), replies

    def _order(self) -> PlaceOrder:
        side = self._chance.choice((1, 2))
        price_ticks = 10_000 + self._chance.randint(-8, 8)
        return PlaceOrder(
            self.mesh.next_request_id(),
            0,
            self.market_id,
            side,
            side,
            1,
            1,
            False,
            price_ticks,
            self._chance.randint(1, 20),
            "",
        )

    async def depth(self) -> DepthReply:
        query = DepthQuery(self.mesh.next_request_id(), MarketId(self.market_id), 5_000)
        reply = await self.mesh.send(query)
        assert isinstance(reply, DepthReply)
        return reply


async def scale_of(mesh: MeshClient, name: str) -> MarketScale:
    reply = await mesh.send(MarketsQuery(mesh.next_request_id()))
    assert isinstance(reply, MarketsReply)
    assets = {asset.asset_id: asset for asset in reply.assets}
    (market,) = (market for market in reply.markets if market.name == name)
    return MarketScale(market, assets[market.base_asset_id], assets[market.quote_asset_id])


async def read_up_to(client: Client, book: ClientBook, depth: DepthReply) -> None:
    while book.sequence is None or book.sequence < depth.book_sequence:
        book.read(await client.next_data(DEPTH))


def check(book: ClientBook, depth: DepthReply, scale: MarketScale) -> None:
    assert book.sequence == depth.book_sequence
    for mine, theirs in ((book.bids, depth.bids), (book.asks, depth.asks)):
        expected = {scale.price(x.price_ticks): scale.quantity(x.quantity_lots) for x in theirs}
        assert mine == expected


async def test_a_user_follows_their_orders_through_an_auction_and_a_kill(
    processes: Processes,
) -> None:
    matcher, _ = await processes.start("matcher")
    await processes.start("persist")
    _, address = await processes.start("feed")
    mesh = MeshClient(StaticEndpoint(processes.endpoint), time.time_ns)
    await mesh.start()
    try:
        await until(lambda: mesh.connected)
        scale = await scale_of(mesh, "TATA_INR")
        trader = Trader(mesh, scale)
        await trader.fund(scale)

        async def place(market_id: int, side: int, price_ticks: int) -> None:
            # The owner of a side, as in `trade`.
            order = PlaceOrder(
                mesh.next_request_id(), 0, market_id, side, side, LIMIT, GTC, False, price_ticks,
                10, "",
            )  # fmt: skip
            assert isinstance(await mesh.send(order), OrderReply)

        async def set_state(state: int) -> None:
            command = SetMarketState(mesh.next_request_id(), trader.market_id, state, 0)
            assert isinstance(await mesh.send(command), MarketReply)

        async with client_of(int(address.rpartition(":")[2])) as client:
            await client.sign_in(1)
            await client.ask("SUBSCRIBE", STATUS, ORDERS, BALANCES, DEPTH)
            assert (await client.next_data(STATUS))["state"] == "continuous"
            for stream in (ORDERS, BALANCES):
                assert (await client.next_data(stream))["type"] == "start"
            await client.next_data(DEPTH)
            await set_state(AUCTION)
            assert (await client.next_data(STATUS))["state"] == "auction"
            await place(trader.market_id, BUY, 10_100)
            await place(trader.market_id, SELL, 9_900)
            await set_state(CONTINUOUS)
            assert (await client.next_data(STATUS))["state"] == "continuous"
            told = [await client.next_data(ORDERS) for _ in range(2)]
            assert [message["event"] for message in told] == ["accepted", "fill"]
            changes = [await client.next_data(BALANCES) for _ in range(2)]
            assert [message["asset"] for message in changes] == ["INR", "TATA"]
            book = ClientBook()
            depth = await trader.depth()
            await client.ask("UNSUBSCRIBE", DEPTH)
            client.messages.clear()
            await client.ask("SUBSCRIBE", DEPTH)
            await read_up_to(client, book, depth)
            check(book, depth, scale)

            # A market that nobody has asked the feed for.
            created = replace(scale.market, market_id=99, name="LATE_INR")
            reply = await mesh.send(DefineMarket(mesh.next_request_id(), created))
            assert isinstance(reply, Defined)
            await place(99, BUY, 10_000)
            assert (await client.next_data(ORDERS))["order"]["market"] == "LATE_INR"  # type: ignore[index]
            assert (await client.ask("SUBSCRIBE", "depth@LATE_INR"))["result"] is None
            assert (await client.next_data("depth@LATE_INR"))["bids"] == [["500.00", "10"]]

            await place(99, BUY, 9_500)
            await processes.stop(matcher, signal.SIGKILL)
            await processes.start("matcher")
            await until(lambda: mesh.connected and mesh.epoch == 2)
            await place(99, BUY, 9_000)
            # Each once, the kill notwithstanding.
            prices = [(await client.next_data(ORDERS))["order"]["price"] for _ in range(2)]  # type: ignore[index]
            assert prices == ["475.00", "450.00"]
    finally:
        await mesh.close()


async def test_the_clients_book_is_the_matchers_book(processes: Processes) -> None:
    matcher, _ = await processes.start("matcher")
    feed, address = await processes.start("feed")
    port = int(address.rpartition(":")[2])
    mesh = MeshClient(StaticEndpoint(processes.endpoint), time.time_ns)
    await mesh.start()
    try:
        await until(lambda: mesh.connected)
        scale = await scale_of(mesh, "TATA_INR")
        trader = Trader(mesh, scale)
        await trader.fund(scale)
        async with client_of(port) as client:
            book = ClientBook()
            await client.ask("SUBSCRIBE", DEPTH, TRADES, "kline_1M@TATA_INR")
            for _ in range(10):
                await trader.trade(50)
            depth = await trader.depth()
            await read_up_to(client, book, depth)
            check(book, depth, scale)

            await processes.stop(matcher, signal.SIGKILL)
            matcher, _ = await processes.start("matcher")
            await until(lambda: mesh.connected and mesh.epoch == 2)
            await trader.trade(50)
            depth = await trader.depth()
            await read_up_to(client, book, depth)
            check(book, depth, scale)

        # Beside it, on the same port, another that knows nothing of the first.
        second, _ = await processes.start("feed", TICKMESH_WS_PORT=str(port))
        await processes.stop(feed, signal.SIGKILL)
        async with client_of(port) as client:
            book = ClientBook()

            async def subscribed() -> bool:
                return "error" not in await client.ask("SUBSCRIBE", DEPTH)

            # It was ready for clients before it knew the markets. They may ask ten times a second.
            await until(subscribed, rest_s=0.15)
            await trader.trade(50)
            depth = await trader.depth()
            await read_up_to(client, book, depth)
            check(book, depth, scale)
            await trader.trade(20)
            depth = await trader.depth()
            await read_up_to(client, book, depth)
            check(book, depth, scale)
        said = await processes.stop(second, signal.SIGTERM)
        assert second.returncode == 0
        assert "Traceback" not in said
        # The matcher was there: nothing was away, not even for a moment.
        assert "WARNING" not in said
    finally:
        await mesh.close()
