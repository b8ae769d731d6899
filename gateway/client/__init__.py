"""The client for who writes bots: orders, balances, books and streams, in Python types.

    with Client("ws://127.0.0.1:9001", user_id=1) as client:
        order = client.place_order(market="TATA_INR", side="buy", price="100", quantity=10)

`AsyncClient` does the same in asyncio. docs/client.md tells what they promise.

How it is made: everything that decides is pure (`session` and what stands below it, `requests`,
`streams`, `reconnection`). `link` moves messages between a session and a socket, `asynchronous`
offers it to asyncio, and `synchronous` to a thread.
"""

from gateway.client.asynchronous import AsyncClient, AsyncStream
from gateway.client.book import Depth, Level, OrderBook
from gateway.client.errors import (
    ClientError,
    ClosedError,
    ConnectionFailedError,
    OutcomeUnknownError,
    ProtocolError,
    RefusedError,
    UnavailableError,
)
from gateway.client.synchronous import Client, Stream

__all__ = [
    "AsyncClient",
    "AsyncStream",
    "Client",
    "ClientError",
    "ClosedError",
    "ConnectionFailedError",
    "Depth",
    "Level",
    "OrderBook",
    "OutcomeUnknownError",
    "ProtocolError",
    "RefusedError",
    "Stream",
    "UnavailableError",
]
