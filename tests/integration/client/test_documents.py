"""What docs/client.md and the example show, run."""

import asyncio
import re
import sys
import textwrap
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.client import AsyncClient
from tests.integration.client.conftest import DEADLINE_S
from tests.waiting import until

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "client.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def with_client(block: str) -> str:
    """A whole program of a block that uses a client."""
    if "Client(" in block:
        return block
    head = 'with Client("ws://127.0.0.1:9001", user_id=1) as client:\n'
    return "from gateway.client import Client\n" + head + textwrap.indent(block, "    ")


def that_ends(block: str) -> str:
    """Leave a loop that never ends after its first turn."""
    lines = block.rstrip("\n").split("\n")
    loop = next((n for n, line in enumerate(lines) if " for " in f" {line}"), None)
    if loop is None:
        return block
    indent = re.match(r" *", lines[loop + 1])[0]  # type: ignore[index]
    body = loop + 1
    while body < len(lines) and (not lines[body].strip() or lines[body].startswith(indent)):
        body += 1
    return "\n".join([*lines[:body], f"{indent}raise SystemExit", *lines[body:]]) + "\n"


async def trade(url: str, done: asyncio.Event) -> None:
    """Trade with oneself, and with whatever the programs place."""
    async with AsyncClient(url, user_id=2) as client:
        while not done.is_set():
            await client.place_order(market="TATA_INR", side="buy", price=100, quantity=1)
            await client.place_order(market="TATA_INR", side="sell", price=100, quantity=20)
            await client.cancel_all()
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("number", range(len(BLOCKS)))
async def test_each_program_of_the_page_runs(number: int, url: str) -> None:
    program = that_ends(with_client(BLOCKS[number])).replace("ws://127.0.0.1:9001", url)
    program = program.replace("AsyncClient(user_id=1)", f'AsyncClient("{url}", user_id=1)')
    done = asyncio.Event()
    if "client.trades" not in program and "client.fills" not in program:
        done.set()
    trading = asyncio.create_task(trade(url, done))
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", program),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(DEADLINE_S):
            said, complaint = await process.communicate()
    finally:
        done.set()
        await trading
    assert process.returncode == 0, complaint.decode()
    assert not complaint
    assert said


async def test_the_bot_quotes_and_follows(url: str) -> None:
    market = "TATA_INR"
    command = [sys.executable, "-m", "docs.examples.bot", url]
    async with AsyncClient(url, user_id=9) as client:
        book = await client.order_book(market)
        bot = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        try:
            await until(lambda: len(book.bids) == len(book.asks) == 1)
            assert book.best_ask is not None
            assert book.best_bid is not None
            assert book.best_ask.price - book.best_bid.price == 1
            # Somebody takes its ask: it quotes anew.
            taken = await client.place_order(market=market, side="buy", type="market", quantity=5)
            assert taken.status == "filled"
            await until(lambda: len(book.bids) == len(book.asks) == 1)
            # Somebody bids higher: it follows, until it is around the middle again.
            higher = Decimal("100.20")
            await client.place_order(market=market, side="buy", price=higher, quantity=1)
            await until(lambda: book.best_ask is not None and book.best_ask.price > 101)
            assert book.best_bid.price == higher
        finally:
            bot.kill()
            said, _ = await bot.communicate()
        assert said == b""
        await client.cancel_all()
    # They would go by themselves, a minute after its last sign of life.
    async with AsyncClient(url, user_id=1) as of_the_bot:
        await of_the_bot.cancel_all()
