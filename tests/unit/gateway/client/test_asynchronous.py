"""The client for asyncio over a real socket, against an exchange that follows a script."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from websockets.asyncio.client import ClientConnection

from gateway import examples
from gateway.client import (
    AsyncClient,
    ClosedError,
    ConnectionFailedError,
    OrderBook,
    OutcomeUnknownError,
    ProtocolError,
    RefusedError,
    UnavailableError,
)
from gateway.client.contents import EVENTS_MAX
from tests.unit.gateway.client.messages import (
    balance,
    delta,
    fill,
    kline,
    report,
    snapshot,
    start,
    ticker,
    trade,
)
from tests.unit.gateway.client.scripted import (
    DEADLINE_S,
    ScriptedConnection,
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


@asynccontextmanager
async def running(
    exchange: ScriptedExchange, **options: Any
) -> AsyncIterator[tuple[AsyncClient, ScriptedConnection]]:
    """A client, and its first connection."""
    client = AsyncClient(exchange.url, user_id=7, **options)
    connecting = asyncio.create_task(exchange.next_connection())
    async with client:
        yield client, await connecting


async def both(first: Awaitable[Result], second: Awaitable[object]) -> Result:
    """Do what the client does and what the exchange does; return what the client got."""
    async with asyncio.timeout(DEADLINE_S):
        got, _ = await asyncio.gather(first, second)
    return got


async def answering(connection: ScriptedConnection, method: str, result: object) -> dict[str, Any]:
    request = await connection.next_request(method)
    await connection.answer(request, result)
    return request


async def next_of(events: AsyncIterator[Result]) -> Result:
    async with asyncio.timeout(DEADLINE_S):
        return await anext(events)


async def test_an_order_and_its_answer(exchange: ScriptedExchange) -> None:
    async with running(exchange) as (client, connection):
        assert client.connected
        placing = answering(connection, "PLACE_ORDER", examples.PLACED_ORDER)
        order = await both(client.place_order(**ORDER), placing)
        assert order.status == "filled"
        assert order.fills[0].price == "100.00"
    assert not client.connected
    assert await connection.ended() == 1000


async def test_every_request_has_its_answer(exchange: ScriptedExchange) -> None:
    async with running(exchange) as (client, connection):
        old = {"market": "TATA_INR", "order_id": "23"}
        for asked, method, answer in (
            (client.amend_order(**old, price=1), "AMEND_ORDER", examples.AMENDED_ORDER),
            (client.cancel_order(**old), "CANCEL_ORDER", examples.CANCELLED_ORDER),
            (client.order(order_id=23), "GET_ORDER", examples.ORDER),
        ):
            assert (await both(asked, answering(connection, method, answer))).order_id == "23"
        replacing = answering(connection, "REPLACE_ORDER", examples.REPLACED_ORDER)
        replaced = await both(client.replace_order(old_order_id="23", **ORDER), replacing)
        assert replaced.cancelled.order_id == "23"
        assert replaced.order.order_id == "25"
        cancelling = answering(connection, "CANCEL_ALL", examples.CANCELLED_ALL)
        assert (await both(client.cancel_all(), cancelling)).cancelled_orders == 12
        setting = answering(connection, "CANCEL_ALL_AFTER", examples.SWITCHED_ACCOUNT)
        account = await both(client.cancel_all_after(timeout_ms=30_000), setting)
        assert account.cancel_at is not None
        listing = answering(connection, "GET_OPEN_ORDERS", [examples.ORDER])
        assert [one.order_id for one in await both(client.open_orders(), listing)] == ["23"]
        telling = answering(connection, "GET_BALANCES", [examples.BALANCE])
        assert (await both(client.balances(), telling))[0].available == "998999.00"


async def test_a_refusal_says_all_that_the_exchange_says(exchange: ScriptedExchange) -> None:
    async with running(exchange) as (client, connection):
        placing = asyncio.create_task(client.place_order(**ORDER))
        request = await connection.next_request("PLACE_ORDER")
        await connection.refuse(
            request, "OVERLOADED", status=429, field="price", request_id="ab", retry_after_s=2
        )
        with pytest.raises(RefusedError) as caught:
            await placing
        error = caught.value
        assert (error.code, error.message, error.status) == ("OVERLOADED", "because", 429)
        assert (error.field, error.request_id, error.retry_after_s) == ("price", "ab", 2)
        assert error.is_temporary


async def test_answers_may_come_in_any_order(exchange: ScriptedExchange) -> None:
    async with running(exchange) as (client, connection):
        asked = [asyncio.create_task(client.order(order_id=number)) for number in (1, 2)]
        requests = [await connection.next_request("GET_ORDER") for _ in asked]
        assert [request["params"]["order_id"] for request in requests] == [1, 2]
        for request in reversed(requests):
            number = str(request["params"]["order_id"])
            await connection.answer(request, {**examples.ORDER, "order_id": number})
        assert [order.order_id for order in await asyncio.gather(*asked)] == ["1", "2"]


async def test_without_an_answer_the_outcome_is_unknown(exchange: ScriptedExchange) -> None:
    async with running(exchange, timeout_s=0.2) as (client, _):
        with pytest.raises(OutcomeUnknownError) as caught:
            await client.place_order(**ORDER)
        name = caught.value.client_order_id
        assert name is not None
        assert name.endswith("-1")


async def test_an_order_is_sent_again_after_the_connection_broke(
    exchange: ScriptedExchange,
) -> None:
    async with running(exchange) as (client, connection):
        placing = asyncio.create_task(client.place_order(**ORDER))
        amending = asyncio.create_task(client.amend_order(market="M", order_id=1, price=1))
        first = await connection.next_request("PLACE_ORDER")
        await connection.next_request("AMEND_ORDER")
        connection.abort()
        again = await exchange.next_connection()
        second = await again.next_request("PLACE_ORDER")
        assert second["params"] == first["params"]
        assert second["params"]["client_order_id"]
        await again.answer(second, examples.PLACED_ORDER)
        assert (await placing).order_id == "24"
        with pytest.raises(OutcomeUnknownError):
            await amending
        assert client.reconnects == 1
        assert await again.is_idle()


async def test_what_is_asked_while_there_is_no_connection_waits_for_one(
    exchange: ScriptedExchange,
) -> None:
    async with running(exchange) as (client, connection):
        await connection.close()
        await until(lambda: not client.connected)
        asking = asyncio.create_task(client.balances())
        again = await exchange.next_connection()
        await answering(again, "GET_BALANCES", [])
        assert await asking == []


async def test_what_cannot_be_sent_in_time_is_safe_to_try_again(
    exchange: ScriptedExchange,
) -> None:
    async with running(exchange, timeout_s=0.2) as (client, _):
        await exchange.stop()
        await until(lambda: not client.connected)
        with pytest.raises(UnavailableError, match="nothing was sent"):
            await client.place_order(**ORDER)
        await exchange.start()


async def test_a_request_that_nobody_waits_for_is_not_sent(exchange: ScriptedExchange) -> None:
    async with running(exchange) as (client, _):
        await exchange.stop()
        await until(lambda: not client.connected)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.place_order(**ORDER), 0.01)
        await exchange.start()
        again = await exchange.next_connection()
        assert await again.is_idle()


async def test_a_message_that_was_too_long_for_the_exchange_is_not_repeated(
    exchange: ScriptedExchange,
) -> None:
    async with running(exchange) as (client, connection):
        placing = asyncio.create_task(client.place_order(**ORDER))
        await connection.next_request("PLACE_ORDER")
        await connection.close(1009)
        again = await exchange.next_connection()
        assert await again.is_idle()
        with pytest.raises(OutcomeUnknownError):
            await placing


async def test_a_full_exchange_is_asked_again_when_it_says(
    exchange: ScriptedExchange, caplog: pytest.LogCaptureFixture
) -> None:
    exchange.refuse_next(503, Retry_After="1")
    async with running(exchange) as (client, _):
        assert client.connected
        assert exchange.handshakes == 2
        assert re.search(r"HTTP 503; connecting again in 1\.\d\d s", caplog.text)


async def test_an_unknown_user_is_an_error_at_once(exchange: ScriptedExchange) -> None:
    async def refuse() -> None:
        connection = await exchange.next_connection(signs_in=False)
        await connection.refuse(await connection.next_request("SIGN_IN"), "INVALID_REQUEST")

    refusing = asyncio.create_task(refuse())
    with pytest.raises(RefusedError, match="INVALID_REQUEST"):
        async with AsyncClient(exchange.url, user_id="nobody"):
            pass
    await refusing
    assert exchange.handshakes == 1


async def test_nothing_stays_open_where_a_goodbye_is_cut_short(
    exchange: ScriptedExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    async def refuse() -> ScriptedConnection:
        connection = await exchange.next_connection(signs_in=False)
        await connection.refuse(await connection.next_request("SIGN_IN"), "INVALID_REQUEST")
        return connection

    monkeypatch.setattr(ClientConnection, "close", never)
    refusing = asyncio.create_task(refuse())
    with pytest.raises(RefusedError):
        async with AsyncClient(exchange.url, user_id=7):
            pass
    assert await (await refusing).ended() is None


async def test_a_wrong_address_is_an_error_at_once(exchange: ScriptedExchange) -> None:
    exchange.refuse_next(404)
    server_tasks = asyncio.all_tasks() - {asyncio.current_task()}
    with pytest.raises(ConnectionFailedError, match="HTTP 404"):
        async with AsyncClient(exchange.url):
            pass
    assert asyncio.all_tasks() == {asyncio.current_task()} | server_tasks
    with pytest.raises(ValueError, match="isn't a valid URI"):
        AsyncClient("http://127.0.0.1:9001")


async def test_where_nobody_listens_it_says_so_in_time(exchange: ScriptedExchange) -> None:
    await exchange.stop()
    with pytest.raises(ConnectionFailedError, match=r"no connection within 0\.3 s; .*Connect"):
        async with AsyncClient(exchange.url, timeout_s=0.3):
            pass
    await exchange.start()


async def test_a_sign_in_that_is_refused_for_now_is_tried_again(
    exchange: ScriptedExchange,
) -> None:
    async def refuse_once() -> None:
        connection = await exchange.next_connection(signs_in=False)
        await connection.refuse(await connection.next_request("SIGN_IN"), "NOT_READY")
        await connection.ended()
        await exchange.next_connection()

    refusing = asyncio.create_task(refuse_once())
    async with AsyncClient(exchange.url, user_id=7) as client:
        await refusing
        assert client.connected


async def test_a_sign_in_that_is_refused_for_now_is_the_reason_when_time_is_up(
    exchange: ScriptedExchange,
) -> None:
    async def refuse() -> None:
        while True:
            connection = await exchange.next_connection(signs_in=False)
            await connection.refuse(await connection.next_request("SIGN_IN"), "TOO_MANY_USERS")

    refusing = asyncio.create_task(refuse())
    with pytest.raises(RefusedError, match="TOO_MANY_USERS"):
        async with AsyncClient(exchange.url, user_id=7, timeout_s=0.3):
            pass
    refusing.cancel()


async def test_it_gives_up_when_it_was_told_to(exchange: ScriptedExchange) -> None:
    async with running(exchange, give_up_after_s=0.3) as (client, _):
        trades = aiter(client.trades("TATA_INR"))
        reading = asyncio.create_task(next_of(trades))
        streams = await exchange.next_connection()
        await streams.begin(TRADES)
        await exchange.stop()
        with pytest.raises(ConnectionFailedError, match=r"no connection for 0\.3 s"):
            await reading
        await until(lambda: not client.connected)
        with pytest.raises((ConnectionFailedError, UnavailableError)):
            await client.balances()
        await exchange.start()


async def test_time_in_which_no_stream_was_wanted_does_not_make_it_give_up(
    exchange: ScriptedExchange,
) -> None:
    loop = asyncio.get_running_loop()
    async with running(exchange, give_up_after_s=0.2) as (client, _):
        later_s = loop.time() + 0.3
        await until(lambda: loop.time() > later_s)
        exchange.refuse_next(503)
        entering = asyncio.create_task(client.trades("TATA_INR").__aenter__())
        await (await exchange.next_connection()).begin(TRADES)
        await entering


async def test_a_book_is_kept_in_step(exchange: ScriptedExchange) -> None:
    async with running(exchange) as (client, connection):

        async def begin() -> None:
            await connection.begin(DEPTH)
            await connection.tell(DEPTH, snapshot({"99.00": "5"}, {"101.00": "7"}))

        opening = asyncio.gather(*(client.order_book("TATA_INR") for _ in range(2)))
        book, same = await both(opening, begin())
        assert book is same
        assert book.ready
        changes = client.changes(book)
        assert await next_of(changes) is book
        after = ({"99.00": "5", "99.50": "1"}, {"101.00": "7"})
        await connection.tell(DEPTH, delta({"99.50": "1"}, {}, 2, after))
        assert await next_of(changes) is book
        assert book.best_bid == (Decimal("99.50"), 1)
        assert await client.order_book("TATA_INR") is book


async def test_a_gap_in_a_book_is_mended(exchange: ScriptedExchange) -> None:
    async with running(exchange) as (client, connection):

        async def begin() -> None:
            await connection.begin(DEPTH)
            await connection.tell(DEPTH, snapshot({"99.00": "5"}, {}))

        book = await both(client.order_book("TATA_INR"), begin())
        changes = client.changes(book)
        await next_of(changes)
        await connection.tell(DEPTH, delta({"99.00": "6"}, {}, 5, ({"99.00": "6"}, {})))
        await next_of(changes)
        assert not book.ready
        leaving = await connection.next_request("UNSUBSCRIBE")
        assert leaving["params"] == [DEPTH]
        await connection.answer(leaving)
        await connection.begin(DEPTH)
        await connection.tell(DEPTH, snapshot({"99.00": "6"}, {}, 5))
        await next_of(changes)
        assert book.sequence == 5


async def test_a_book_is_empty_while_there_is_no_connection(exchange: ScriptedExchange) -> None:
    async with running(exchange) as (client, connection):

        async def begin(on: ScriptedConnection) -> None:
            await on.begin(DEPTH)
            await on.tell(DEPTH, snapshot({"99.00": "5"}, {}))

        book = await both(client.order_book("TATA_INR"), begin(connection))
        changes = client.changes(book)
        await next_of(changes)
        await connection.close()
        await next_of(changes)
        assert not book.ready
        assert book.best_bid is None
        await begin(await exchange.next_connection())
        await next_of(changes)
        assert book.ready
    # Its end is the last change.
    await next_of(changes)
    assert not book.ready
    with pytest.raises(ClosedError):
        await next_of(changes)


async def test_a_book_that_has_ended_can_be_opened_anew(exchange: ScriptedExchange) -> None:
    async with running(exchange) as (client, connection):

        async def begin(on: ScriptedConnection) -> None:
            await on.begin(DEPTH)
            await on.tell(DEPTH, snapshot({}, {}))

        book = await both(client.order_book("TATA_INR"), begin(connection))
        await connection.close()
        again = await exchange.next_connection()
        await again.refuse(await again.next_request("SUBSCRIBE"), "UNKNOWN_MARKET")
        with pytest.raises(RefusedError, match="UNKNOWN_MARKET"):
            async for _ in client.changes(book):
                pass
        other = await both(client.order_book("TATA_INR"), begin(again))
        assert other is not book
        assert other.ready


async def test_an_unknown_market_is_an_error_at_once(exchange: ScriptedExchange) -> None:
    async with running(exchange) as (client, connection):
        for asked in (client.order_book("NOPE"), client.market_states("NOPE").__aenter__()):
            asking = asyncio.create_task(asked)
            await connection.refuse(await connection.next_request("SUBSCRIBE"), "UNKNOWN_MARKET")
            with pytest.raises(RefusedError, match="UNKNOWN_MARKET"):
                await asking

        with pytest.raises(ValueError, match="none of this client"):
            await next_of(client.changes(OrderBook("NOPE")))


async def test_a_stream_that_is_refused_for_now_is_an_error_only_when_time_is_up(
    exchange: ScriptedExchange,
) -> None:
    async with running(exchange, timeout_s=0.7) as (client, connection):
        asking = asyncio.create_task(client.order_book("TATA_INR"))
        await connection.refuse(await connection.next_request("SUBSCRIBE"), "NOT_READY")
        await connection.begin(DEPTH)
        await connection.tell(DEPTH, snapshot({}, {}))
        assert (await asking).ready
        with pytest.raises(RefusedError, match="NOT_READY"):
            await both(client.order_book("BTC_USDT"), refuse_all(connection))


async def refuse_all(connection: ScriptedConnection) -> None:
    while True:
        request = await connection.next_request("SUBSCRIBE")
        await connection.refuse(request, "NOT_READY")


async def test_trades_go_on_where_they_were(exchange: ScriptedExchange) -> None:
    async with running(exchange) as (client, _):
        trades = aiter(client.trades("TATA_INR", after=11))
        reading = asyncio.create_task(next_of(trades))
        streams = await exchange.next_connection()
        assert (await streams.begin(TRADES))["after"] == {TRADES: "11"}
        await streams.tell(TRADES, trade(12))
        await streams.tell(TRADES, trade(13))
        assert (await reading).trade_id == "12"
        streams.abort()
        streams = await exchange.next_connection()
        assert (await streams.begin(TRADES))["after"] == {TRADES: "13"}
        await streams.tell(TRADES, trade(13))
        await streams.tell(TRADES, trade(14))
        assert [(await next_of(trades)).trade_id for _ in range(2)] == ["13", "14"]


async def test_private_streams(exchange: ScriptedExchange) -> None:
    async with running(exchange) as (client, _):
        entering = asyncio.create_task(client.fills().__aenter__())
        streams = await exchange.next_connection()
        await streams.begin("fills")
        await streams.tell("fills", start("4710"))
        fills = await entering
        # The place before the first event, to go on after it in another process.
        assert fills.place == "4710"
        await streams.tell("fills", fill("4713.1"))
        assert (await next_of(aiter(fills))).position == "4713.1"
        assert fills.place == "4713.1"

        orders = client.orders(after="4710")
        reading = asyncio.create_task(next_of(aiter(orders)))
        assert (await streams.begin("orders"))["after"] == {"orders": "4710"}
        await streams.tell("orders", report("4711.2"))
        assert (await reading).order.order_id == "23"
        assert orders.place == "4711.2"


async def test_balance_changes_and_latest_states(exchange: ScriptedExchange) -> None:
    async with running(exchange) as (client, connection):
        changes = aiter(client.balance_changes(after=0))
        changing = asyncio.create_task(next_of(changes))
        streams = await exchange.next_connection()
        await streams.begin("balances")
        await streams.tell("balances", balance("4713.1"))
        assert (await changing).total == "600.00"
        for stream, events, data in (
            ("tickers", client.tickers(), [ticker()]),
            ("kline_1m@TATA_INR", client.klines("TATA_INR", "1m"), kline("2024")),
        ):
            iterator = aiter(events)
            reading = asyncio.create_task(next_of(iterator))
            await connection.begin(stream)
            await connection.tell(stream, data)
            assert (await reading).market == "TATA_INR"
            await iterator.aclose()
            await connection.answer(await connection.next_request("UNSUBSCRIBE"))


async def test_a_loop_that_is_left_ends_its_stream(exchange: ScriptedExchange) -> None:
    async with running(exchange) as (client, _):

        async def first_trade() -> str:
            async for one in client.trades("TATA_INR"):
                return one.trade_id
            raise AssertionError

        reading = asyncio.create_task(first_trade())
        streams = await exchange.next_connection()
        await streams.begin(TRADES)
        await streams.tell(TRADES, trade(1))
        assert await reading == "1"
        leaving = await streams.next_request("UNSUBSCRIBE")
        assert leaving["params"] == [TRADES]


async def test_a_stream_can_be_read_again_as_soon_as_its_loop_is_left(
    exchange: ScriptedExchange,
) -> None:
    async with running(exchange) as (client, _):

        async def first_trades() -> list[str]:
            taken = []
            for after in (None, "1"):
                async for one in client.trades("TATA_INR", after=after):
                    taken.append(one.trade_id)
                    break
            return taken

        reading = asyncio.create_task(first_trades())
        streams = await exchange.next_connection()
        await streams.begin(TRADES)
        await streams.tell(TRADES, trade(1))
        await streams.answer(await streams.next_request("UNSUBSCRIBE"))
        await streams.begin(TRADES)
        await streams.tell(TRADES, trade(2))
        assert await reading == ["1", "2"]


async def test_a_stream_that_was_entered_outlives_a_loop(exchange: ScriptedExchange) -> None:
    async with running(exchange) as (client, _):
        trades = client.trades("TATA_INR")
        entering = asyncio.create_task(trades.__aenter__())
        streams = await exchange.next_connection()
        await streams.begin(TRADES)
        await entering
        for number in (1, 2, 3):
            await streams.tell(TRADES, trade(number))
        taken = []
        for _ in range(2):
            async for one in trades:
                taken.append(one.trade_id)
                break
        taken += [one.trade_id for one in await trades.take(100)]
        assert taken == ["1", "2", "3"]
        with pytest.raises(ValueError, match="being read already"):
            await trades.__aenter__()
        with pytest.raises(ValueError, match="has one reader"):
            await client.trades("TATA_INR").__aenter__()
        waiting = asyncio.create_task(trades.take(1))
        await asyncio.sleep(0)
        await trades.__aexit__(None, None, None)
        assert await waiting == []
        for again in (trades.take(1), next_of(aiter(trades)), client.tickers().take(1)):
            with pytest.raises(ValueError, match="make another"):
                await again


async def test_a_stream_that_nobody_takes_from_stops_the_reading_and_holds_up_no_order(
    exchange: ScriptedExchange,
) -> None:
    async with running(exchange, timeout_s=2 * DEADLINE_S) as (client, connection):
        entering = asyncio.create_task(client.trades("TATA_INR", after=0).__aenter__())
        streams = await exchange.next_connection()
        await streams.begin(TRADES)
        trades = await entering
        told = 0
        wide = {**trade(1), "market": "M" * 20_000}

        async def tell() -> None:
            nonlocal told
            while told < 2 * EVENTS_MAX:
                await streams.tell(TRADES, {**wide, "trade_id": str(told + 1)})
                told += 1

        telling = asyncio.create_task(tell())
        await until(lambda: trades._plan.events.is_full)
        # TCP has room for some; then the exchange can write no more.
        stuck = await settled(lambda: told)
        assert EVENTS_MAX < stuck < 2 * EVENTS_MAX
        placing = answering(connection, "PLACE_ORDER", examples.PLACED_ORDER)
        assert (await both(client.place_order(**ORDER), placing)).order_id == "24"
        taken: list[str] = []
        while len(taken) < 2 * EVENTS_MAX:
            async with asyncio.timeout(DEADLINE_S):
                taken += [one.trade_id for one in await trades.take(100)]
        await telling
        assert taken == [str(number) for number in range(1, 2 * EVENTS_MAX + 1)]


async def settled(look: Any) -> int:
    """Wait until a number stays the same."""
    seen: list[int] = []

    def is_still() -> bool:
        seen.append(look())
        return len(seen) > 10 and len(set(seen[-10:])) == 1

    await until(is_still)
    return seen[-1]


async def test_a_client_with_a_full_stream_waits_for_no_goodbye(
    exchange: ScriptedExchange,
) -> None:
    async with running(exchange) as (client, _):
        entering = asyncio.create_task(client.trades("TATA_INR", after=0).__aenter__())
        streams = await exchange.next_connection()
        await streams.begin(TRADES)
        trades = await entering
        for number in range(1, EVENTS_MAX + 50):
            await streams.tell(TRADES, trade(number))
        await until(lambda: trades._plan.events.is_full)
    assert await streams.ended() is None


async def test_another_stream_begins_while_one_is_full(exchange: ScriptedExchange) -> None:
    async with running(exchange) as (client, _):
        entering = asyncio.create_task(client.trades("TATA_INR", after=0).__aenter__())
        streams = await exchange.next_connection()
        await streams.begin(TRADES)
        trades = await entering
        for number in range(1, EVENTS_MAX + 50):
            await streams.tell(TRADES, trade(number))
        await until(lambda: trades._plan.events.is_full)
        entering_fills = asyncio.create_task(client.fills(after=0).__aenter__())
        await streams.begin("fills")
        fills = await entering_fills
        await streams.tell("fills", fill("4711.1"))
        assert (await next_of(aiter(fills))).position == "4711.1"
        # What did not fit is told again, after what was taken.
        await streams.answer(await streams.next_request("UNSUBSCRIBE"))
        taken = [one.trade_id for one in await trades.take(EVENTS_MAX)]
        assert (await streams.begin(TRADES))["after"] == {TRADES: taken[-1]}


async def test_what_the_client_does_not_understand_ends_it(exchange: ScriptedExchange) -> None:
    async with running(exchange) as (client, connection):
        asking = asyncio.create_task(client.balances())
        await connection.next_request("GET_BALANCES")
        await connection.say_text("hello")
        with pytest.raises(OutcomeUnknownError):
            await asking
        with pytest.raises(ProtocolError):
            await client.balances()


async def test_leaving_the_client_ends_whoever_waits(exchange: ScriptedExchange) -> None:
    async with running(exchange) as (client, connection):
        asking = asyncio.create_task(client.balances())
        await connection.next_request("GET_BALANCES")
        reading = asyncio.create_task(next_of(aiter(client.tickers())))
        await connection.begin("tickers")
    with pytest.raises(OutcomeUnknownError):
        await asking
    with pytest.raises(ClosedError):
        await reading
    with pytest.raises(ClosedError):
        await client.balances()
    with pytest.raises(ClosedError):
        async with client:
            pass


async def test_before_it_is_entered_a_client_does_nothing() -> None:
    client = AsyncClient(user_id=1)
    assert not client.connected
    assert client.reconnects == 0
    with pytest.raises(ClosedError):
        await client.balances()
    with pytest.raises(ClosedError):
        client.tickers()
    for wrong in ({"timeout_s": 0}, {"give_up_after_s": -1}):
        with pytest.raises(ValueError, match="must be above 0"):
            AsyncClient(**wrong)  # type: ignore[arg-type]


async def test_an_exchange_that_stops_answering_is_left(exchange: ScriptedExchange) -> None:
    async with running(exchange, timeout_s=0.3) as (client, connection):
        asking = asyncio.create_task(client.order_book("TATA_INR"))
        await connection.next_request("SUBSCRIBE")
        with pytest.raises(UnavailableError, match="has not begun within"):
            await asking
        await exchange.next_connection()
        await until(lambda: client.connected)
        assert client.reconnects == 1
