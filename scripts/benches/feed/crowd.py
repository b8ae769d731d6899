"""As many connections as a feed takes, each with the depth and trades of a market that moves."""

import asyncio
from typing import Final

from redis.asyncio import Redis

from scripts.benches.feed.audience import Audience, audience
from scripts.benches.feed.processes import Served
from scripts.benches.feed.requests import Open, Seen, Tell
from scripts.benches.feed.traffic import Traffic
from scripts.benches.findings import Fact, Findings, times_of
from scripts.benches.watching import watcher

CONNECTIONS: Final = 5_000
SECONDS: Final = 20
# Changes of the book a second; each comes with a trade.
RATE: Final = 4
_LEVELS: Final = 5
# Every so many readers look at timestamps.
_SAMPLED: Final = 50
_GROUP: Final = "crowd"
_QUIET_S: Final = 1.0
_MIB: Final = 1 << 20


async def bench_crowd(server: Served, redis: Redis, market: str) -> Findings:
    """Hold a crowd of connections, and write to all of them.

    Args:
        server: A fresh feed.
        redis: Its Redis.
        market: A market in which nothing happens by itself.
    """
    streams = f'["depth@{market}","trades@{market}"]'
    subscribe = f'{{"method":"SUBSCRIBE","params":{streams},"id":1}}'
    async with audience() as readers:
        begun = await readers.ask(
            Open(_GROUP, server.port, CONNECTIONS, [subscribe], sampled=_SAMPLED)
        )
        begun = await readers.ask(Tell(_GROUP))
        idle_bytes, cpu_s = server.memory_bytes(), server.cpu_s()
        traffic = Traffic(redis, market, _LEVELS, trades=True)
        async with traffic.flowing(RATE):
            for second in range(SECONDS):
                watcher().on_round(f"a crowd of {CONNECTIONS:,}", second + 1, SECONDS)
                await asyncio.sleep(1)
        cpu_share = (server.cpu_s() - cpu_s) / SECONDS
        seen, latencies_us = await _all_of(readers)
    delivered = seen.messages - begun.messages
    return Findings(
        times=[times_of(f"published to received, {CONNECTIONS:,} readers", latencies_us)],
        facts=[
            Fact("connections held", seen.opened - sum(seen.closed.values()), ""),
            Fact("connections lost", sum(seen.closed.values()), ""),
            Fact("messages delivered", delivered / SECONDS, "a second"),
            Fact("of those published", delivered / (traffic.published * CONNECTIONS) * 100, "%"),
            Fact("processor time of the feed meanwhile", cpu_share * 100, "% of a core"),
            Fact(
                "processor time of the readers",
                (seen.cpu_s - begun.cpu_s) / SECONDS * 100,
                "% of a core",
            ),
            Fact("memory of the feed, before", idle_bytes / _MIB, "MiB"),
            Fact("memory of the feed, after", server.memory_bytes() / _MIB, "MiB"),
        ],
    )


async def _all_of(readers: Audience) -> tuple[Seen, list[int]]:
    """Wait until nothing comes any more."""
    latencies_us: list[int] = []
    messages = -1
    while True:
        seen = await readers.ask(Tell(_GROUP))
        latencies_us += seen.latencies_us
        if seen.messages == messages:
            return seen, latencies_us
        messages = seen.messages
        await asyncio.sleep(_QUIET_S)
