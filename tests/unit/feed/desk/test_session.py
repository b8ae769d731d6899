"""The order of requests, what may be in flight, and what becomes of a connection that goes."""

import asyncio
import gc
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosedOK

from feed.desk.allowance import IN_FLIGHT_MAX
from feed.desk.listings import LISTS_MAX
from proto.commands import (
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    Command,
    DefineMarket,
    PlaceOrder,
)
from proto.markets import read_markets
from proto.queries import BalancesQuery, MarketsQuery, OpenOrdersQuery
from proto.replies import Reply
from tests.unit.feed.desk.connections import (
    BUY,
    SELL,
    Connection,
    GatedExchange,
    Message,
    know_markets,
    make_desk,
)
from tests.unit.gateway.exchange import MARKETS_FILE, EngineExchange
from tests.waiting import until


class TurnExchange(EngineExchange):
    """Sends like the mesh: what comes in one turn of the event loop leaves together."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[list[Message]] = []
        self._outbox: list[Message] = []

    async def send(self, message: Message) -> Reply:
        loop = asyncio.get_running_loop()
        if not self._outbox:
            loop.call_soon(self._flush)
        self._outbox.append(message)
        answered: asyncio.Future[None] = loop.create_future()
        loop.call_later(0, answered.set_result, None)
        await answered
        return await super().send(message)

    def _flush(self) -> None:
        self.frames.append(self._outbox)
        self._outbox = []


def new_market(exchange: EngineExchange) -> DefineMarket:
    """A market like TATA_INR, which nobody knows yet."""
    _, markets = read_markets(MARKETS_FILE)
    fields = {name: getattr(markets[0], name) for name in markets[0].__struct_fields__}
    highest = max(market.market_id for market in markets)
    fields |= {"name": "NEW_INR", "market_id": highest + 1}
    return DefineMarket(0, type(markets[0])(**fields))


async def settled(connection: Connection) -> None:
    await until(lambda: connection.session.in_flight == 0)


async def test_requests_of_one_turn_travel_in_one_frame_in_their_order() -> None:
    exchange = TurnExchange()
    connection = Connection(make_desk(exchange))
    await know_markets(connection)
    exchange.frames.clear()
    for number in range(50):
        await connection.send("PLACE_ORDER", {**BUY, "client_order_id": f"n{number}"})
        await connection.send(
            "CANCEL_ORDER", {"market": "TATA_INR", "client_order_id": f"n{number}"}
        )
    await connection.send("CANCEL_ALL", {})
    await settled(connection)
    (frame,) = exchange.frames
    kinds = [type(message) for message in frame]
    assert kinds == [*([PlaceOrder, CancelOrder] * 50), CancelAll]
    names = [m.client_order_id for m in frame if isinstance(m, PlaceOrder | CancelOrder)]
    assert names == [f"n{number}" for number in range(50) for _ in range(2)]
    assert [answer["id"] for answer in connection.answers if "result" not in answer] == []


async def test_nobody_waits_for_the_answer_to_another() -> None:
    exchange = GatedExchange(PlaceOrder)
    connection = Connection(make_desk(exchange))
    await know_markets(connection)
    slow = await connection.send("PLACE_ORDER", BUY)
    assert "result" in await connection.ask("CANCEL_ALL_AFTER", {"timeout_ms": 0})
    assert connection.session.in_flight == 1
    exchange.gate.set()
    assert (await connection.answer_of(slow))["result"]["status"] == "new"
    assert connection.session.in_flight == 0


async def test_a_market_that_is_not_known_holds_back_what_comes_after_it() -> None:
    exchange = GatedExchange(MarketsQuery)
    exchange.gate.set()
    desk = make_desk(exchange)
    connection, other = Connection(desk), Connection(desk, 2)
    await know_markets(connection)
    exchange.apply(new_market(exchange))
    exchange.gate.clear()
    exchange.left.clear()
    await connection.send("PLACE_ORDER", BUY)
    first = await connection.send("PLACE_ORDER", {**BUY, "market": "NEW_INR"})
    unknown = await connection.send("PLACE_ORDER", {**BUY, "market": "NONE_INR"})
    await connection.send("PLACE_ORDER", SELL)
    await connection.send("CANCEL_ALL_AFTER", {"timeout_ms": 0})
    again = await connection.send("CANCEL_ORDER", {"market": "NEW_INR", "order_id": "1"})
    await until(lambda: any(isinstance(message, MarketsQuery) for message in exchange.left))
    # Others do not wait for this connection.
    await other.result("CANCEL_ALL", {})
    await connection.send("CANCEL_ALL", {})
    commands = [message for message in exchange.left if isinstance(message, Command)]
    assert [(type(m), getattr(m, "user_id", 0)) for m in commands] == [
        (PlaceOrder, 1),
        (CancelAll, 2),
    ]
    exchange.gate.set()
    await settled(connection)
    sent = [m for m in exchange.left if isinstance(m, Command) and m.user_id == 1]
    assert [type(message) for message in sent] == [
        *(PlaceOrder, PlaceOrder, PlaceOrder, CancelAllAfter, CancelOrder, CancelAll),
    ]
    assert [m.request_id for m in sent] == sorted(m.request_id for m in sent)
    assert (await connection.answer_of(first))["result"]["market"] == "NEW_INR"
    assert (await connection.answer_of(unknown))["error"]["code"] == "UNKNOWN_MARKET"
    assert (await connection.answer_of(again))["error"]["code"] == "UNKNOWN_ORDER"


async def test_what_comes_while_those_held_back_leave_stays_behind_them() -> None:
    exchange = GatedExchange(MarketsQuery)
    connection = Connection(make_desk(exchange))
    for number in range(20):
        await connection.send("PLACE_ORDER", {**BUY, "client_order_id": f"n{number}"})
    await until(lambda: bool(exchange.left))
    exchange.gate.set()
    # Those held back leave one after the other; in each turn in between another one comes.
    for number in range(20, 60):
        await connection.send("PLACE_ORDER", {**BUY, "client_order_id": f"n{number}"})
        await asyncio.sleep(0)
    await settled(connection)
    names = [m.client_order_id for m in exchange.left if isinstance(m, PlaceOrder)]
    assert names == [f"n{number}" for number in range(60)]


async def test_a_malformed_request_holds_back_nobody() -> None:
    exchange = GatedExchange(MarketsQuery)
    connection = Connection(make_desk(exchange))
    await connection.send("PLACE_ORDER", BUY)
    error = await connection.error("PLACE_ORDER", {**BUY, "size": "1"})
    assert (error["code"], error["field"]) == ("UNKNOWN_FIELD", "size")
    assert connection.session.in_flight == 1
    exchange.gate.set()
    await settled(connection)


async def test_more_in_flight_than_the_bound_is_refused() -> None:
    exchange = GatedExchange(BalancesQuery)
    desk = make_desk(exchange)
    connection, other = Connection(desk), Connection(desk)
    for _ in range(IN_FLIGHT_MAX):
        await connection.send("GET_BALANCES")
    error = await connection.error("CANCEL_ALL", {})
    assert (error["code"], error["status"], error["retry_after_s"]) == ("OVERLOADED", 429, 1)
    assert len(error["request_id"]) == 16
    assert "nothing was taken" in error["message"]
    # The bound is that of one connection.
    assert "result" in await other.ask("CANCEL_ALL", {})
    await until(lambda: len(exchange.left) == IN_FLIGHT_MAX + 1)
    assert not any(isinstance(message, CancelAll) for message in exchange.left[:-1])
    exchange.gate.set()
    await settled(connection)
    assert len(connection.answers) == IN_FLIGHT_MAX + 1
    assert "result" in await connection.ask("CANCEL_ALL", {})


async def test_too_many_a_second_are_refused_with_their_id() -> None:
    exchange = EngineExchange()
    connection = Connection(make_desk(exchange))
    for _ in range(10):
        for _ in range(200):
            await connection.send("GET_ORDER", b"7")
        await settled(connection)
    sent = len(exchange.messages)
    error = await connection.error("CANCEL_ALL", {})
    assert (error["code"], error["retry_after_s"]) == ("RATE_LIMITED", 1)
    assert set(error) == {"code", "message", "request_id", "retry_after_s"}
    assert connection.session.refusals == 1
    assert len(exchange.messages) == sent


async def test_a_client_that_does_not_read_is_bounded_by_what_is_in_flight() -> None:
    exchange = EngineExchange()
    connection = Connection(make_desk(exchange))
    await know_markets(connection)
    connection.room.clear()
    for _ in range(IN_FLIGHT_MAX):
        await connection.send("CANCEL_ALL", {})
    await until(lambda: len(exchange.messages) == IN_FLIGHT_MAX + 2)
    assert connection.session.in_flight == IN_FLIGHT_MAX
    # The reader itself waits now, with the refusal, and takes nothing more from the socket.
    reading = asyncio.create_task(connection.send("CANCEL_ALL", {}))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not reading.done()
    connection.room.set()
    refused = await reading
    assert (await connection.answer_of(refused))["error"]["code"] == "OVERLOADED"
    await settled(connection)
    assert len(connection.answers) == IN_FLIGHT_MAX + 2


async def test_lists_of_orders_are_made_one_at_a_time() -> None:
    exchange = EngineExchange()
    connection = Connection(make_desk(exchange))
    await know_markets(connection)
    exchange.messages.clear()
    connection.room.clear()
    for _ in range(3):
        await connection.send("GET_OPEN_ORDERS")
    await connection.send("CANCEL_ALL", {})
    await until(lambda: any(isinstance(m, CancelAll) for m in exchange.messages))
    for _ in range(20):
        await asyncio.sleep(0)
    assert [type(m) for m in exchange.messages].count(OpenOrdersQuery) == 1
    connection.room.set()
    await settled(connection)
    assert [type(m) for m in exchange.messages].count(OpenOrdersQuery) == 3


async def test_a_feed_has_few_lists_under_way() -> None:
    exchange = EngineExchange()
    desk = make_desk(exchange)
    stuck = [Connection(desk) for _ in range(LISTS_MAX)]
    for connection in stuck:
        connection.room.clear()
        await connection.send("GET_OPEN_ORDERS")
    await until(lambda: [type(m) for m in exchange.messages].count(OpenOrdersQuery) == LISTS_MAX)
    other = Connection(desk)
    refused = await other.error("GET_OPEN_ORDERS")
    assert (refused["code"], refused["retry_after_s"]) == ("OVERLOADED", 1)
    # Nothing else is held up, and a place is free again when one has been taken, or has gone.
    await other.result("GET_BALANCES")
    stuck[0].room.set()
    await settled(stuck[0])
    assert await other.result("GET_OPEN_ORDERS") == []
    stuck[1].failure = ConnectionClosedOK(None, None)
    stuck[1].room.set()
    await settled(stuck[1])
    assert await other.result("GET_OPEN_ORDERS") == []


async def test_what_a_connection_asked_for_before_it_went_is_sent_and_not_answered() -> None:
    exchange = GatedExchange(MarketsQuery, PlaceOrder)
    connection = Connection(make_desk(exchange))
    await connection.send("PLACE_ORDER", BUY)
    await connection.send("CANCEL_ALL", {})
    connection.session.close()
    exchange.gate.set()
    await settled(connection)
    assert connection.answers == []
    assert [type(m) for m in exchange.left if isinstance(m, Command)] == [PlaceOrder, CancelAll]


async def test_lists_for_a_connection_that_has_gone_are_not_made() -> None:
    exchange = GatedExchange(OpenOrdersQuery)
    connection = Connection(make_desk(exchange))
    for _ in range(3):
        await connection.send("GET_OPEN_ORDERS")
    await until(lambda: bool(exchange.left))
    connection.session.close()
    exchange.gate.set()
    await settled(connection)
    assert len(exchange.left) == 1


@pytest.mark.parametrize("failure", [ConnectionClosedOK(None, None), ConnectionResetError()])
async def test_a_connection_that_breaks_leaves_nothing_behind(failure: Exception) -> None:
    complaints: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    connection = Connection(make_desk(EngineExchange()))
    connection.failure = failure
    await connection.send("GET_BALANCES")
    await connection.send("CANCEL_ALL", {})
    await settled(connection)
    del connection
    gc.collect()
    await asyncio.sleep(0)
    assert complaints == []


async def test_ids_come_back_as_they_were() -> None:
    connection = Connection(make_desk(EngineExchange()))
    for message_id in (0, -(2**53) + 1, "", "ä" * 64, None):
        for params in (b"{}", b"7"):
            connection.answers.clear()
            await connection.session.take(message_id, "GET_BALANCES", params, None)
            await until(lambda: bool(connection.answers))
            assert connection.answers[0]["id"] == message_id
