"""Orders that ask for something special: what is sent to the matcher, and what is shown of it."""

from typing import Any

import pytest

from gateway.app import App
from proto.codes import (
    CANCEL_OLDEST,
    DAY,
    DECREMENT,
    GTC,
    GTD,
    IOC,
    LIMIT,
    MARKET,
    STOP_LOSS,
    TAKE_PROFIT,
    TRAILING_STOP,
)
from proto.commands import OrderTerms, PlaceOrder
from tests.unit.gateway.asgi import call
from tests.unit.gateway.exchange import EngineExchange
from tests.unit.gateway.orders import BUY, SELL, but_for, place
from tests.unit.gateway.test_openapi import check_answer

SECOND_NS = 1_000_000_000
# 2024-01-01T12:00:00Z, shortly before the orders of these tests.
NOON_MS = 1_704_110_400_000
MARKET_BUY = {**but_for(BUY, "price"), "type": "market"}
STOP_BUY = {**MARKET_BUY, "type": "stop_loss", "trigger_price": "120"}
TRAILING_SELL = {**MARKET_BUY, "side": "sell", "type": "trailing_stop"}


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (BUY, (LIMIT, GTC, 2_000, 10, None)),
        ({**BUY, "slide": False, "post_only": False}, (LIMIT, GTC, 2_000, 10, None)),
        (MARKET_BUY, (MARKET, IOC, 0, 10, None)),
        ({**BUY, "time_in_force": "day"}, (LIMIT, DAY, 2_000, 10, None)),
        (
            {**BUY, "time_in_force": "GTD", "expires_at": "2024-01-01T12:00:10Z"},
            (LIMIT, GTD, 2_000, 10, OrderTerms(expires_ns=NOON_MS * 10**6 + 10 * SECOND_NS)),
        ),
        (
            {**BUY, "time_in_force": "GTD", "expires_at": NOON_MS + 5_000},
            (LIMIT, GTD, 2_000, 10, OrderTerms(expires_ns=NOON_MS * 10**6 + 5 * SECOND_NS)),
        ),
        ({**BUY, "display_quantity": "2"}, (LIMIT, GTC, 2_000, 10, OrderTerms(display_lots=2))),
        (
            {**but_for(MARKET_BUY, "quantity"), "quote_amount": "1000.5"},
            (MARKET, IOC, 0, 0, OrderTerms(quote_amount=100_050)),
        ),
        (
            {**BUY, "post_only": True, "slide": True},
            (LIMIT, GTC, 2_000, 10, OrderTerms(slide=True)),
        ),
        (
            STOP_BUY,
            (MARKET, GTC, 0, 10, OrderTerms(trigger=STOP_LOSS, trigger_price_ticks=2_400)),
        ),
        (
            {**STOP_BUY, "type": "Stop_Loss_Limit", "price": "121"},
            (LIMIT, GTC, 2_420, 10, OrderTerms(trigger=STOP_LOSS, trigger_price_ticks=2_400)),
        ),
        (
            {**STOP_BUY, "type": "take_profit", "time_in_force": "DAY"},
            (MARKET, DAY, 0, 10, OrderTerms(trigger=TAKE_PROFIT, trigger_price_ticks=2_400)),
        ),
        (
            {**STOP_BUY, "type": "TAKE_PROFIT_LIMIT", "price": 121},
            (LIMIT, GTC, 2_420, 10, OrderTerms(trigger=TAKE_PROFIT, trigger_price_ticks=2_400)),
        ),
        (
            {**TRAILING_SELL, "trail_amount": "5"},
            (MARKET, GTC, 0, 10, OrderTerms(trigger=TRAILING_STOP, trail_ticks=100)),
        ),
        (
            {**TRAILING_SELL, "trail_bps": 50},
            (MARKET, GTC, 0, 10, OrderTerms(trigger=TRAILING_STOP, trail_bps=50)),
        ),
        (
            {**BUY, "self_trade_prevention": "DECREMENT"},
            (LIMIT, GTC, 2_000, 10, OrderTerms(self_trade=DECREMENT)),
        ),
        (
            {**MARKET_BUY, "self_trade_prevention": "cancel_oldest"},
            (MARKET, IOC, 0, 10, OrderTerms(self_trade=CANCEL_OLDEST)),
        ),
    ],
)
async def test_what_is_sent(
    app: App, exchange: EngineExchange, order: dict[str, Any], expected: tuple[object, ...]
) -> None:
    answer = await place(app, order)
    assert answer.status == 200, answer.body
    check_answer("POST", "/api/v1/order", answer)
    sent = exchange.messages[-1]
    assert isinstance(sent, PlaceOrder)
    assert expected == (
        sent.order_type,
        sent.time_in_force,
        sent.price_ticks,
        sent.quantity_lots,
        sent.terms,
    )


