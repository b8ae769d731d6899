"""Books, rules, balances, time and health, against the real engine."""

import pytest

from gateway import examples
from gateway.app import App
from proto.mesh.errors import NotTakenError
from tests.unit.gateway.asgi import call
from tests.unit.gateway.exchange import EngineExchange
from tests.unit.gateway.orders import BUY, SELL, place


async def test_the_documented_book(app: App) -> None:
    await place(app, BUY)
    await place(app, {**SELL, "price": "100.05", "quantity": "4"})
    assert (await call(app, "GET", "/api/v1/depth?market=TATA_INR")).json == examples.DEPTH


async def test_depth_is_best_first_and_cut_at_the_limit(app: App) -> None:
    for price in ("99.95", "100", "99.90"):
        await place(app, {**BUY, "price": price})
    await place(app, {**SELL, "price": "101", "quantity": "3"})
    answer = await call(app, "GET", "/api/v1/depth?symbol=TATA_INR&limit=2")
    assert answer.json == {
        "market": "TATA_INR",
        "sequence": 4,
        "bids": [["100.00", "10"], ["99.95", "10"]],
        "asks": [["101.00", "3"]],
    }
    assert (await call(app, "GET", "/api/v1/depth/?market=ETH_USDT")).json["bids"] == []


async def test_markets_show_their_rules_as_text(app: App) -> None:
    markets = {rules["market"]: rules for rules in (await call(app, "GET", "/api/v1/markets")).json}
    assert list(markets) == ["TATA_INR", "BTC_USDT", "ETH_USDT"]
    assert markets["TATA_INR"] == examples.MARKET


async def test_balances_show_every_asset_and_what_is_held(app: App) -> None:
    await place(app, BUY)
    balances = (await call(app, "GET", "/api/v1/balances?user_id=1")).json
    assert balances[:2] == [
        # The price, and the fee of an order that takes.
        examples.BALANCE,
        {"asset": "TATA", "total": "1000000", "held": "0", "available": "1000000"},
    ]
    nobody = (await call(app, "GET", "/api/v1/balances/?user_id=77")).json
    assert [balance["asset"] for balance in nobody] == ["INR", "TATA", "USDT", "BTC", "ETH"]
    assert nobody[3] == {
        "asset": "BTC",
        "total": "0.00000000",
        "held": "0.00000000",
        "available": "0.00000000",
    }


async def test_the_time_is_the_clock_that_was_given(app: App) -> None:
    assert (await call(app, "GET", "/api/v1/time/")).json == {
        "server_time": "2024-01-01T12:00:00.000024Z",
        "epoch_ms": 1_704_110_400_000,
    }


async def test_health_follows_the_matcher_and_tells_of_the_rest(
    app: App, exchange: EngineExchange
) -> None:
    up = await call(app, "GET", "/health/")
    assert up.status == 200
    assert up.json == {
        **examples.HEALTH,
        "dependencies": {
            "matcher": {"state": "up", "epoch": 1},
            "database": {"state": "down"},
        },
    }
    exchange.connected = False
    away = await call(app, "GET", "/health")
    assert (away.status, away.json["status"]) == (503, "unavailable")
    assert away.json["dependencies"]["matcher"] == {"state": "down", "epoch": 1}


async def test_markets_that_are_known_are_shown_while_the_matcher_is_away(
    app: App, exchange: EngineExchange
) -> None:
    exchange.failure = NotTakenError("the matcher is away", overloaded=False)
    assert (await call(app, "GET", "/api/v1/markets")).code == "MATCHER_UNAVAILABLE"
    exchange.failure = None
    shown = (await call(app, "GET", "/api/v1/markets")).json
    exchange.failure = NotTakenError("the matcher is away", overloaded=False)
    exchange.now_ns += 2_000_000_000
    assert (await call(app, "GET", "/api/v1/markets")).json == shown


@pytest.mark.parametrize("path", ["trades?market=TATA_INR", "tickers", "orders?user_id=1"])
async def test_history_away_is_503_and_trading_goes_on(app: App, path: str) -> None:
    answer = await call(app, "GET", f"/api/v1/{path}")
    assert (answer.status, answer.code) == (503, "HISTORY_UNAVAILABLE")
    assert answer.headers["retry-after"] == "1"
    assert (await place(app, BUY)).status == 200
