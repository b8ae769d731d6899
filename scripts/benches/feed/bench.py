"""Runs the parts of the feed's bench: on the hub alone, on feeds of their own, on an exchange.

The exchange is one of its own, in a folder that is removed: what `scripts/up` starts, with its own
Valkey and PostgreSQL. Each part that stresses a feed has a fresh one beside those of the exchange,
and a market of its own: what one part has published cannot be what the next begins with.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import uvloop
from redis.asyncio import Redis

from scripts.benches.feed import crowd, fan_out, latency, memory, stalled
from scripts.benches.feed.processes import served
from scripts.benches.findings import Findings, together
from scripts.faults.exchange import OwnExchange, own_exchange
from scripts.load.surroundings import read_environment

FAN_OUT: Final = "fan-out"
LATENCY: Final = "latency"
MEMORY: Final = "memory"
CROWD: Final = "crowd"
STALLED: Final = "stalled"
PARTS: Final = (FAN_OUT, LATENCY, MEMORY, CROWD, STALLED)
# Markets of markets.toml. What is published in the matcher's place goes to the last two.
_TRADED: Final = ("TATA_INR",)
_CROWDED: Final = "BTC_USDT"
_STALLING: Final = "ETH_USDT"


def bench_feed(pairs: int, data_dir: Path, parts: Sequence[str] = PARTS) -> Findings:
    """Measure the feed.

    Args:
        pairs: Rounds of each, where things are compared in turns.
        data_dir: The exchange writes below it.
        parts: Which of PARTS.
    """
    found: list[Findings] = []
    if FAN_OUT in parts:
        found.append(Findings(uvloop.run(fan_out.bench_fan_out(pairs))))
    others = [part for part in parts if part != FAN_OUT]
    if others:
        with _exchange(data_dir) as exchange:
            found += uvloop.run(_on_exchange(exchange, others, pairs))
    return together(found)


async def _on_exchange(exchange: OwnExchange, parts: Sequence[str], pairs: int) -> list[Findings]:
    folder = exchange.surroundings.data_dir
    environment = {
        **os.environ,
        **read_environment(folder / "run" / "environment"),
        "TICKMESH_WS_PORT": "0",
    }
    redis = Redis.from_url(exchange.redis_url)

    async def latencies() -> Findings:
        return await latency.bench_latency(exchange, _TRADED)

    async def idle() -> Findings:
        return Findings(await memory.bench_memory(environment, _CROWDED, folder))

    async def crowded() -> Findings:
        with served("feed", environment, folder) as server:
            return await crowd.bench_crowd(server, redis, _CROWDED)

    async def slowed() -> Findings:
        with served("feed", environment, folder) as server:
            return await stalled.bench_stalled(server, redis, _STALLING, pairs)

    benches = {LATENCY: latencies, MEMORY: idle, CROWD: crowded, STALLED: slowed}
    try:
        return [await benches[part]() for part in parts]
    finally:
        await redis.aclose()


@contextmanager
def _exchange(data_dir: Path) -> Iterator[OwnExchange]:
    data_dir.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=data_dir) as folder,
        own_exchange(Path(folder), os.environ, {}) as exchange,
    ):
        yield exchange
