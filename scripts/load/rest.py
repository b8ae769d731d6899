"""The REST lane: operations as HTTP requests, replies as outcomes.

Requests are built from constant heads and one formatted body; replies are decoded only into what
the audits need. Which status means what follows RFC 9457 problems of the gateway: 429 and 503
were not taken, 504 and a lost connection have an unknown outcome, another 4xx is a refusal with
its `code`.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final, final
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from proto.codes import MARKET, ORDER_TYPE_NAMES, SIDE_NAMES, TIME_IN_FORCE_NAMES
from proto.scales import MarketScale
from scripts.load.http_client import HttpConnection
from scripts.load.operations import (
    ACKNOWLEDGED,
    NOT_TAKEN,
    REFUSED,
    UNKNOWN,
    Operation,
    Outcome,
    Owner,
    Place,
    SeenFill,
)

CONNECT_TIMEOUT_S: Final = 5.0
# Longer than the deadline that a gateway gives the matcher.
REPLY_TIMEOUT_NS: Final = 15_000_000_000
_LOST: Final = Outcome(UNKNOWN, "connection lost")
_NOT_CONNECTED: Final = Outcome(NOT_TAKEN, "not connected")
_UNREADABLE: Final = Outcome(UNKNOWN, "unreadable reply")


class _Fill(Struct, gc=False):
    trade_id: str
    price: str
    quantity: str


class _Order(Struct, gc=False):
    order_id: str
    status: str
    fills: list[_Fill] = []


class _Problem(Struct, gc=False):
    code: str = ""


_ORDER: Final = msgspec.json.Decoder(_Order)
_PROBLEM: Final = msgspec.json.Decoder(_Problem)


def outcome_of(status: int, body: bytes) -> Outcome:
    """Read a reply of the gateway."""
    if 200 <= status < 300:
        try:
            order = _ORDER.decode(body)
            fills = tuple(
                SeenFill(int(fill.trade_id), fill.price, fill.quantity) for fill in order.fills
            )
            return Outcome(ACKNOWLEDGED, "", int(order.order_id), order.status, fills)
        except (msgspec.MsgspecError, ValueError):
            return _UNREADABLE
    if status in (429, 503):
        return Outcome(NOT_TAKEN, str(status))
    if status >= 500:
        return Outcome(UNKNOWN, str(status))
    try:
        code = _PROBLEM.decode(body).code
    except msgspec.MsgspecError:
        code = ""
    return Outcome(REFUSED, code or str(status))


@final
class RestRequests:
    """Writes operations as HTTP requests.

    Args:
        host: Value of the Host header.
        scales: Every market that operations name, by its id.
    """

    def __init__(self, host: str, scales: Mapping[int, MarketScale]) -> None:
        head = (
            f" /api/v1/order HTTP/1.1\r\nHost: {host}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        )
        self._post: Final = "POST" + head
        self._delete: Final = "DELETE" + head
        self._scales: Final = scales

    def encode(self, operation: Operation) -> bytes:
        """Write an operation as a whole request; all of it is ASCII.

        A cancel names its order by its order_id, or by its client_order_id where that is 0.
        """
        scale = self._scales[operation.market_id]
        name = scale.market.name
        if not isinstance(operation, Place):
            order = (
                f'"order_id":"{operation.order_id}"'
                if operation.order_id
                else f'"client_order_id":"{operation.client_order_id}"'
            )
            body = f'{{"market":"{name}",{order},"user_id":"{operation.user_id}"}}'
            return f"{self._delete}{len(body)}\r\n\r\n{body}".encode("ascii")
        order_type = operation.order_type
        price = "" if order_type == MARKET else f',"price":"{scale.price(operation.price_ticks)}"'
        body = (
            f'{{"market":"{name}","side":"{SIDE_NAMES[operation.side]}"'
            f',"type":"{ORDER_TYPE_NAMES[order_type]}"{price}'
            f',"quantity":"{scale.quantity(operation.quantity_lots)}"'
            f',"time_in_force":"{TIME_IN_FORCE_NAMES[operation.time_in_force]}"'
            f',"client_order_id":"{operation.client_order_id}","user_id":"{operation.user_id}"}}'
        )
        return f"{self._post}{len(body)}\r\n\r\n{body}".encode("ascii")


@final
class RestLane:
    """Carries operations over one HTTP connection, which it opens again when it is lost."""

    def __init__(
        self,
        url: str,
        requests: RestRequests,
        clock_ns: Callable[[], int],
        owner: Owner,
    ) -> None:
        parts = urlsplit(url)
        self._host: Final = parts.hostname or "127.0.0.1"
        self._port: Final = parts.port or 80
        self._requests: Final = requests
        self._clock_ns: Final = clock_ns
        self._owner: Final = owner
        self._connection: Final = HttpConnection(self._on_reply, self._on_lost)
        self._connecting: asyncio.Task[None] | None = None
        self._sent_ns = 0  # 0 while nothing is in flight

    def submit(self, operation: Operation) -> None:
        if self._connection.is_open:
            self._sent_ns = self._clock_ns()
            self._connection.send(self._requests.encode(operation))
            return
        # The operation itself is not kept: the owner submits it again.
        self._connecting = asyncio.get_running_loop().create_task(self._connect_and_send(operation))

    def expire(self, now_ns: int) -> None:
        if self._sent_ns and now_ns - self._sent_ns > REPLY_TIMEOUT_NS:
            self._connection.abort()

    def close(self) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
        self._sent_ns = 0
        self._connection.abort()

    async def _connect_and_send(self, operation: Operation) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await loop.create_connection(lambda: self._connection, self._host, self._port)
        except OSError:  # TimeoutError is one
            self._owner.on_outcome(_NOT_CONNECTED)
            return
        if not self._connection.is_open:
            self._owner.on_outcome(_NOT_CONNECTED)
            return
        self._sent_ns = self._clock_ns()
        self._connection.send(self._requests.encode(operation))

    def _on_reply(self, status: int, body: bytes) -> None:
        if not self._sent_ns:
            # A reply that nobody asked for; the next one could not be trusted either.
            self._connection.abort()
            return
        self._sent_ns = 0
        self._owner.on_outcome(outcome_of(status, body))

    def _on_lost(self) -> None:
        # A server may close an idle connection as it likes; only a request in flight is lost.
        if self._sent_ns:
            self._sent_ns = 0
            self._owner.on_outcome(_LOST)
