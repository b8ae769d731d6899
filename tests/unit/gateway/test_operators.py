"""Operators create, change, freeze, halt and cancel, against the real engine."""

import asyncio
from typing import Any

import pytest

from gateway import examples
from gateway.app import App, create_app
from gateway.history import History
from gateway.resources import operators
from proto.api.answers import Build
from proto.commands import CancelAll, Command, DefineAsset, DefineMarket
from proto.database import Database
from proto.mesh.errors import NotTakenError
from proto.queries import Query
from proto.replies import CancelAllReply, Reply
from tests.unit.gateway.asgi import Answer, call
from tests.unit.gateway.exchange import EngineExchange
from tests.unit.gateway.orders import BUY, SELL, place
from tests.unit.gateway.test_openapi import check_answer

ADMIN = "/api/v1/admin"
MARKET = f"{ADMIN}/markets/TATA_INR"


async def change(app: App, last: str, body: dict[str, Any], market: str = "TATA_INR") -> Answer:
    answer = await call(app, "PATCH", f"{ADMIN}/markets/{market}/{last}", body)
    check_answer("PATCH", f"{ADMIN}/markets/{{market}}/{last}", answer)
    return answer


async def create(app: App, what: str, body: dict[str, Any]) -> Answer:
    answer = await call(app, "POST", f"{ADMIN}/{what}", body)
    check_answer("POST", f"{ADMIN}/{what}", answer)
    return answer


async def listed(app: App, market: str = "TATA_INR") -> dict[str, Any]:
    answer = await call(app, "GET", "/api/v1/markets")
    check_answer("GET", "/api/v1/markets", answer)
    found: dict[str, Any] = next(one for one in answer.json if one["market"] == market)
    return found


@pytest.fixture
def other_app(exchange: EngineExchange) -> App:
    """Another gateway of the same exchange."""
    history = History(
        Database("postgresql://nobody@127.0.0.1:1/nothing", exchange.clock_ns, "test", 4)
    )
    return create_app(exchange, history, exchange.clock_ns, Build("0", "interpreted"), {})


async def test_a_market_is_created_and_trades_at_once_through_every_gateway(
    app: App, other_app: App, exchange: EngineExchange
) -> None:
    gold = {**BUY, "market": "GOLD_INR", "price": "5000", "quantity": "0.02"}
    # Both gateways have just heard that there is no such market.
    assert {(await place(one, gold)).code for one in (app, other_app)} == {"UNKNOWN_MARKET"}
    assert (await create(app, "assets", examples.DEFINE_ASSET)).json == examples.ASSET
    created = await create(app, "markets", examples.DEFINE_MARKET)
    assert created.json == examples.NEW_MARKET
    assert (await place(other_app, gold)).json["status"] == "new"
    assert (await place(app, gold)).json["price"] == "5000.00"
    assert await listed(other_app, "GOLD_INR") == examples.NEW_MARKET
    # Created once, however often it is sent, and by whom.
    assert (await create(other_app, "assets", examples.DEFINE_ASSET)).json == examples.ASSET
    assert (await create(other_app, "markets", examples.DEFINE_MARKET)).json == created.json
    commands = [m for m in exchange.messages if isinstance(m, DefineAsset | DefineMarket)]
    assert len(commands) == 2
    balances = (await call(other_app, "GET", "/api/v1/balances?user_id=1")).json
    assert balances[-1]["asset"] == "GOLD"


async def test_another_definition_of_the_same_name_is_a_conflict(app: App) -> None:
    await create(app, "assets", examples.DEFINE_ASSET)
    await create(app, "markets", examples.DEFINE_MARKET)
    asset = await create(app, "assets", {**examples.DEFINE_ASSET, "decimals": 4})
    assert (asset.status, asset.code, asset.json["field"]) == (409, "ALREADY_DEFINED", "asset")
    market = await create(app, "markets", {**examples.DEFINE_MARKET, "maker_fee": "0"})
    assert (market.status, market.code, market.json["field"]) == (409, "ALREADY_DEFINED", "market")


