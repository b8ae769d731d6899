"""The client for a thread: what it adds to the one for asyncio, over a real socket."""

import asyncio
import gc
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeVar

import pytest

from gateway import examples
from gateway.client import (
    Client,
    ClosedError,
    ConnectionFailedError,
    OrderBook,
    OutcomeUnknownError,
    RefusedError,
)
from proto.api.streams.market_data import TradeData
from tests.unit.gateway.client.messages import delta, fill, snapshot, start, trade
from tests.unit.gateway.client.scripted import (
    DEADLINE_S,
    ScriptedExchange,
    scripted_exchange,
)
from tests.waiting import until

ORDER: dict[str, Any] = {"market": "TATA_INR", "side": "buy", "quantity": 10, "price": "100"}
DEPTH = "depth@TATA_INR"
TRADES = "trades@TATA_INR"

Result = TypeVar("Result")


@pytest.fixture
async def exchange() -> AsyncIterator[ScriptedExchange]:
    async with scripted_exchange() as exchange:
        yield exchange


def using(exchange: ScriptedExchange, work: Callable[[Client], Result]) -> asyncio.Task[Result]:
    """Do something with a client in a thread, as a bot does."""

    def run() -> Result:
        with Client(exchange.url, user_id=7) as client:
            return work(client)

    return asyncio.create_task(asyncio.to_thread(run))


async def result(task: asyncio.Task[Result]) -> Result:
    async with asyncio.timeout(DEADLINE_S):
        return await task


async def test_an_order_and_its_answer(exchange: ScriptedExchange) -> None:
    placing = using(exchange, lambda client: (client.place_order(**ORDER), client.connected))
    connection = await exchange.next_connection()
    request = await connection.next_request("PLACE_ORDER")
    await connection.answer(request, examples.PLACED_ORDER)
    order, was_connected = await result(placing)
    assert order.fills[0].trade_id == "1"
    assert was_connected
    assert await connection.ended() == 1000


async def test_errors_are_raised_in_the_thread_of_the_user(exchange: ScriptedExchange) -> None:
    def place(client: Client) -> None:
        with pytest.raises(RefusedError, match="INSUFFICIENT_BALANCE"):
            client.place_order(**ORDER)
        with pytest.raises(TypeError, match="price must not be a float"):
            client.place_order(**{**ORDER, "price": 1.5})
        with pytest.raises(ValueError, match="none of this client"):
            next(client.changes(OrderBook("TATA_INR")))

    placing = using(exchange, place)
    connection = await exchange.next_connection()
    request = await connection.next_request("PLACE_ORDER")
    await connection.refuse(request, "INSUFFICIENT_BALANCE")
    await result(placing)


async def test_a_book_and_its_changes(exchange: ScriptedExchange) -> None:
    def follow(client: Client) -> list[int | None]:
        book = client.order_book("TATA_INR")
        seen: list[int | None] = []
        for changed in client.changes(book):
            assert changed is book
            seen.append(book.sequence)
            if book.sequence == 3:
                return seen
        raise AssertionError

    following = using(exchange, follow)
    connection = await exchange.next_connection()
    await connection.begin(DEPTH)
    await connection.tell(DEPTH, snapshot({"99.00": "5"}, {}))
    for sequence, quantity in ((2, "6"), (3, "7")):
        after = ({"99.00": quantity}, {})
        await connection.tell(DEPTH, delta({"99.00": quantity}, {}, sequence, after))
    seen = await result(following)
    assert seen == sorted(seen, key=lambda one: one or 0)
    assert seen[-1] == 3


async def test_a_loop_over_trades_that_is_left_ends_its_stream(
    exchange: ScriptedExchange,
) -> None:
    left = threading.Event()

    def read(client: Client) -> list[str]:
        taken: list[str] = []
        for one in client.trades("TATA_INR"):
            taken.append(one.trade_id)
            if len(taken) == 3:
                break
        gc.collect()
        left.wait(DEADLINE_S)
        return taken

    reading = using(exchange, read)
    await exchange.next_connection()
    streams = await exchange.next_connection()
    await streams.begin(TRADES)
    for number in range(1, 6):
        await streams.tell(TRADES, trade(number))
    assert (await streams.next_request("UNSUBSCRIBE"))["params"] == [TRADES]
    left.set()
    assert await result(reading) == ["1", "2", "3"]


async def test_a_stream_that_was_entered_loses_nothing_between_loops(
    exchange: ScriptedExchange,
) -> None:
    def read(client: Client) -> list[tuple[str, str | None]]:
        taken: list[tuple[str, str | None]] = []
        with client.fills() as fills:
            taken.append(("start", fills.place))
            while len(taken) < 4:
                for one in fills:
                    taken.append((one.position, fills.place))
                    break
        # Two events of the last batch were not taken; they went with the stream.
        with pytest.raises(ValueError, match="make another"):
            next(iter(fills))
        return taken

    reading = using(exchange, read)
    await exchange.next_connection()
    streams = await exchange.next_connection()
    await streams.begin("fills")
    await streams.tell("fills", start("4710"))
    for position in ("4711.1", "4711.2", "4712.1", "4712.2", "4712.3"):
        await streams.tell("fills", fill(position))
    places = ["4710", "4711.1", "4711.2", "4712.1"]
    assert await result(reading) == list(zip(["start", *places[1:]], places, strict=True))


