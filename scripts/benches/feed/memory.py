"""What an idle connection costs a server in memory: a real feed beside a bare `websockets` server.

Each server is a process of its own, fresh for each figure; what its memory has grown by, when it
has thousands of connections more, is divided by their number. Nobody asks for compression.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from scripts.benches.feed.audience import audience
from scripts.benches.feed.processes import PAGE_BYTES, Served, served
from scripts.benches.feed.requests import Close, Open
from scripts.benches.pairs import Comparison, compare_once

CONNECTIONS: Final = 5_000
# What a server makes only for its first connections is not counted.
_FIRST_CONNECTIONS: Final = 50
_BARE: Final = "scripts.benches.feed.bare_server"
_KIB: Final = 1_024


async def bench_memory(
    environment: Mapping[str, str], market: str, folder: Path
) -> list[Comparison]:
    """Measure the memory of idle connections.

    Args:
        environment: Of a feed; it leads to an exchange.
        market: One in which nothing happens.
        folder: For logs.
    """
    subscribe = f'{{"method":"SUBSCRIBE","params":["depth@{market}"],"id":1}}'

    async def measure(module: str, requests: Sequence[str]) -> float:
        with served(module, environment, folder) as server:
            return await _kib_per_connection(server, list(requests))

    return [
        await compare_once(
            f"{CONNECTIONS:,} idle connections, {name}",
            partial(measure, "feed", requests),
            partial(measure, _BARE, ()),
            "KiB of memory for each",
            "a bare websockets server",
        )
        for name, requests in (
            ("subscribed to nothing", ()),
            ("with a quiet stream", (subscribe,)),
        )
    ]


async def _kib_per_connection(server: Served, requests: list[str]) -> float:
    async with audience() as readers:
        await readers.ask(Open("first", server.port, _FIRST_CONNECTIONS, requests))
        await readers.ask(Close("first"))
        before_bytes = server.memory_bytes()
        await readers.ask(Open("idle", server.port, CONNECTIONS, requests))
        # Memory is counted in pages: a few connections may find room in those that are there.
        grown_bytes = max(server.memory_bytes() - before_bytes, PAGE_BYTES)
        return grown_bytes / _KIB / CONNECTIONS
