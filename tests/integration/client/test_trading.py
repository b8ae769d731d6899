"""The client against a real exchange: what it is told is what REST shows."""

import asyncio
import random
from decimal import Decimal
from typing import Any, TypeVar

import pytest

from gateway.client import AsyncClient, AsyncStream, Client, Depth, Level, RefusedError
from tests.integration.client.conftest import DEADLINE_S, Rest
from tests.waiting import until

pytestmark = pytest.mark.integration

Event = TypeVar("Event")


async def take(stream: AsyncStream[Event], count: int) -> list[Event]:
    events: list[Event] = []
    async with asyncio.timeout(DEADLINE_S):
        while len(events) < count:
            events += await stream.take(count - len(events))
    return events


async def test_orders_and_what_is_told_of_them(url: str) -> None:
    market = "BTC_USDT"
    async with (
        AsyncClient(url, user_id=1) as maker,
        AsyncClient(url, user_id=2) as taker,
        maker.orders() as reports,
        maker.fills() as fills,
        taker.balance_changes() as changes,
        taker.trades(market) as trades,
    ):
        book = await taker.order_book(market)
        first = await maker.place_order(
            market=market, side="buy", price=Decimal("100.00"), quantity="1.5"
        )
        assert first.status == "new"
        amended = await maker.amend_order(market=market, order_id=first.order_id, quantity=2)
        assert amended.quantity == "2.00000"
        replaced = await maker.replace_order(
            old_order_id=first.order_id, market=market, side="buy", price=101, quantity=2
        )
        assert replaced.cancelled.status == "cancelled"
        resting = replaced.order
        await until(lambda: book.best_bid == Level(Decimal(101), Decimal(2)))
        assert [one.order_id for one in await maker.open_orders()] == [resting.order_id]

        sold = await taker.place_order(market=market, side="sell", price=101, quantity="0.5")
        assert sold.status == "filled"
        (fill,) = await take(fills, 1)
        (trade,) = await take(trades, 1)
        assert fill.order_id == resting.order_id
        assert fill.trade_id == trade.trade_id == sold.fills[0].trade_id
        paid, got = await take(changes, 2)
        assert {paid.asset, got.asset} == {"BTC", "USDT"}
        balances = {one.asset: one.total for one in await taker.balances()}
        assert {one.asset: one.total for one in (paid, got)}.items() <= balances.items()

        found = await maker.order(client_order_id=resting.client_order_id)
        assert found.executed_quantity == "0.50000"
        account = await maker.cancel_all_after(timeout_ms=60_000)
        assert account.cancel_at is not None
        assert (await maker.cancel_all_after(timeout_ms=0)).cancel_at is None
        gone = await maker.cancel_order(market=market, order_id=resting.order_id)
        assert gone.status == "cancelled"
        assert (await maker.cancel_all()).cancelled_orders == 0
        told = [(one.event, one.order.order_id) for one in await take(reports, 6)]
        assert told == [
            ("accepted", first.order_id),
            ("amended", first.order_id),
            ("cancelled", first.order_id),
            ("accepted", resting.order_id),
            ("fill", resting.order_id),
            ("cancelled", resting.order_id),
        ]
        await until(lambda: book.depth() == Depth(book.sequence or 0, (), ()))


