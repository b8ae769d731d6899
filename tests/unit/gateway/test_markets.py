"""The catalog asks rarely, and once for all who wait."""

import asyncio

import pytest

from gateway.markets import MarketCatalog
from gateway.problems import Problem
from proto.mesh.errors import NotTakenError
from proto.queries import MarketsQuery
from tests.unit.gateway.exchange import EngineExchange


def questions(exchange: EngineExchange) -> int:
    return sum(isinstance(message, MarketsQuery) for message in exchange.messages)


async def test_unknown_names_ask_at_most_once_a_second(exchange: EngineExchange) -> None:
    catalog = MarketCatalog(exchange, exchange.clock_ns)
    for _ in range(5):
        with pytest.raises(Problem):
            await catalog.find("NOPE")
    assert questions(exchange) == 1
    exchange.now_ns += 1_000_000_000
    with pytest.raises(Problem):
        await catalog.find("NOPE")
    assert questions(exchange) == 2


async def test_known_names_ask_nothing(exchange: EngineExchange) -> None:
    catalog = MarketCatalog(exchange, exchange.clock_ns)
    assert catalog.get("TATA_INR") is None
    scale = await catalog.find("TATA_INR")
    exchange.now_ns += 10_000_000_000
    assert await catalog.find("TATA_INR") is scale
    assert catalog.get("TATA_INR") is scale
    assert await catalog.by_id(scale.market.market_id) is scale
    assert questions(exchange) == 1


async def test_all_who_wait_share_one_question(exchange: EngineExchange) -> None:
    catalog = MarketCatalog(exchange, exchange.clock_ns)
    names = ("TATA_INR", "BTC_USDT", "ETH_USDT", "TATA_INR")
    found = await asyncio.gather(*(catalog.find(name) for name in names))
    assert [scale.market.name for scale in found] == list(names)
    assert questions(exchange) == 1


async def test_a_failed_question_is_asked_again_at_once(exchange: EngineExchange) -> None:
    catalog = MarketCatalog(exchange, exchange.clock_ns)
    exchange.failure = NotTakenError("the matcher is away", overloaded=False)
    with pytest.raises(NotTakenError):
        await catalog.find("TATA_INR")
    exchange.failure = None
    assert (await catalog.find("TATA_INR")).market.name == "TATA_INR"
