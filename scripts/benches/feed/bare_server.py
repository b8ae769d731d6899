"""A yardstick: a WebSocket server that keeps its connections and does nothing with them.

`python -m scripts.benches.feed.bare_server`, until it is told to stop. The library's own defaults,
on the event loop and with the garbage collector of a feed.
"""

import asyncio
import signal
from typing import Final

import uvloop
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from proto.garbage import settle_garbage_collector
from scripts.benches.feed.readers import HOST, allow_open_files

_BACKLOG: Final = 1_024


async def _keep(connection: ServerConnection) -> None:
    try:
        async for _ in connection:
            pass
    except ConnectionClosed:
        return


async def _serve() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with serve(_keep, HOST, 0, backlog=_BACKLOG) as server:
        settle_garbage_collector()
        print(f"ready ws://{HOST}:{server.sockets[0].getsockname()[1]}", flush=True)
        await stop.wait()


def main() -> None:
    """Serve."""
    allow_open_files()
    uvloop.run(_serve())


if __name__ == "__main__":
    main()
