"""A feed that writes what a test wants, with another library than the subscribers have.

It serves one market and one user, with a script: what it writes on each connection after it has
answered. So a test can drop, double and change messages, which no real feed does.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from zlib import crc32

import msgspec
from websockets.asyncio.server import ServerConnection, serve
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

MARKET = "TATA_INR"
MOMENT = "2024-01-01T00:00:00.000000Z"


class Client:
    """One connection of a subscriber, from the feed's side.

    Attributes:
        requests: What it has asked for.
        is_deflated: Whether it takes compressed messages.
    """

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection
        self.requests: list[dict[str, object]] = []
        self.is_deflated = bool(connection.protocol.extensions)

    async def answer(self) -> None:
        """Answer the next request."""
        request = msgspec.json.decode(await self.connection.recv())
        self.requests.append(request)
        await self.connection.send(f'{{"id":{request["id"]},"result":null}}')

    async def tell(self, stream: str, data: object) -> None:
        """Write a message of a stream."""
        text = msgspec.json.encode({"stream": stream, "data": data})
        await self.connection.send(text, text=True)

    async def tell_book(self, kind: str, first: int, last: int, *, checksum: int = 0) -> None:
        """Write a book whose only bid has its sequence as quantity."""
        right = crc32(f"9.95:{last}|".encode())
        await self.tell(f"depth@{MARKET}", {
            "type": kind, "market": MARKET, "first_sequence": first, "last_sequence": last,
            "bids": [["9.95", str(last)]], "asks": [], "timestamp": MOMENT,
            "checksum": checksum or right,
        })  # fmt: skip

    async def tell_trades(self, *trade_ids: int) -> None:
        """Write trades."""
        for trade_id in trade_ids:
            await self.tell(f"trades@{MARKET}", {"trade_id": str(trade_id)})


Script = Callable[[Client, int], Awaitable[None]]


@asynccontextmanager
async def scripted_feed(script: Script) -> AsyncIterator[tuple[str, list[Client]]]:
    """Serve a script, which is told the connection and its number, from 0.

    Yields:
        The address, and the connections so far.
    """
    clients: list[Client] = []

    async def converse(connection: ServerConnection) -> None:
        client = Client(connection)
        clients.append(client)
        await script(client, len(clients) - 1)
        await connection.wait_closed()

    deflation = ServerPerMessageDeflateFactory(server_no_context_takeover=True)
    async with serve(
        converse, "127.0.0.1", 0, compression=None, extensions=[deflation], close_timeout=0.1
    ) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"ws://127.0.0.1:{port}", clients
