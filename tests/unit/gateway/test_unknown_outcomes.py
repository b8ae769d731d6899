"""What a client is told where no answer came: only what is applied once may just be sent again."""

from typing import Any, Final

import pytest

from gateway import examples
from gateway.app import App
from proto.commands import Command, DefineAsset, SettleTransfer
from proto.mesh.errors import NotTakenError, OutcomeUnknownError
from proto.queries import MarketsQuery, Query
from proto.replies import Reply
from tests.unit.gateway.asgi import call
from tests.unit.gateway.exchange import EngineExchange
from tests.unit.gateway.orders import BUY

LATE: Final = OutcomeUnknownError("no answer within 5 s")
AGAIN: Final = "send the same again"
NAMED: Final = {**BUY, "client_order_id": "mine"}
STOP: Final = {
    **{name: value for name, value in BUY.items() if name != "price"},
    "type": "stop_loss",
    "trigger_price": "120",
}
ADMIN: Final = "/api/v1/admin"
MARKET: Final = f"{ADMIN}/markets/TATA_INR"
Body = dict[str, Any] | None

# Method, address, body; whether it may just be sent again; where to look.
CALLS: Final[list[tuple[str, str, Body, bool, str]]] = [
    ("POST", "/api/v1/order", NAMED, True, "GET /api/v1/order shows"),
    ("POST", "/api/v1/order", BUY, False, "a second time"),
    ("PATCH", "/api/v1/order", examples.AMEND_ORDER, False, "GET /api/v1/order shows"),
    ("DELETE", "/api/v1/order", examples.CANCEL_ORDER, True, "GET /api/v1/order shows"),
    ("POST", "/api/v1/order/replace", {"order_id": "1", "order": NAMED}, True, "/order shows"),
    ("POST", "/api/v1/order/replace", {"order_id": "1", "order": BUY}, False, "is still open"),
    ("POST", "/api/v1/order/oco", {"orders": [NAMED, STOP]}, True, "GET /api/v1/order shows"),
    ("POST", "/api/v1/order/oco", {"orders": [BUY, STOP]}, False, "a second time"),
    ("DELETE", "/api/v1/orders", {"user_id": "1"}, False, "GET /api/v1/order/open shows"),
    (
        *("POST", "/api/v1/orders/cancel-all-after", examples.CANCEL_ALL_AFTER),
        *(False, "GET /api/v1/account"),
    ),
    ("POST", "/api/v1/transfers", examples.MAKE_TRANSFER, True, "/transfers/rent-january shows"),
    ("POST", "/api/v1/transfers/some/confirm", None, True, "/transfers/some shows"),
    ("POST", f"{ADMIN}/fees/collect", examples.COLLECT_FEES, True, "GET /api/v1/transfers/"),
    ("POST", f"{ADMIN}/assets", examples.DEFINE_ASSET, True, "GET /api/v1/balances"),
    (
        *("POST", f"{ADMIN}/markets", {**examples.DEFINE_MARKET, "base": "BTC"}),
        *(True, "GET /api/v1/markets"),
    ),
    ("PATCH", f"{ADMIN}/assets/INR", examples.FREEZE_ASSET, False, "is_frozen"),
    ("PATCH", f"{ADMIN}/accounts/1", examples.SET_ACCOUNT, False, "GET /api/v1/account"),
    ("PATCH", f"{MARKET}/state", examples.SET_STATE, False, "GET /api/v1/markets"),
    ("PATCH", f"{MARKET}/rules", examples.SET_RULES, False, "GET /api/v1/markets"),
    ("PATCH", f"{MARKET}/fees", examples.SET_FEES, False, "GET /api/v1/markets"),
    (
        *("PATCH", f"{MARKET}/reference-price", examples.SET_REFERENCE_PRICE),
        *(False, "GET /api/v1/markets"),
    ),
    ("DELETE", f"{ADMIN}/orders?market=TATA_INR", None, False, "GET /api/v1/depth shows"),
]


class Failing:
    """Fails for messages of some types."""

    def __init__(self, exchange: EngineExchange, types: object) -> None:
        self._send = exchange.send
        self._types: Any = types

    async def send(self, message: Command | Query) -> Reply:
        if isinstance(message, self._types):
            raise LATE
        return await self._send(message)


