"""Batches: each command has an outcome of its own, and they keep their order."""

import asyncio
from typing import Any

import pytest

from gateway import examples
from gateway.app import App
from proto.commands import CancelOrder, Command, PlaceOrder
from proto.mesh.errors import MeshError, NotTakenError, OutcomeUnknownError
from proto.queries import Query
from proto.replies import Reply
from tests.unit.gateway.asgi import Answer, call
from tests.unit.gateway.exchange import EngineExchange
from tests.unit.gateway.orders import BUY, SELL, but_for, place
from tests.unit.gateway.test_openapi import check_answer
from tests.waiting import until

PATH = "/api/v1/orders/batch"


async def send(app: App, method: str, orders: list[dict[str, Any]]) -> Answer:
    answer = await call(app, method, PATH, {"orders": orders})
    check_answer(method, PATH, answer)
    return answer


async def test_each_order_has_its_outcome(app: App, exchange: EngineExchange) -> None:
    orders = [
        SELL,
        {**BUY, "market": "NOPE"},
        {**BUY, "price": "100.01"},
        {**BUY, "quantity": "1000000", "price": "1000"},
        but_for(BUY, "price"),
        {**BUY, "quantity": "4"},
    ]
    answer = await send(app, "POST", orders)
    assert answer.status == 200
    outcomes = answer.json["outcomes"]
    assert [outcome["status"] for outcome in outcomes] == [200, 404, 422, 422, 400, 200]
    codes = [outcome["problem"]["code"] for outcome in outcomes[1:5]]
    assert codes == [
        *("UNKNOWN_MARKET", "PRICE_NOT_ON_TICK", "INSUFFICIENT_BALANCE", "MISSING_FIELD"),
    ]
    assert outcomes[0]["order"]["status"] == "new"
    # The last one was applied after the first.
    assert [fill["quantity"] for fill in outcomes[5]["order"]["fills"]] == ["4"]
    for outcome in outcomes[1:5]:
        assert outcome["problem"]["request_id"] == outcome["request_id"]
        assert outcome["problem"]["status"] == outcome["status"]
    sent = [message for message in exchange.messages if isinstance(message, PlaceOrder)]
    ids = [int(outcomes[number]["request_id"], 16) for number in (0, 3, 5)]
    assert [command.request_id for command in sent] == ids
    assert answer.headers["x-request-id"] == outcomes[0]["request_id"]
    assert len({outcome["request_id"] for outcome in outcomes}) == len(orders)


async def test_the_documented_batch(app: App) -> None:
    await place(app, BUY)
    answer = await send(app, "POST", examples.PLACE_BATCH["orders"])  # type: ignore[arg-type]
    filled, refused = answer.json["outcomes"]
    of_the_session = ("order_id", "created_at", "updated_at")
    assert but_for(filled["order"], *of_the_session) == but_for(
        examples.PLACED_ORDER, *of_the_session
    )
    documented = examples.PLACED_BATCH["outcomes"][1]["problem"]  # type: ignore[index]
    assert but_for(refused["problem"], "request_id") == but_for(documented, "request_id")


async def test_cancelling_several(app: App, exchange: EngineExchange) -> None:
    ids = [(await place(app, BUY)).json["order_id"] for _ in range(3)]
    common = {"market": "TATA_INR", "user_id": "1"}
    answer = await send(
        app,
        "DELETE",
        [{**common, "order_id": ids[0]}, {**common, "order_id": str(2**61)}, common,
         {**common, "order_id": ids[2]}],
    )  # fmt: skip
    outcomes = answer.json["outcomes"]
    assert [outcome["status"] for outcome in outcomes] == [200, 404, 400, 200]
    assert [outcomes[number]["order"]["order_id"] for number in (0, 3)] == [ids[0], ids[2]]
    assert outcomes[0]["order"]["status"] == "cancelled"
    listed = (await call(app, "GET", "/api/v1/order/open?user_id=1")).json
    assert [order["order_id"] for order in listed] == [ids[1]]
    assert sum(isinstance(message, CancelOrder) for message in exchange.messages) == 3


@pytest.mark.parametrize(
    ("failure", "status", "code", "retry_after_s"),
    [
        (
            NotTakenError("the matcher is away", overloaded=False, retry_after_s=3),
            *(503, "MATCHER_UNAVAILABLE", 3),
        ),
        (NotTakenError("too much is in flight", overloaded=True), 429, "OVERLOADED", 1),
        (OutcomeUnknownError("no answer within 5 s"), 504, "OUTCOME_UNKNOWN", None),
    ],
)
async def test_what_fails_on_the_way_is_the_outcome_of_that_order(
    app: App,
    exchange: EngineExchange,
    monkeypatch: pytest.MonkeyPatch,
    failure: MeshError,
    status: int,
    code: str,
    retry_after_s: int | None,
) -> None:
    apply = exchange.send

    async def fail_sometimes(message: Command | Query) -> Reply:
        if isinstance(message, PlaceOrder) and message.quantity_lots == 7:
            raise failure
        return await apply(message)

    monkeypatch.setattr(exchange, "send", fail_sometimes)
    answer = await send(app, "POST", [BUY, {**BUY, "quantity": "7"}, BUY])
    outcomes = answer.json["outcomes"]
    assert [outcome["status"] for outcome in outcomes] == [200, status, 200]
    assert outcomes[1]["problem"]["code"] == code
    assert [outcome.get("retry_after_s") for outcome in outcomes] == [None, retry_after_s, None]


async def test_all_leave_in_one_turn_of_the_loop(
    app: App, exchange: EngineExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    await call(app, "GET", "/api/v1/depth?market=TATA_INR")
    turns: list[list[Command | Query]] = []
    apply = exchange.send

    async def collect(message: Command | Query) -> Reply:
        # As the mesh does: what is sent before the loop comes around leaves together.
        if not turns:
            turns.append([])
            asyncio.get_running_loop().call_soon(turns.append, [])
        turns[-1].append(message)
        return await apply(message)

    monkeypatch.setattr(exchange, "send", collect)
    await send(app, "POST", [{**BUY, "quantity": str(n)} for n in range(1, 41)])
    lots = [command.quantity_lots for command in turns[0] if isinstance(command, PlaceOrder)]
    assert lots == list(range(1, 41))


async def test_a_batch_counts_for_all_its_commands(
    app: App, exchange: EngineExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    await call(app, "GET", "/api/v1/depth?market=TATA_INR")
    too_many = await send(app, "POST", [{**BUY, "quantity": "1"}] * 65)
    assert (too_many.status, too_many.code) == (429, "OVERLOADED")
    gate, apply = asyncio.Event(), exchange.send
    arrived: list[Command | Query] = []

    async def wait(message: Command | Query) -> Reply:
        arrived.append(message)
        await gate.wait()
        return await apply(message)

    monkeypatch.setattr(exchange, "send", wait)
    most = asyncio.create_task(send(app, "POST", [{**BUY, "quantity": "1"}] * 63))
    await until(lambda: len(arrived) == 63)
    one = asyncio.create_task(place(app, BUY))
    await until(lambda: len(arrived) == 64)
    assert (await place(app, BUY)).status == 429
    assert (await send(app, "POST", [BUY, BUY])).status == 429
    gate.set()
    assert ((await most).status, (await one).status) == (200, 200)
    # All of it has been given back.
    assert (await send(app, "POST", [{**BUY, "quantity": "1"}] * 64)).status == 200