async def test_what_the_exchange_refuses(url: str) -> None:
    async with AsyncClient(url, user_id=3) as client:
        with pytest.raises(RefusedError, match="price must be a multiple") as caught:
            await client.place_order(market="TATA_INR", side="buy", price="100.01", quantity=1)
        assert (caught.value.code, caught.value.field) == ("PRICE_NOT_ON_TICK", "price")
        for wrong in (client.order_book("NOPE"), client.trades("NOPE").__aenter__()):
            with pytest.raises(RefusedError, match="UNKNOWN_MARKET"):
                await wrong
        with pytest.raises(RefusedError, match="UNKNOWN_ORDER"):
            await client.cancel_order(market="TATA_INR", client_order_id="never-placed")
        one: dict[str, Any] = {"market": "ETH_USDT", "side": "buy", "quantity": 1}
        first = await client.place_order(**one, price=10, client_order_id="one")
        again = await client.place_order(**one, price=10, client_order_id="one")
        assert again.order_id == first.order_id
        with pytest.raises(RefusedError, match="DUPLICATE_CLIENT_ORDER_ID"):
            await client.place_order(**one, price=11, client_order_id="one")
        assert (await client.cancel_all()).cancelled_orders == 1
    async with AsyncClient(url) as stranger:
        with pytest.raises(RefusedError, match="SIGN_IN_REQUIRED"):
            await stranger.balances()
        with pytest.raises(RefusedError, match="SIGN_IN_REQUIRED"):
            await stranger.fills().__aenter__()
    with pytest.raises(RefusedError):
        async with AsyncClient(url, user_id="nobody"):
            pass


async def test_the_book_of_the_client_is_the_book_of_the_exchange(url: str, rest: Rest) -> None:
    market, rng = "ETH_USDT", random.Random(5)
    async with AsyncClient(url, user_id=4) as quoting, AsyncClient(url) as watching:
        book = await watching.order_book(market)
        unready = 0

        async def count_unready() -> None:
            nonlocal unready
            async for changed in watching.changes(book):
                unready += not changed.ready

        counting = asyncio.create_task(count_unready())

        async def quote() -> None:
            price = Decimal(2_000) + rng.randint(-500, 500) * Decimal("0.01")
            side = rng.choice(("buy", "sell"))
            await quoting.place_order(market=market, side=side, price=price, quantity="0.0100")

        for _ in range(20):
            await asyncio.gather(*(quote() for _ in range(30)))
        shown = rest(f"depth?market={market}&limit=5000")
        await until(lambda: book.sequence == shown["sequence"])
        depth = book.depth()
        for levels, expected in ((depth.bids, shown["bids"]), (depth.asks, shown["asks"])):
            assert levels == tuple(Level(*map(Decimal, level)) for level in expected)
        assert len(depth.bids) > 20
        assert unready == 0
        counting.cancel()
        await quoting.cancel_all()
        await until(lambda: book.ready and not book.bids and not book.asks)


async def test_latest_states(url: str) -> None:
    async with AsyncClient(url, user_id=5) as client:
        async with (
            client.tickers() as tickers,
            client.market_states("TATA_INR") as states,
            client.book_tickers("TATA_INR") as tops,
            client.klines("TATA_INR", "1m") as klines,
        ):
            assert {one.market for one in await take(tickers, 3)} >= {"TATA_INR", "BTC_USDT"}
            assert (await take(states, 1))[0].state == "continuous"
            await take(tops, 1)
            await client.place_order(market="TATA_INR", side="buy", price=50, quantity=7)
            async with asyncio.timeout(DEADLINE_S):
                async for top in tops:
                    if top.bid == "50.00":
                        break
                await client.place_order(market="TATA_INR", side="sell", price=50, quantity=7)
                # The first one may be of trades before.
                async for candle in klines:
                    assert candle.interval == "1m"
                    if candle.close == "50.00":
                        break


def test_the_same_from_a_thread(url: str) -> None:
    with Client(url, user_id=6) as client, client.fills() as fills:
        start = fills.place
        order = client.place_order(market="TATA_INR", side="buy", price=60, quantity=3)
        client.place_order(market="TATA_INR", side="sell", price=60, quantity=3)
        taken = []
        for fill in fills:
            taken.append(fill)
            if len(taken) == 2:
                break
        assert order.order_id in {fill.order_id for fill in taken}
        place = fills.place
    with Client(url, user_id=6) as client, client.fills(after=start) as fills:
        assert [next(iter(fills)).position for _ in taken] == [fill.position for fill in taken]
        assert fills.place == place
