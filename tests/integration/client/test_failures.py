"""The client while processes of the exchange are killed: nothing is lost, nothing comes twice."""

import asyncio
import os
import random
import signal
from decimal import Decimal
from typing import TypeVar

import pytest

from gateway.client import AsyncClient, AsyncStream, OutcomeUnknownError, RefusedError
from scripts.faults.exchange import OwnExchange
from tests.integration.client.conftest import Rest
from tests.waiting import until

pytestmark = pytest.mark.integration

ORDERS = 300
MARKET = "ETH_USDT"
USERS = {"feed": 7, "matcher": 8}

Event = TypeVar("Event")


async def trade(client: AsyncClient, number: int, rng: random.Random) -> str | None:
    """Place an order, most of which match; return its name, or None where nobody knows."""
    name = f"order-{number}"
    order = {"market": MARKET, "side": rng.choice(("buy", "sell")), "quantity": 1}
    price = Decimal(1_000) + rng.randint(-5, 5)
    while True:
        try:
            await client.place_order(**order, price=price, client_order_id=name)  # type: ignore[misc]
        except OutcomeUnknownError:
            return None
        except RefusedError as error:
            if not error.is_temporary:
                raise
            # The matcher is away, and took nothing.
            await asyncio.sleep(0.05)
        else:
            return name


async def collect(stream: AsyncStream[Event], into: list[Event]) -> None:
    async for event in stream:
        into.append(event)


@pytest.mark.parametrize("service", list(USERS))
async def test_a_killed_process_costs_nothing_but_time(
    service: str, exchange: OwnExchange, rest: Rest
) -> None:
    url, user_id, rng = exchange.surroundings.ws_url, USERS[service], random.Random(3)
    known_trades = {one["trade_id"] for one in rest(f"trades?market={MARKET}&limit=1000")}
    async with (
        AsyncClient(url, user_id=user_id) as trading,
        AsyncClient(url, user_id=user_id) as reading,
        reading.trades(MARKET) as trades,
        reading.orders() as reports,
        reading.fills() as fills,
    ):
        book = await reading.order_book(MARKET)
        told = ([], [], [])  # type: ignore[var-annotated]
        collecting = [
            asyncio.create_task(collect(stream, into))
            for stream, into in zip((trades, reports, fills), told, strict=True)
        ]
        placed: set[str | None] = set()
        for number in range(ORDERS):
            placed.add(await trade(trading, number, rng))
            if number % 100 == 50:
                for pid in exchange.pids()[service]:
                    os.kill(pid, signal.SIGKILL)
        await exchange.wait_healthy()
        await trading.cancel_all()
        last = await trading.place_order(market=MARKET, side="buy", price=10, quantity=1)
        await trading.cancel_order(market=MARKET, order_id=last.order_id)

        def history() -> list[dict[str, str]]:
            listed: list[dict[str, str]] = rest(f"orders?user_id={user_id}&limit=1000")
            return listed if listed and listed[0]["status"] == "cancelled" else []

        await until(lambda: [one for one in history() if one["order_id"] == last.order_id])
        new_trades = [
            one["trade_id"]
            for one in reversed(rest(f"trades?market={MARKET}&limit=1000"))
            if one["trade_id"] not in known_trades
        ]
        assert len(new_trades) > ORDERS // 10
        await until(lambda: told[1] and told[1][-1].order.status == "cancelled"
                    and told[1][-1].order.order_id == last.order_id)  # fmt: skip
        await until(lambda: len(told[0]) >= len(new_trades))
        assert [one.trade_id for one in told[0]] == new_trades
        # Both sides of each trade are this user's.
        await until(lambda: len(told[2]) >= 2 * len(new_trades))
        assert sorted(one.trade_id for one in told[2]) == sorted(2 * new_trades)
        accepted = [one.order.client_order_id for one in told[1] if one.event == "accepted"]
        assert sorted(accepted) == sorted(one["client_order_id"] for one in history())
        assert placed - {None} <= set(accepted)
        shown = rest(f"depth?market={MARKET}")
        await until(lambda: book.sequence == shown["sequence"])
        if service == "feed":
            assert reading.reconnects >= 2
        for task in collecting:
            task.cancel()
