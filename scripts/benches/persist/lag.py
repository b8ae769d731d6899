"""How late the history is at a given rate."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from persist.db_processor import DbProcessor
from persist.stream import FIELD, STREAM
from proto.commands import Command
from scripts.benches.findings import BenchError
from scripts.benches.persist.flow import Entry, entries_of
from scripts.benches.persist.stage import NoPast, Stage

# From one entry to the next: as long as a busy matcher's publisher takes for a flight and the pause
# behind it.
_INTERVAL_S: Final = 0.02
_POLL_S: Final = 0.005
_DEADLINE_S: Final = 60.0


async def lags_us(stage: Stage, commands: Sequence[Command], rate: int) -> list[int]:
    """Add entries at a steady rate, and measure when what they tell can be read.

    Args:
        stage: Where persist runs meanwhile.
        commands: What is to happen.
        rate: Commands a second; each entry has those of 20 ms.

    Returns:
        For each entry how long after it was added its rows were committed, in microseconds.

    Raises:
        BenchError: If that takes more than a minute.
    """
    entries = entries_of(commands, round(rate * _INTERVAL_S))
    await stage.clear()
    async with _persist(stage):
        return await _measured(stage, entries)


@asynccontextmanager
async def _persist(stage: Stage) -> AsyncIterator[None]:
    processor = DbProcessor(stage.redis, stage.servers.database_url, NoPast(), random.Random(1))
    work = asyncio.create_task(processor.run())
    try:
        yield
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


async def _measured(stage: Stage, entries: Sequence[Entry]) -> list[int]:
    added_ns: list[int] = []
    adding = asyncio.create_task(_add(stage, entries, added_ns))
    lags: list[int] = []
    try:
        async with asyncio.timeout(_DEADLINE_S):
            while len(lags) < len(entries):
                reached = await stage.position()
                now_ns = time.perf_counter_ns()
                while len(lags) < len(added_ns) and entries[len(lags)].last_sequence <= reached:
                    lags.append((now_ns - added_ns[len(lags)]) // 1_000)
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        raise BenchError(f"history is not written after {_DEADLINE_S:.0f} s") from None
    finally:
        adding.cancel()
        with suppress(asyncio.CancelledError):
            await adding
    return lags


async def _add(stage: Stage, entries: Sequence[Entry], added_ns: list[int]) -> None:
    start_s = time.perf_counter()
    for number, entry in enumerate(entries):
        await asyncio.sleep(start_s + number * _INTERVAL_S - time.perf_counter())
        added_ns.append(time.perf_counter_ns())
        await stage.redis.xadd(STREAM, {FIELD: entry.data}, id=f"{entry.last_sequence}-0")
