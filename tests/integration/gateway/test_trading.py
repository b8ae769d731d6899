"""Every kind of order and an operator's work, through two gateways, mesh, journal and a restart."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from gateway import examples
from scripts.launcher.demo import fund_demo_users
from tests.integration.gateway.services import Answer, Service, request
from tests.unit.gateway.orders import BUY, SELL
from tests.waiting import block_until

pytestmark = pytest.mark.integration

GOLD = {"market": "GOLD_INR", "side": "buy", "price": "5000", "quantity": "0.02", "user_id": "1"}


class Exchange:
    """A matcher and two gateways that know nothing of each other."""

    def __init__(self, stack: ExitStack, environment: dict[str, str]) -> None:
        self._stack = stack
        self._environment = environment
        self.matcher = self.start("matcher")
        self.ports = [self.start("gateway").port() for _ in range(2)]
        endpoint = f"ipc://{environment['TICKMESH_DATA_DIR']}/run/matcher-0.ipc"
        asyncio.run(fund_demo_users(endpoint, time.time_ns))

    def start(self, name: str) -> Service:
        service = self._stack.enter_context(Service(name, self._environment))
        if name == "matcher":
            service.wait_for("ready")
        return service

    def call(self, gateway: int, method: str, path: str, body: object = None) -> Any:
        answer: Answer = request(
            self.ports[gateway], method, f"/api/v1/{path}", body  # type: ignore[arg-type]
        )  # fmt: skip
        assert answer.status == 200, answer.body
        return answer.json

    def reached(self) -> bool:
        """Tell whether each gateway has an answer of the matcher that runs now.

        Health alone does not: a gateway that has not yet noticed a restart still says 200.
        """
        target = "/api/v1/balances?user_id=1"
        return all(request(port, "GET", target).status == 200 for port in self.ports)


@pytest.fixture
def exchange(redis_url: str, migrated_database_url: str) -> Iterator[Exchange]:
    with tempfile.TemporaryDirectory(prefix="tickmesh-gateway-") as folder, ExitStack() as stack:
        environment = {
            "TICKMESH_DATA_DIR": str(Path(folder)),
            "TICKMESH_HTTP_PORT": "0",
            "REDIS_URL": redis_url,
            "DATABASE_URL": migrated_database_url,
        }
        yield Exchange(stack, environment)


def test_a_market_made_here_trades_there_and_outlives_the_matcher(exchange: Exchange) -> None:
    call = exchange.call
    call(0, "POST", "admin/assets", examples.DEFINE_ASSET)
    call(0, "POST", "admin/markets", examples.DEFINE_MARKET)
    deposit = {"user_id": "2", "asset": "GOLD", "amount": "5", "reference": "gold"}
    assert call(1, "POST", "transfers/deposits", deposit)["status"] == "requested"
    assert call(0, "POST", "transfers/gold/confirm")["status"] == "confirmed"
    assert call(1, "POST", "order", GOLD)["status"] == "new"
    call(0, "PATCH", "admin/markets/GOLD_INR/rules", {"price_band": "0.5"})
    call(0, "PATCH", "admin/markets/GOLD_INR/state", {"state": "auction"})
    sell = {**GOLD, "side": "sell", "price": "4990", "quantity": "0.05", "user_id": "2"}
    assert call(1, "POST", "order", sell)["status"] == "new"
    before = call(1, "GET", "auction?market=GOLD_INR")
    assert (before["price"], before["quantity"], before["imbalance"]) == (
        "4990.00",
        "0.02",
        "-0.03",
    )
    assert exchange.matcher.stop() == 0
    exchange.matcher = exchange.start("matcher")
    block_until(exchange.reached)
    assert call(1, "GET", "auction?market=GOLD_INR") == before
    opened = call(1, "PATCH", "admin/markets/GOLD_INR/state", {"state": "continuous"})
    assert (opened["reference_price"], opened["rules"]["price_band"]) == ("4990.00", "0.500000")
    listed = {market["market"]: market for market in call(0, "GET", "markets")}
    assert listed["GOLD_INR"] == opened
    assert call(0, "GET", "transfers/gold")["status"] == "confirmed"


def test_orders_of_every_kind(exchange: Exchange) -> None:
    call = exchange.call
    pair = call(0, "POST", "order/oco", examples.PLACE_OCO)
    assert [order["status"] for order in pair["orders"]] == ["new", "waiting"]
    batch = call(
        1,
        "POST",
        "orders/batch",
        {"orders": [BUY, {**BUY, "price": "0.01"}, *[{**BUY, "price": "90"}] * 98]},
    )
    statuses = [outcome["status"] for outcome in batch["outcomes"]]
    assert statuses == [200, 422, *[200] * 98]
    ids = [int(one["order"]["order_id"]) for one in batch["outcomes"] if "order" in one]
    assert ids == sorted(ids)
    # The stop fires, and takes the other of its pair with it.
    call(0, "POST", "order", {**SELL, "price": "95", "quantity": "10"})
    call(0, "POST", "order", {**BUY, "price": "94", "user_id": "3"})
    call(0, "POST", "order", {**SELL, "price": "94", "quantity": "5"})
    states = [
        call(1, "GET", f"order?user_id=1&order_id={order['order_id']}")["status"]
        for order in pair["orders"]
    ]
    assert states == ["cancelled", "filled"]
    changed = call(
        1, "PATCH", "order",
        {"market": "TATA_INR", "user_id": "1", "order_id": str(ids[-1]), "quantity": "4"},
    )  # fmt: skip
    assert changed["quantity"] == "4"
    replaced = call(
        0, "POST", "order/replace", {"order_id": str(ids[-2]), "order": {**BUY, "price": "89"}}
    )
    assert replaced["order"]["price"] == "89.00"
    left = call(1, "DELETE", "orders?user_id=1&side=buy")
    assert left["is_complete"] is True
    assert call(0, "GET", "order/open?user_id=1") == []


def test_the_dead_man_s_switch_needs_nobody(exchange: Exchange) -> None:
    exchange.call(0, "POST", "order", BUY)
    exchange.call(1, "POST", "orders/cancel-all-after", {"timeout_ms": 50, "user_id": "1"})
    block_until(lambda: exchange.call(0, "GET", "order/open?user_id=1") == [])
    assert exchange.call(0, "GET", "account?user_id=1")["cancel_at"] is None
