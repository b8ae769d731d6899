"""The catalog asks rarely, once for all who wait, and never calls unknown what there is."""

import asyncio
from collections.abc import Callable

import pytest

from proto.api.markets import QUESTION_INTERVAL_NS, MarketCatalog
from proto.api.problems import Problem
from proto.commands import Command, DefineAsset
from proto.definitions import AssetDefinition
from proto.mesh.errors import NotTakenError
from proto.queries import MarketsQuery, Query
from proto.replies import Reply
from tests.unit.gateway.exchange import EngineExchange

GOLD = DefineAsset(0, AssetDefinition(99, "GOLD", 3))


def questions(exchange: EngineExchange) -> int:
    return sum(isinstance(message, MarketsQuery) for message in exchange.messages)


@pytest.fixture
def rests_s(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the catalog has rested before each question, without the rests."""
    rests: list[float] = []
    sleep = asyncio.sleep

    async def note(delay_s: float) -> None:
        rests.append(delay_s)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", note)
    return rests


async def test_unknown_names_ask_once_in_a_while_and_together(
    exchange: EngineExchange, rests_s: list[float]
) -> None:
    set_back_ns = 0
    catalog = MarketCatalog(exchange, lambda: exchange.now_ns - set_back_ns)

    async def ask(name: str) -> str:
        with pytest.raises(Problem) as failure:
            await catalog.find(name)
        return failure.value.code

    assert set(await asyncio.gather(*map(ask, "ABCDE"))) == {"UNKNOWN_MARKET"}
    assert (questions(exchange), rests_s) == (1, [0])
    await asyncio.gather(*map(ask, "ABCDE"))
    # All of them rested for what was left of the interval.
    assert (questions(exchange), rests_s) == (2, [0, QUESTION_INTERVAL_NS / 1e9])
    exchange.now_ns += QUESTION_INTERVAL_NS - 10_000_000
    await ask("F")
    assert rests_s[2:] == [0.01]
    # A clock that is set back makes no rest longer.
    set_back_ns = 10**15
    await ask("G")
    assert rests_s[3:] == [QUESTION_INTERVAL_NS / 1e9]


async def test_what_was_defined_while_a_question_was_on_its_way_is_found(
    exchange: EngineExchange, rests_s: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = MarketCatalog(exchange, exchange.clock_ns)
    first, answered = asyncio.Event(), exchange.send

    async def slow(message: Command | Query) -> Reply:
        reply = await answered(message)
        if questions(exchange) == 1:
            await first.wait()
        return reply

    monkeypatch.setattr(exchange, "send", slow)
    early = asyncio.create_task(catalog.find("TATA_INR"))
    await turns(lambda: questions(exchange) == 1)
    exchange.apply(GOLD)
    # The question that is on its way was answered too early for this name.
    late = asyncio.create_task(catalog.find_asset("GOLD"))
    assert (await late).asset_id == 99
    assert questions(exchange) == 2
    first.set()
    assert (await early).market.name == "TATA_INR"
    # The answer that was overtaken has taken nothing away.
    assert [asset.name for asset in await catalog.assets()][-1] == "GOLD"


async def turns(condition: Callable[[], bool]) -> None:
    """Let the others run until the condition holds, for some turns of the loop."""
    for _ in range(10):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it did not come true")


async def test_known_names_ask_nothing(exchange: EngineExchange) -> None:
    catalog = MarketCatalog(exchange, exchange.clock_ns)
    assert catalog.get("TATA_INR") is None
    scale = await catalog.find("TATA_INR")
    exchange.now_ns += 10_000_000_000
    assert await catalog.find("TATA_INR") is scale
    assert catalog.get("TATA_INR") is scale
    assert await catalog.by_id(scale.market.market_id) is scale
    assert (await catalog.find_asset("INR")).decimals == 2
    assert questions(exchange) == 1


async def test_all_who_wait_share_one_question(exchange: EngineExchange) -> None:
    catalog = MarketCatalog(exchange, exchange.clock_ns)
    names = ("TATA_INR", "BTC_USDT", "ETH_USDT", "TATA_INR")
    found = await asyncio.gather(*(catalog.find(name) for name in names))
    assert [scale.market.name for scale in found] == list(names)
    assert questions(exchange) == 1


async def test_a_failed_question_is_asked_again_at_once(
    exchange: EngineExchange, rests_s: list[float]
) -> None:
    catalog = MarketCatalog(exchange, exchange.clock_ns)
    exchange.failure = NotTakenError("the matcher is away", overloaded=False)
    with pytest.raises(NotTakenError):
        await catalog.find("TATA_INR")
    exchange.failure = None
    assert (await catalog.find("TATA_INR")).market.name == "TATA_INR"
    assert rests_s == [0, 0]
