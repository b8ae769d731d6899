"""Transfers in two steps and between users, against the real engine."""

from typing import Any

import pytest

from gateway import examples
from gateway.app import App
from proto.commands import RequestTransfer, SettleTransfer
from proto.mesh.errors import OutcomeUnknownError
from tests.unit.gateway.asgi import Answer, call
from tests.unit.gateway.exchange import EngineExchange
from tests.unit.gateway.orders import BUY, SELL, place
from tests.unit.gateway.test_openapi import check_answer

TRANSFERS = "/api/v1/transfers"


async def post(app: App, path: str, body: dict[str, Any] | None = None) -> Answer:
    """Send, and hold the answer against the document."""
    answer = await call(app, "POST", f"{TRANSFERS}{path}", body)
    documented = path
    for step in ("confirm", "reject"):
        if path.endswith(step):
            documented = f"/{{reference}}/{step}"
    check_answer("POST", f"{TRANSFERS}{documented}", answer)
    return answer


async def shown(app: App, reference: str) -> Answer:
    answer = await call(app, "GET", f"{TRANSFERS}/{reference}")
    check_answer("GET", f"{TRANSFERS}/{{reference}}", answer)
    return answer


async def inr(app: App, user_id: int = 1) -> tuple[str, str]:
    """Total and held part of a user's balance."""
    balances = (await call(app, "GET", f"/api/v1/balances?user_id={user_id}")).json
    return next((b["total"], b["held"]) for b in balances if b["asset"] == "INR")


async def test_a_deposit_in_two_steps(app: App, exchange: EngineExchange) -> None:
    requested = await post(app, "/deposits", examples.REQUEST_DEPOSIT)
    assert requested.json == examples.DEPOSIT
    assert await inr(app) == ("1000000.00", "0.00")
    assert (await shown(app, "bank-4711")).json == examples.DEPOSIT
    confirmed = await post(app, "/bank-4711/confirm")
    assert confirmed.json == examples.CONFIRMED_DEPOSIT
    assert await inr(app) == ("1001000.00", "0.00")
    # Both steps again change nothing more.
    assert (await post(app, "/deposits", examples.REQUEST_DEPOSIT)).json == confirmed.json
    assert (await post(app, "/bank-4711/confirm", {})).json == confirmed.json
    assert await inr(app) == ("1001000.00", "0.00")
    request, settle = [
        message
        for message in exchange.messages
        if isinstance(message, RequestTransfer | SettleTransfer)
    ][:2]
    assert isinstance(request, RequestTransfer)
    assert request.request_id == int(requested.headers["x-request-id"], 16)
    assert settle.request_id == int(confirmed.headers["x-request-id"], 16)


async def test_a_withdrawal_holds_its_amount_until_it_is_settled(app: App) -> None:
    requested = await post(app, "/withdrawals", examples.REQUEST_WITHDRAWAL)
    assert requested.json == examples.WITHDRAWAL
    assert await inr(app) == ("1000000.00", "1000.00")
    rejected = await post(app, "/payout-12/reject")
    assert rejected.json == examples.REJECTED_WITHDRAWAL
    assert await inr(app) == ("1000000.00", "0.00")
    conflict = await post(app, "/payout-12/confirm")
    assert (conflict.status, conflict.code) == (409, "TRANSFER_SETTLED")
    second = {**examples.REQUEST_WITHDRAWAL, "reference": "payout-13"}
    await post(app, "/withdrawals", second)
    assert (await post(app, "/payout-13/confirm")).json["status"] == "confirmed"
    assert await inr(app) == ("999000.00", "0.00")


async def test_paying_another_user(app: App) -> None:
    paid = await post(app, "", examples.MAKE_TRANSFER)
    assert paid.json == examples.TRANSFER
    assert (await post(app, "", examples.MAKE_TRANSFER)).json == paid.json
    assert (await inr(app), (await inr(app, 2))[0]) == (("999750.00", "0.00"), "1000250.00")
    assert (await shown(app, "rent-january")).json == examples.TRANSFER


@pytest.mark.parametrize(
    ("path", "change", "status", "code", "field"),
    [
        ("", {"amount": "251"}, 409, "DUPLICATE_REFERENCE", "reference"),
        ("", {"reference": "other", "amount": "1000000.01"}, 422, "INSUFFICIENT_BALANCE", None),
        ("/withdrawals", {"amount": "251"}, 409, "DUPLICATE_REFERENCE", "reference"),
    ],
)
async def test_what_the_rules_forbid(
    app: App, path: str, change: dict[str, str], status: int, code: str, field: str | None
) -> None:
    await post(app, "", examples.MAKE_TRANSFER)
    body = {**examples.MAKE_TRANSFER, **change}
    if path:
        del body["to_user_id"]
    answer = await post(app, path, body)
    assert (answer.status, answer.code, answer.json.get("field")) == (status, code, field)


async def test_an_outcome_that_is_unknown_says_how_to_find_out(
    app: App, exchange: EngineExchange
) -> None:
    await call(app, "GET", "/api/v1/balances?user_id=1")
    exchange.failure = OutcomeUnknownError("no answer within 5 s")
    answer = await post(app, "/deposits", examples.REQUEST_DEPOSIT)
    assert (answer.status, answer.code) == (504, "OUTCOME_UNKNOWN")
    assert "GET /api/v1/transfers/bank-4711" in answer.json["detail"]


async def test_fees_are_paid_out_once(app: App) -> None:
    path = "/api/v1/admin/fees/collect"
    early = await call(app, "POST", path, examples.COLLECT_FEES)
    assert (early.status, early.code) == (422, "INSUFFICIENT_BALANCE")
    await place(app, BUY)
    await place(app, SELL)
    for _ in range(2):
        answer = await call(app, "POST", path, examples.COLLECT_FEES)
        check_answer("POST", path, answer)
        assert answer.json == examples.COLLECTED_FEES
    # 1,000.00 and a fee of 0.50 were paid, all fees came back.
    assert await inr(app) == ("999001.00", "0.00")


async def test_an_account(app: App) -> None:
    shown = await call(app, "GET", "/api/v1/account?user_id=1")
    check_answer("GET", "/api/v1/account", shown)
    assert shown.json == examples.ACCOUNT
    path = "/api/v1/admin/accounts/1"
    changed = await call(app, "PATCH", path, examples.SET_ACCOUNT)
    check_answer("PATCH", "/api/v1/admin/accounts/{user_id}", changed)
    assert changed.json == examples.CHANGED_ACCOUNT
    grouped = await call(app, "PATCH", path, {"group_id": "7"})
    # What is left out stays as it was.
    assert grouped.json == {**examples.CHANGED_ACCOUNT, "group_id": "7"}
    assert (await call(app, "PATCH", path, {"group_id": 0})).json == changed.json
    # An account's own way is taken where an order says nothing.
    await place(app, BUY)
    taker = (await place(app, {**SELL, "user_id": "1"})).json
    assert (taker["status"], taker["fills"]) == ("cancelled", [])


async def test_a_frozen_user_only_cancels(app: App) -> None:
    order_id = (await place(app, BUY)).json["order_id"]
    await call(app, "PATCH", "/api/v1/admin/accounts/1", {"is_frozen": True})
    assert (await place(app, BUY)).code == "USER_FROZEN"
    assert (await post(app, "", examples.MAKE_TRANSFER)).code == "USER_FROZEN"
    query = f"market=TATA_INR&user_id=1&order_id={order_id}"
    assert (await call(app, "DELETE", f"/api/v1/order?{query}")).status == 200