async def test_of_two_who_create_at_the_same_time_one_counts_further(
    app: App, other_app: App, exchange: EngineExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply = exchange.send

    async def late(message: Command | Query) -> Reply:
        # Everybody looks before anybody acts.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return await apply(message)

    monkeypatch.setattr(exchange, "send", late)
    created = await asyncio.gather(
        create(app, "assets", {"asset": "GOLD", "decimals": 3}),
        create(other_app, "assets", {"asset": "SILVER", "decimals": 2}),
    )
    assert [answer.json["asset"] for answer in created] == ["GOLD", "SILVER"]
    numbers = [m.asset.asset_id for m in exchange.messages if isinstance(m, DefineAsset)]
    assert sorted(numbers) == [6, 6, 7]


async def test_what_was_changed_is_answered_and_shown(app: App) -> None:
    for last, body, expected in (
        ("rules", examples.SET_RULES, examples.MARKET_WITH_RULES),
        ("rules", {"price_band": "0", "max_open_orders": 20_000}, examples.MARKET),
        ("fees", examples.SET_FEES, examples.MARKET_WITH_TIER),
        ("fees", {**examples.SET_FEES, "maker_fee": "0.0005", "taker_fee": "0.001"}, None),
        ("reference-price", examples.SET_REFERENCE_PRICE, None),
    ):
        answer = await change(app, last, body)
        assert answer.status == 200
        assert answer.json == await listed(app)
        if expected is not None:
            assert answer.json == expected
    assert (await listed(app))["reference_price"] == "100.00"


async def test_only_the_rules_that_are_given_change(app: App) -> None:
    await change(app, "rules", {"volatility_limit": "0.05", "auction_ms": 60_000})
    rules = (await change(app, "rules", {"reference_ms": 0, "market_order_collar": "0.01"})).json[
        "rules"
    ]
    assert rules == {
        "price_band": "0.000000",
        "market_order_collar": "0.010000",
        "volatility_limit": "0.050000",
        "auction_ms": 60_000,
        "reference_ms": 0,
        "max_open_orders": 20_000,
        "max_stop_orders": 20_000,
    }
    refused = await change(app, "rules", {"auction_ms": 0})
    assert (refused.status, refused.code) == (422, "INVALID_RULES")


async def test_rules_bind_orders(app: App) -> None:
    await change(app, "reference-price", {"price": "100"})
    await change(app, "rules", {"price_band": "0.1"})
    far = await place(app, {**BUY, "price": "89.95"})
    assert (far.status, far.code) == (422, "PRICE_OUT_OF_BAND")
    assert (await place(app, {**BUY, "price": "90"})).status == 200


async def test_an_auction(app: App) -> None:
    called = await change(app, "state", examples.SET_STATE)
    assert called.json["state"] == "auction"
    assert called.json["auction_ends_at"].startswith("2024-01-01T12:01:00.")
    await place(app, BUY)
    await place(app, {**SELL, "quantity": "15", "price": "99"})
    assert (await place(app, {**BUY, "time_in_force": "IOC"})).code == "MARKET_NOT_OPEN"
    shown = await call(app, "GET", "/api/v1/auction?symbol=TATA_INR")
    check_answer("GET", "/api/v1/auction", shown)
    assert {**shown.json, "ends_at": None} == {
        **examples.AUCTION,
        "ends_at": None,
        "price": "99.00",
    }
    assert shown.json["ends_at"] == called.json["auction_ends_at"]
    opened = await change(app, "state", {"state": "CONTINUOUS"})
    assert (opened.json["state"], opened.json["auction_ends_at"]) == ("continuous", None)
    assert opened.json["reference_price"] == "99.00"
    quiet = (await call(app, "GET", "/api/v1/auction?market=BTC_USDT")).json
    assert (quiet["price"], quiet["quantity"], quiet["imbalance"]) == (None, "0.00000", "0.00000")


async def test_a_halted_market_lets_only_the_operator_cancel(app: App) -> None:
    order_id = (await place(app, BUY)).json["order_id"]
    await change(app, "state", {"state": "halted"})
    assert (await place(app, BUY)).code == "MARKET_NOT_OPEN"
    query = f"market=TATA_INR&user_id=1&order_id={order_id}"
    refused = await call(app, "DELETE", f"/api/v1/order?{query}")
    assert (refused.status, refused.code) == (422, "MARKET_NOT_OPEN")
    done = await call(app, "DELETE", f"{ADMIN}/orders?market=TATA_INR")
    check_answer("DELETE", f"{ADMIN}/orders", done)
    assert done.json == {"cancelled_orders": 1, "is_complete": True}


async def test_freezing_an_asset(app: App) -> None:
    path = f"{ADMIN}/assets/INR"
    for is_frozen, code in ((True, "ASSET_FROZEN"), (False, None)):
        answer = await call(app, "PATCH", path, {"is_frozen": is_frozen})
        check_answer("PATCH", f"{ADMIN}/assets/{{asset}}", answer)
        assert answer.json == {**examples.FROZEN_ASSET, "is_frozen": is_frozen}
        placed = await place(app, BUY)
        assert placed.json.get("code") == code
    again = await create(app, "assets", {"asset": "INR", "decimals": 2})
    assert again.json["is_frozen"] is False


class Counting:
    """Answers each CancelAll with some orders cancelled, and some left until the last one."""

    def __init__(self, exchange: EngineExchange, complete_after: int, fail_at: int) -> None:
        self.sent: list[CancelAll] = []
        self._apply = exchange.send
        self._complete_after = complete_after
        self._fail_at = fail_at

    async def send(self, message: Command | Query) -> Reply:
        if not isinstance(message, CancelAll):
            return await self._apply(message)
        self.sent.append(message)
        count = len(self.sent)
        if count == self._fail_at:
            raise NotTakenError("the matcher is away", overloaded=False)
        return CancelAllReply(message.request_id, 10_000, count >= self._complete_after)


@pytest.mark.parametrize(
    ("complete_after", "fail_at", "commands", "answer"),
    [
        (3, 0, 3, {"cancelled_orders": 30_000, "is_complete": True}),
        (10**9, 0, operators.CANCEL_COMMANDS_MAX, {
            "cancelled_orders": 10_000 * operators.CANCEL_COMMANDS_MAX, "is_complete": False,
        }),
        (3, 3, 3, {"cancelled_orders": 20_000, "is_complete": False}),
        (3, 1, 1, None),
    ],
)  # fmt: skip
async def test_a_whole_market_is_cancelled_in_several_commands_within_a_bound(
    app: App,
    exchange: EngineExchange,
    monkeypatch: pytest.MonkeyPatch,
    complete_after: int,
    fail_at: int,
    commands: int,
    answer: dict[str, Any] | None,
) -> None:
    await call(app, "GET", "/api/v1/depth?market=TATA_INR")
    counting = Counting(exchange, complete_after, fail_at)
    monkeypatch.setattr(exchange, "send", counting.send)
    got = await call(app, "DELETE", f"{ADMIN}/orders?market=TATA_INR")
    assert len(counting.sent) == commands
    assert len({command.request_id for command in counting.sent}) == commands
    assert counting.sent[0].request_id == int(got.headers["x-request-id"], 16)
    assert {(command.user_id, command.market_id) for command in counting.sent} == {(0, 1)}
    if answer is None:
        assert (got.status, got.code) == (503, "MATCHER_UNAVAILABLE")
    else:
        assert (got.status, got.json) == (200, answer)
