"""REST requests and replies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from proto.codes import BUY, GTC, IOC, LIMIT, MARKET, SELL
from scripts.load.operations import (
    ACKNOWLEDGED,
    NOT_TAKEN,
    REFUSED,
    UNKNOWN,
    Cancel,
    Outcome,
    Place,
    SeenFill,
)
from scripts.load.rest import REPLY_TIMEOUT_NS, RestLane, RestRequests, outcome_of
from tests.unit.load.scales import SCALES
from tests.unit.load.serving import Serve, serving
from tests.waiting import until

REQUESTS = RestRequests("127.0.0.1:8000", SCALES)


def parts(request: bytes) -> tuple[str, dict[str, str]]:
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.decode("ascii").split("\r\n")
    assert "Host: 127.0.0.1:8000" in lines
    assert f"Content-Length: {len(body)}" in lines
    return lines[0], msgspec.json.decode(body, type=dict[str, str])


def test_a_limit_order() -> None:
    line, body = parts(REQUESTS.encode(Place(3, 1, BUY, LIMIT, GTC, 2_001, 7, "run-1")))
    assert line == "POST /api/v1/order HTTP/1.1"
    assert body == {
        "market": "TATA_INR",
        "side": "buy",
        "type": "limit",
        "price": "100.05",
        "quantity": "7",
        "time_in_force": "GTC",
        "client_order_id": "run-1",
        "user_id": "3",
    }


def test_a_market_order_has_no_price() -> None:
    _, body = parts(REQUESTS.encode(Place(3, 2, SELL, MARKET, IOC, 0, 12, "run-2")))
    assert "price" not in body
    assert (body["type"], body["quantity"]) == ("market", "0.00012")


def test_a_cancel() -> None:
    line, body = parts(REQUESTS.encode(Cancel(3, 1, 4711, "run-1")))
    assert line == "DELETE /api/v1/order HTTP/1.1"
    assert body == {"market": "TATA_INR", "order_id": "4711", "user_id": "3"}


def test_an_acknowledgement() -> None:
    body = (
        b'{"order_id":"12","status":"filled","other":1,'
        b'"fills":[{"price":"100.05","quantity":"7","trade_id":"5","fee":"0.70"}]}'
    )
    assert outcome_of(200, body) == Outcome(
        ACKNOWLEDGED, "", 12, "filled", (SeenFill(5, "100.05", "7"),)
    )
    assert outcome_of(201, b'{"order_id":"12","status":"new"}').fills == ()


@pytest.mark.parametrize(
    ("status", "body", "kind", "trouble"),
    [
        (429, b"", NOT_TAKEN, "429"),
        (503, b"", NOT_TAKEN, "503"),
        (504, b"", UNKNOWN, "504"),
        (500, b"", UNKNOWN, "500"),
        (422, b'{"code":"INSUFFICIENT_BALANCE","status":422}', REFUSED, "INSUFFICIENT_BALANCE"),
        (404, b"not json", REFUSED, "404"),
        (200, b"not json", UNKNOWN, "unreadable reply"),
        (200, b'{"order_id":"x","status":"new"}', UNKNOWN, "unreadable reply"),
    ],
)
def test_everything_else(status: int, body: bytes, kind: int, trouble: str) -> None:
    assert outcome_of(status, body) == Outcome(kind, trouble)


class Owner:
    """Keeps outcomes."""

    def __init__(self) -> None:
        self.outcomes: asyncio.Queue[Outcome] = asyncio.Queue()

    def on_outcome(self, outcome: Outcome) -> None:
        self.outcomes.put_nowait(outcome)

    async def next(self) -> Outcome:
        async with asyncio.timeout(5):
            return await self.outcomes.get()


ACCEPTED = b'{"order_id":"12","status":"new"}'
REPLY = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(ACCEPTED), ACCEPTED)
ORDER = Place(3, 1, BUY, LIMIT, GTC, 2_001, 7, "run-1")


@asynccontextmanager
async def connected(serve: Serve) -> AsyncIterator[tuple[RestLane, Owner]]:
    """A lane to a server, and who hears its outcomes."""
    owner = Owner()
    async with serving(serve) as (host, port):
        lane = RestLane(f"http://{host}:{port}", REQUESTS, lambda: 1, owner)
        try:
            yield lane, owner
        finally:
            lane.close()


async def test_a_lane_connects_again_and_tells_every_outcome_once() -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        # Connection i answers i - 1 requests, and hangs up on the next.
        for _ in range(connections - 1):
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.rpartition(b": ")[2]))
            writer.write(REPLY)
        await reader.read(1)
        writer.close()
        await writer.wait_closed()

    async with connected(serve) as (lane, owner):
        for expected in ("lost", 12, "lost", 12, 12, "lost"):
            lane.submit(ORDER)
            outcome = await owner.next()
            if expected == "lost":
                assert (outcome.kind, outcome.trouble) == (UNKNOWN, "connection lost")
            else:
                assert (outcome.kind, outcome.order_id) == (ACKNOWLEDGED, expected)
    lane.submit(ORDER)
    refused = await owner.next()
    assert (refused.kind, refused.trouble) == (NOT_TAKEN, "not connected")
    assert owner.outcomes.empty()


async def test_a_silent_server_is_given_up_on() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with connected(serve) as (lane, owner):
        lane.submit(ORDER)

        def given_up() -> bool:
            # Does nothing until the request has left.
            lane.expire(REPLY_TIMEOUT_NS + 2)
            return not owner.outcomes.empty()

        await until(given_up)
        assert (await owner.next()).trouble == "connection lost"