async def test_leaving_the_client_ends_whoever_waits_in_another_thread(
    exchange: ScriptedExchange,
) -> None:
    client = Client(exchange.url, user_id=7)
    entering = asyncio.create_task(asyncio.to_thread(client.__enter__))
    connection = await exchange.next_connection()
    await entering
    asking = asyncio.create_task(asyncio.to_thread(client.balances))
    await connection.next_request("GET_BALANCES")
    stream = client.trades("TATA_INR")
    reading = asyncio.create_task(asyncio.to_thread(next, iter(stream)))
    await (await exchange.next_connection()).begin(TRADES)
    await asyncio.to_thread(client.__exit__, None, None, None)
    with pytest.raises(OutcomeUnknownError):
        await result(asking)
    with pytest.raises(ClosedError):
        await result(reading)
    assert not client.is_open
    for use in (client.balances, client.__enter__, lambda: client.order_book("TATA_INR")):
        with pytest.raises(ClosedError):
            use()


async def test_whatever_runs_in_the_thread_of_the_connections_ends_with_the_client(
    exchange: ScriptedExchange,
) -> None:
    client = Client(exchange.url)
    await asyncio.to_thread(client.__enter__)
    ending = asyncio.create_task(asyncio.to_thread(client.run, asyncio.sleep(0.1, "done")))
    endless = asyncio.create_task(asyncio.to_thread(client.run, asyncio.Event().wait()))
    await asyncio.to_thread(client.run, asyncio.sleep(0))
    await asyncio.to_thread(client.__exit__, None, None, None)
    assert await result(ending) == "done"
    with pytest.raises(ClosedError):
        await result(endless)


async def test_a_loop_may_end_after_its_client(exchange: ScriptedExchange) -> None:
    def read(client: Client) -> Iterator[TradeData]:
        trades = iter(client.trades("TATA_INR"))
        next(trades)
        return trades

    reading = using(exchange, read)
    await exchange.next_connection(signs_in=True)
    streams = await exchange.next_connection()
    await streams.begin(TRADES)
    await streams.tell(TRADES, trade(1))
    trades = await result(reading)
    await asyncio.to_thread(trades.close)  # type: ignore[attr-defined]


# Whoever started the tests may have asked for interruptions to be ignored, which is inherited.
INTERRUPTED = """
import asyncio
import signal
import sys
from gateway.client import Client
signal.signal(signal.SIGINT, signal.default_int_handler)
with Client(sys.argv[1], user_id=7) as client:
    try:
        client.place_order(market="TATA_INR", side="buy", quantity=10, price=100)
    except KeyboardInterrupt:
        client.run(asyncio.sleep(0))  # the other thread has heard of it
        print("interrupted", flush=True)
    print(client.balances())
"""


async def test_an_order_that_was_interrupted_is_not_sent_again(
    exchange: ScriptedExchange,
) -> None:
    bot = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", INTERRUPTED, exchange.url), stdout=asyncio.subprocess.PIPE
    )
    assert bot.stdout is not None
    connection = await exchange.next_connection()
    await connection.next_request("PLACE_ORDER")
    bot.send_signal(signal.SIGINT)
    assert await bot.stdout.readline() == b"interrupted\n"
    connection.abort()
    again = await exchange.next_connection()
    await again.answer(await again.next_request("GET_BALANCES"), [])
    assert await bot.stdout.readline() == b"[]\n"
    assert await bot.wait() == 0


async def test_no_thread_is_left_where_there_is_no_connection(exchange: ScriptedExchange) -> None:
    await exchange.stop()

    def enter() -> None:
        with Client(exchange.url, timeout_s=0.2):
            pass

    with pytest.raises(ConnectionFailedError):
        await asyncio.to_thread(enter)
    assert not any(thread.name == "tickmesh-client" for thread in threading.enumerate())
    await exchange.start()


async def test_it_comes_back_while_the_thread_of_the_user_is_busy(
    exchange: ScriptedExchange,
) -> None:
    returned = threading.Event()

    def wait(client: Client) -> int:
        returned.wait(DEADLINE_S)
        return client.reconnects

    waiting = using(exchange, wait)
    (await exchange.next_connection()).abort()
    again = await exchange.next_connection()
    assert await again.is_idle()
    await until(lambda: exchange.handshakes == 2)
    returned.set()
    assert await result(waiting) == 1


def test_before_it_is_entered_a_client_does_nothing() -> None:
    client = Client(user_id=1)
    assert not client.is_open
    assert not client.connected
    with pytest.raises(ClosedError):
        client.balances()
    with pytest.raises(ValueError, match="isn't a valid URI"):
        Client("nowhere")
