"""The bot of the documents, as a process of its own, against an exchange that follows a script."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway import examples
from tests.unit.gateway.client.messages import snapshot
from tests.unit.gateway.client.scripted import (
    ScriptedConnection,
    ScriptedExchange,
    scripted_exchange,
)

ROOT = Path(__file__).parents[4]
LINES_MAX = 20


@pytest.fixture
async def exchange() -> AsyncIterator[ScriptedExchange]:
    async with scripted_exchange() as exchange:
        yield exchange


@pytest.fixture
async def bot(exchange: ScriptedExchange) -> AsyncIterator[asyncio.subprocess.Process]:
    command = (sys.executable, "-m", "docs.examples.bot", exchange.url)
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.kill()
        await process.communicate()


async def prices_quoted(connection: ScriptedConnection) -> dict[str, str]:
    """Answer what the bot does when it quotes anew."""
    cancelling = await connection.next_request("CANCEL_ALL")
    await connection.answer(cancelling, examples.CANCELLED_ALL)
    prices = {}
    for _ in range(2):
        placing = await connection.next_request("PLACE_ORDER")
        prices[placing["params"]["side"]] = placing["params"]["price"]
        await connection.answer(placing, examples.PLACED_ORDER)
    return prices


async def alive(connection: ScriptedConnection) -> None:
    setting = await connection.next_request("CANCEL_ALL_AFTER")
    assert setting["params"] == {"timeout_ms": 60_000}
    await connection.answer(setting, examples.SWITCHED_ACCOUNT)


async def test_it_quotes_around_the_middle_and_survives_refusals(
    exchange: ScriptedExchange, bot: asyncio.subprocess.Process
) -> None:
    connection = await exchange.next_connection()
    await connection.begin("depth@TATA_INR")
    await connection.tell("depth@TATA_INR", snapshot({}, {}))
    await alive(connection)
    assert await prices_quoted(connection) == {"buy": "99.50", "sell": "100.50"}

    await connection.tell("depth@TATA_INR", snapshot({"99.50": "5"}, {"100.50": "5"}, 3))
    await alive(connection)
    looking = await connection.next_request("GET_OPEN_ORDERS")
    await connection.answer(looking, [examples.ORDER] * 2)

    await connection.tell("depth@TATA_INR", snapshot({"100.00": "5"}, {"101.15": "5"}, 9))
    await alive(connection)
    # The middle is on a tick, below what is exact.
    assert await prices_quoted(connection) == {"buy": "100.05", "sell": "101.05"}

    await connection.tell("depth@TATA_INR", snapshot({"110.00": "5"}, {"111.00": "5"}, 12))
    await alive(connection)
    await connection.refuse(await connection.next_request("CANCEL_ALL"), "MARKET_NOT_OPEN")
    await connection.tell("depth@TATA_INR", snapshot({"110.00": "6"}, {"111.00": "5"}, 13))
    await alive(connection)
    assert await prices_quoted(connection) == {"buy": "110.00", "sell": "111.00"}
    assert bot.returncode is None


def test_it_is_short_and_is_the_one_that_the_readme_shows() -> None:
    text = (ROOT / "docs" / "examples" / "bot.py").read_text(encoding="utf-8")
    assert text in (ROOT / "README.md").read_text(encoding="utf-8")
    code = text.split('"""')[2].splitlines()
    assert sum(1 for line in code if line.strip()) <= LINES_MAX