@pytest.mark.parametrize(
    ("order", "shown"),
    [
        (BUY, {}),
        (
            {**BUY, "time_in_force": "GTD", "expires_at": NOON_MS + 5_000},
            {"time_in_force": "GTD", "expires_at": "2024-01-01T12:00:05.000000Z"},
        ),
        (
            {**BUY, "time_in_force": "DAY"},
            {"time_in_force": "DAY", "expires_at": "2024-01-02T00:00:00.000000Z"},
        ),
        ({**BUY, "display_quantity": "2"}, {"display_quantity": "2"}),
        (
            STOP_BUY,
            {"type": "stop_loss", "status": "waiting", "price": None, "trigger_price": "120.00"},
        ),
        (
            {**STOP_BUY, "type": "stop_loss_limit", "price": "121"},
            {
                "type": "stop_loss_limit", "status": "waiting", "price": "121.00",
                "trigger_price": "120.00",
            },
        ),
        (
            {**TRAILING_SELL, "trail_amount": "5"},
            {"type": "trailing_stop", "status": "waiting", "price": None, "trail_amount": "5.00"},
        ),
        (
            {**TRAILING_SELL, "trail_bps": 50},
            {"type": "trailing_stop", "status": "waiting", "price": None, "trail_bps": 50},
        ),
        (
            {**BUY, "self_trade_prevention": "cancel_both"},
            {"self_trade_prevention": "cancel_both"},
        ),
    ],
)  # fmt: skip
async def test_what_is_shown(app: App, order: dict[str, Any], shown: dict[str, Any]) -> None:
    placed = (await place(app, order)).json
    common = {
        "order_id", "client_order_id", "user_id", "market", "side", "type", "time_in_force",
        "post_only", "price", "quantity", "executed_quantity", "remaining_quantity",
        "executed_quote_quantity", "fee", "status", "created_at", "updated_at", "fills",
    }  # fmt: skip
    assert set(placed) == common | set(shown)
    assert {name: placed[name] for name in shown} == shown
    found = await call(app, "GET", f"/api/v1/order?user_id=1&order_id={placed['order_id']}")
    assert found.json == but_for(placed, "fills")
    (listed,) = (await call(app, "GET", "/api/v1/order/open?user_id=1")).json
    assert listed == found.json


async def test_spending_an_amount(app: App) -> None:
    await place(app, {**SELL, "quantity": "30"})
    order = {**but_for(MARKET_BUY, "quantity"), "quote_amount": "1002"}
    bought = (await place(app, order)).json
    # Ten cost 1,000.00 and a fee of 1.00; eleven would cost more than the amount.
    assert (bought["quantity"], bought["executed_quote_quantity"]) == ("10", "1000.00")
    assert (bought["status"], bought["fee"], bought["quote_amount"]) == (
        "filled",
        "1.00",
        "1002.00",
    )


async def test_a_stop_fires(app: App) -> None:
    stop = {**but_for(SELL, "price"), "type": "stop_loss", "trigger_price": "100", "user_id": "3"}
    waiting = (await place(app, stop)).json
    assert waiting["status"] == "waiting"
    await place(app, {**BUY, "quantity": "30"})
    await place(app, SELL)
    found = await call(app, "GET", f"/api/v1/order?user_id=3&order_id={waiting['order_id']}")
    assert (found.json["status"], found.json["executed_quantity"]) == ("filled", "10")
    assert (found.json["type"], found.json["trigger_price"]) == ("stop_loss", "100.00")


async def test_a_rebate_is_a_negative_fee(app: App) -> None:
    fees = {"maker_fee": "-0.0005", "taker_fee": "0.001"}
    path = "/api/v1/admin/markets/TATA_INR/fees"
    assert (await call(app, "PATCH", path, fees)).json["maker_fee"] == "-0.000500"
    resting = (await place(app, BUY)).json
    await place(app, SELL)
    found = await call(app, "GET", f"/api/v1/order?user_id=1&order_id={resting['order_id']}")
    assert (found.json["fee"], found.json["status"]) == ("-0.50", "filled")
    check_answer("GET", "/api/v1/order", found)


async def test_a_special_order_that_repeats_a_field_is_refused(app: App) -> None:
    body = b'{"market":"TATA_INR","side":"buy","price":"100","quantity":"10","user_id":"1",'
    body += b'"display_quantity":"1","display_quantity":"2"}'
    answer = await call(app, "POST", "/api/v1/order", body)
    assert (answer.code, answer.json["field"]) == ("DUPLICATE_FIELD", "display_quantity")
