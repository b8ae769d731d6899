"""A real matcher does what is due although nobody asks it for anything, also after kill -9."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis.asyncio
from msgspec.structs import replace

from proto.codec import decode_event_batch
from proto.codes import GTD, NOT_RENEWED, TIME_IS_UP
from proto.commands import CancelAllAfter, OrderTerms, PlaceOrder
from proto.events import ExecutionReport
from proto.mesh.client import MeshClient
from proto.replies import AccountReply
from tests.integration.matcher.harness import Matcher, fund, ledger, order, placed
from tests.waiting import until

pytestmark = pytest.mark.integration

# Long enough for an order to arrive before its time is up.
SOON_NS = 1_000_000_000


@pytest.fixture
def matcher(tmp_path: Path, redis_url: str) -> Iterator[Matcher]:
    matcher = Matcher(tmp_path, redis_url)
    matcher.start()
    yield matcher
    if matcher.process is not None and matcher.process.poll() is None:
        matcher.end(signal.SIGKILL)


def order_until_soon(client: MeshClient) -> PlaceOrder:
    terms = OrderTerms(expires_ns=time.time_ns() + SOON_NS)
    return replace(order(client, 1), time_in_force=GTD, terms=terms)


async def reports_for(redis_url: str, reason: int) -> list[ExecutionReport]:
    """Wait in the stream, where nobody disturbs the matcher, for reports with a reason."""

    async def told() -> list[ExecutionReport]:
        async with redis.asyncio.Redis.from_url(redis_url) as client:
            entries = await client.xrange("db_processor")
        batches = [decode_event_batch(fields[b"b"]) for _, fields in entries]
        return [r for batch in batches for r in batch.reports if r.reason == reason]

    return await until(told)


async def test_an_order_ends_when_its_time_is_up(matcher: Matcher, redis_url: str) -> None:
    async with matcher.client() as client:
        await fund(client)
        reply = await placed(client, order_until_soon(client))
    (report,) = await reports_for(redis_url, TIME_IS_UP)
    assert report.order.order_id == reply.order.order_id
    assert report.order.special is not None
    assert report.order.updated_ns >= report.order.special.expires_ns
    # By a command of its own: the next one. Its identifier tells the sequence of the order.
    assert report.sequence == reply.order.order_id + 1


async def test_an_order_ends_though_the_matcher_was_killed(
    matcher: Matcher, redis_url: str
) -> None:
    async with matcher.client() as client:
        await fund(client)
        reply = await placed(client, order_until_soon(client))
    matcher.end(signal.SIGKILL)
    matcher.start()
    (report,) = await reports_for(redis_url, TIME_IS_UP)
    assert report.order.order_id == reply.order.order_id
    # What it did by itself is replayed like anything else.
    matcher.end(signal.SIGKILL)
    matcher.start()
    async with matcher.client() as client:
        assert (await ledger(client)).sequence == report.sequence
        assert all(sums.held_amount == 0 for sums in (await ledger(client)).sums)


async def test_a_switch_cancels_what_nobody_renews(matcher: Matcher, redis_url: str) -> None:
    async with matcher.client() as client:
        await fund(client)
        names = [(await placed(client, order(client, 1))).order.order_id for _ in range(3)]
        switch = CancelAllAfter(client.next_request_id(), client.deadline_ns(), 1, 100)
        assert isinstance(await client.send(switch), AccountReply)
    reports = await reports_for(redis_url, NOT_RENEWED)
    assert [report.order.order_id for report in reports] == names