@pytest.mark.parametrize(("method", "target", "body", "again", "where"), CALLS)
async def test_each_command_says_what_to_do(
    app: App,
    exchange: EngineExchange,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    target: str,
    body: Body,
    again: bool,
    where: str,
) -> None:
    monkeypatch.setattr(exchange, "send", Failing(exchange, Command).send)
    answer = await call(app, method, target, body)
    assert (answer.status, answer.code) == (504, "OUTCOME_UNKNOWN")
    detail = answer.json["detail"]
    assert "may or may not have been applied" in detail
    assert where in detail
    assert (AGAIN in detail) is again
    assert ("look before you send it again" in detail) is not again


@pytest.mark.parametrize(
    "target", ["order?user_id=1&order_id=1", "depth?market=TATA_INR", "account?user_id=1"]
)
async def test_a_question_has_changed_nothing(
    app: App, exchange: EngineExchange, target: str
) -> None:
    await call(app, "GET", "/api/v1/depth?market=TATA_INR")
    exchange.failure = LATE
    answer = await call(app, "GET", f"/api/v1/{target}")
    assert (answer.status, answer.code) == (504, "OUTCOME_UNKNOWN")
    assert "nothing was changed: ask again" in answer.json["detail"]


@pytest.mark.parametrize(("method", "target", "body", "_again", "_where"), CALLS)
async def test_where_the_look_up_of_a_name_fails_nothing_was_sent(
    app: App,
    exchange: EngineExchange,
    method: str,
    target: str,
    body: Body,
    _again: bool,
    _where: str,
) -> None:
    exchange.failure = LATE
    answer = await call(app, method, target, body)
    if exchange.messages and not isinstance(exchange.messages[0], MarketsQuery):
        # It names neither a market nor an asset.
        assert len(exchange.messages) == 1
        assert answer.status == 504
        return
    assert (answer.status, answer.code) == (503, "MATCHER_UNAVAILABLE")
    assert "nothing was taken" in answer.json["detail"]
    assert answer.headers["retry-after"] == "1"
    assert not any(isinstance(message, Command) for message in exchange.messages)


async def test_a_name_that_cannot_be_looked_up_fails_its_own_order_only(
    app: App, exchange: EngineExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    await call(app, "GET", "/api/v1/depth?market=TATA_INR")
    monkeypatch.setattr(exchange, "send", Failing(exchange, MarketsQuery).send)
    orders = [BUY, {**BUY, "market": "NEW_INR"}, BUY]
    answer = await call(app, "POST", "/api/v1/orders/batch", {"orders": orders})
    assert answer.status == 200
    outcomes = answer.json["outcomes"]
    assert [outcome["status"] for outcome in outcomes] == [200, 503, 200]
    assert "nothing was taken" in outcomes[1]["problem"]["detail"]
    rows = [{**examples.CANCEL_ORDER, "market": name} for name in ("NEW_INR", "TATA_INR")]
    cancelled = await call(app, "DELETE", "/api/v1/orders/batch", {"orders": rows})
    assert [outcome["status"] for outcome in cancelled.json["outcomes"]] == [503, 404]


async def test_what_was_applied_is_not_said_to_be_untaken(
    app: App, exchange: EngineExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "send", Failing(exchange, MarketsQuery).send)
    confirmed = await call(app, "POST", "/api/v1/transfers/demo-1-INR/confirm")
    assert (confirmed.status, confirmed.code) == (504, "OUTCOME_UNKNOWN")
    assert AGAIN in confirmed.json["detail"]
    assert isinstance(exchange.messages[0], SettleTransfer)


async def test_an_asset_that_was_sent_is_not_said_to_be_unsent(
    app: App, exchange: EngineExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply = exchange.send

    async def away_afterwards(message: Command | Query) -> Reply:
        if any(isinstance(sent, DefineAsset) for sent in exchange.messages):
            raise NotTakenError("the matcher is away", overloaded=False)
        return await apply(message)

    monkeypatch.setattr(exchange, "send", away_afterwards)
    answer = await call(app, "POST", f"{ADMIN}/assets", examples.DEFINE_ASSET)
    assert (answer.status, answer.code) == (504, "OUTCOME_UNKNOWN")
    assert AGAIN in answer.json["detail"]
