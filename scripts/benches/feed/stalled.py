"""Readers that stop reading, beside readers that go on: what the latter notice, and what it costs.

Windows with and without the stalled ones take turns, while messages flow without a break. Each
stalled reader takes the answer to its subscription and then nothing. Whoever takes nothing for 10 s
is dismissed; its closing frame waits behind what it has not read, and two seconds later it is
cut. To see the closing frame a reader must read on between the two. So one of them, the scout,
stalls a moment before the others, and when it is cut they read on.
"""

import asyncio
from collections import Counter
from typing import Final, final

from redis.asyncio import Redis

from scripts.benches.feed.audience import Audience, AudienceError, audience
from scripts.benches.feed.processes import Served, socket_memory_bytes
from scripts.benches.feed.requests import Close, Open, Resume, Seen, Tell
from scripts.benches.feed.traffic import Traffic
from scripts.benches.findings import Fact, Findings, times_of
from scripts.benches.pairs import compare_awaited

READERS: Final = 100
STALLED: Final = 100
RATE: Final = 100
# Windows without stalled readers; those with them end when they have been dismissed.
WINDOW_S: Final = 10.0
# A message of 3 KiB: a reader is full after two seconds.
_LEVELS: Final = 150
# How long before the others the scout stalls, and how long after its end they read on.
_LEAD_S: Final = 1.5
_PAUSE_S: Final = 0.5
_SCOUT_DEADLINE_S: Final = 40.0
_LOOK_S: Final = 0.2
_POLICY: Final = 1008
_MIB: Final = 1 << 20


@final
class _Memory:
    """The most memory of a feed, and of the kernel's buffers, that was seen."""

    def __init__(self, server: Served) -> None:
        self._server: Final = server
        self.feed_bytes = 0
        self.sockets_bytes = 0

    def look(self) -> None:
        self.feed_bytes = max(self.feed_bytes, self._server.memory_bytes())
        self.sockets_bytes = max(self.sockets_bytes, socket_memory_bytes())

    def facts(self, when: str) -> list[Fact]:
        return [
            Fact(f"memory of the feed, {when}", self.feed_bytes / _MIB, "MiB"),
            Fact(f"buffers of all sockets, {when}", self.sockets_bytes / _MIB, "MiB"),
        ]


@final
class _Stage:
    """A feed with readers, messages that flow, and windows in which others stall."""

    def __init__(self, server: Served, market: str, readers: Audience) -> None:
        self._server: Final = server
        self._readers: Final = readers
        self._requests: Final = [f'{{"method":"SUBSCRIBE","params":["depth@{market}"],"id":1}}']
        self.without: Final = _Memory(server)
        self.during: Final = _Memory(server)
        self.closed: Final[Counter[int]] = Counter()
        self.latencies_us: Final[dict[bool, list[int]]] = {True: [], False: []}

    async def begin(self) -> None:
        await self._open("readers", READERS, reads=True)

    async def calm(self) -> float:
        """Let messages flow for a window; return the readers' p99 in milliseconds."""
        await self._tell("readers")
        await self._watch(WINDOW_S, self.without)
        return await self._p99_ms(stalled=False)

    async def stall(self) -> float:
        """Have readers stall until they are dismissed; return the p99 of the others."""
        await self._tell("readers")
        await self._open("scout", 1, reads=False)
        await self._watch(_LEAD_S, self.during)
        await self._open("stalled", STALLED, reads=False)
        await self._scout_is_cut()
        await asyncio.sleep(_PAUSE_S)
        seen = await self._readers.ask(Resume("stalled"))
        self.closed.update(seen.closed)
        for group in ("scout", "stalled"):
            await self._readers.ask(Close(group))
        return await self._p99_ms(stalled=True)

    async def _open(self, group: str, count: int, *, reads: bool) -> None:
        sampled = 1 if reads else 0
        await self._readers.ask(
            Open(group, self._server.port, count, self._requests, sampled, reads)
        )

    async def _tell(self, group: str) -> Seen:
        return await self._readers.ask(Tell(group))

    async def _watch(self, seconds: float, memory: _Memory) -> None:
        for _ in range(round(seconds / _LOOK_S)):
            await asyncio.sleep(_LOOK_S)
            memory.look()

    async def _scout_is_cut(self) -> None:
        for _ in range(round(_SCOUT_DEADLINE_S / _LOOK_S)):
            if (await self._tell("scout")).closed:
                return
            await self._watch(_LOOK_S, self.during)
        raise AudienceError(f"who read nothing was not dismissed in {_SCOUT_DEADLINE_S:g} s")

    async def _p99_ms(self, *, stalled: bool) -> float:
        seen = await self._tell("readers")
        if seen.closed:
            raise AudienceError(f"readers that read were closed: {seen.closed}")
        self.latencies_us[stalled] += seen.latencies_us
        return times_of("", seen.latencies_us).p99_ms


async def bench_stalled(server: Served, redis: Redis, market: str, pairs: int) -> Findings:
    """Measure what stalled readers do to the others.

    Args:
        server: A fresh feed.
        redis: Its Redis.
        market: A market in which nothing happens by itself.
        pairs: Windows of each kind, besides one of each that is thrown away.
    """
    traffic = Traffic(redis, market, _LEVELS, trades=False)
    async with audience() as readers:
        stage = _Stage(server, market, readers)
        await stage.begin()
        async with traffic.flowing(RATE):
            comparison = await compare_awaited(
                f"p99 of {READERS} readers while {STALLED} others have stopped",
                stage.stall,
                stage.calm,
                "ms from published to received",
                "the same readers alone",
                pairs,
            )
            after = _Memory(server)
            after.look()
    dismissed = stage.closed[_POLICY]
    return Findings(
        comparisons=[comparison],
        times=[
            times_of(f"published to received, {READERS} readers alone", stage.latencies_us[False]),
            times_of(f"the same beside {STALLED} that stopped", stage.latencies_us[True]),
        ],
        facts=[
            Fact("stalled readers", STALLED * (pairs + 1), ""),
            Fact("dismissed with 1008", dismissed, ""),
            Fact("ended otherwise", stage.closed.total() - dismissed, ""),
            *stage.without.facts("without stalled readers"),
            *stage.during.facts(f"with {STALLED}"),
            *after.facts("afterwards"),
        ],
    )
