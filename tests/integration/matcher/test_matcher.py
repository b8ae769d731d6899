"""A real matcher, a real Redis, kill -9: what was acknowledged is there, once."""

import asyncio
import itertools
import resource
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis.asyncio
from redis.asyncio import Redis

from proto.codec import (
    decode_clock,
    decode_depth,
    decode_event_batch,
    decode_ticker,
    decode_trades,
)
from proto.codes import DUPLICATE_CLIENT_ORDER_ID, FILLED, SELL
from proto.events import EventBatch
from proto.mesh.client import MeshClient, MeshClientConfig
from proto.mesh.errors import MeshError
from proto.mesh.registry import RegisteredEndpoint, Registry
from proto.queries import DepthQuery, OpenOrdersQuery
from proto.replies import DepthReply, OpenOrdersReply, Rejected
from scripts.launcher.valkey import EmbeddedValkey
from tests.integration.matcher.harness import (
    DEADLINE_S,
    Matcher,
    fund,
    ledger,
    order,
    placed,
)
from tests.waiting import until

pytestmark = pytest.mark.integration


@pytest.fixture
def matcher(tmp_path: Path, redis_url: str) -> Iterator[Matcher]:
    matcher = Matcher(tmp_path, redis_url)
    matcher.start()
    yield matcher
    if matcher.process is not None and matcher.process.poll() is None:
        matcher.end(signal.SIGKILL)


async def history(redis_url: str) -> list[EventBatch]:
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        entries = await client.xrange("db_processor")
    return [decode_event_batch(fields[b"b"]) for _, fields in entries]


async def history_until(redis_url: str, sequence: int) -> list[EventBatch]:
    async def told() -> list[EventBatch] | None:
        batches = await history(redis_url)
        return batches if batches and batches[-1].last_sequence >= sequence else None

    batches = await until(told)
    assert batches is not None
    return batches


def assert_gapless(batches: list[EventBatch]) -> None:
    expected = 1
    for batch in batches:
        assert batch.first_sequence == expected
        expected = batch.last_sequence + 1


async def test_orders_cross_and_money_is_conserved(matcher: Matcher) -> None:
    async with matcher.client() as client:
        await fund(client)
        resting = await placed(client, order(client, 1, quantity_lots=10))
        taking = await placed(client, order(client, 2, SELL, quantity_lots=4))
        assert taking.order.status == FILLED
        assert [fill.quantity_lots for fill in taking.fills] == [4]
        reply = await client.send(OpenOrdersQuery(client.next_request_id(), 1, 0))
        assert isinstance(reply, OpenOrdersReply)
        assert [(o.order_id, o.executed_lots) for o in reply.orders] == [
            (resting.order.order_id, 4)
        ]
        assert (await ledger(client)).trades == 1


async def test_kill_and_restart_keep_every_acknowledged_order_once(
    matcher: Matcher, redis_url: str
) -> None:
    acknowledged: dict[str, int] = {}
    async with matcher.client() as client:
        await fund(client)

        async def place(worker: int) -> None:
            for number in range(200):
                name = f"w{worker}-{number}"
                side = 1 + (worker + number) % 2
                while name not in acknowledged:
                    command = order(client, 1 + worker % 2, side, 1990 + number % 20, 1, name)
                    try:
                        reply = await placed(client, command)
                    except MeshError:
                        # Away for a moment: the name makes it safe to ask again.
                        await asyncio.sleep(0.02)
                    else:
                        acknowledged[name] = reply.order.order_id

        workers = [asyncio.create_task(place(worker)) for worker in range(20)]
        await until(lambda: len(acknowledged) > 1_000)
        matcher.end(signal.SIGKILL)
        matcher.start()
        await asyncio.gather(*workers)
        assert client.epoch == 2
        assert len(set(acknowledged.values())) == len(acknowledged) == 4_000
        # Asked once more, each name still answers with the order that was acknowledged.
        for worker, number in ((0, 0), (7, 33), (19, 199)):
            side = 1 + (worker + number) % 2
            name = f"w{worker}-{number}"
            command = order(client, 1 + worker % 2, side, 1990 + number % 20, 1, name)
            assert (await placed(client, command)).order.order_id == acknowledged[name]
        sums = await ledger(client)
    batches = await history_until(redis_url, sums.sequence)
    assert_gapless(batches)
    accepted = [r.order for b in batches for r in b.reports if r.report == 1]
    assert {o.client_order_id: o.order_id for o in accepted} == acknowledged
    assert len(accepted) == len(acknowledged)
    assert len({t.trade_id for b in batches for t in b.trades}) == sums.trades


async def test_a_repeated_name_answers_the_first_outcome_after_a_restart(
    matcher: Matcher,
) -> None:
    async with matcher.client() as client:
        await fund(client)
        await placed(client, order(client, 1, quantity_lots=3))
        first = await placed(client, order(client, 2, SELL, quantity_lots=5, client_order_id="x"))
        await placed(client, order(client, 1, quantity_lots=2))
        assert matcher.end() == 0
    matcher.start()
    async with matcher.client() as client:
        again = await placed(client, order(client, 2, SELL, quantity_lots=5, client_order_id="x"))
        assert (again.order, again.fills) == (first.order, first.fills)
        other = await client.send(order(client, 2, SELL, quantity_lots=6, client_order_id="x"))
        assert isinstance(other, Rejected)
        assert other.reason == DUPLICATE_CLIENT_ORDER_ID


async def test_market_data_is_published_and_numbered(matcher: Matcher, redis_url: str) -> None:
    async with matcher.client() as client, Redis.from_url(redis_url) as subscriber:
        listener = subscriber.pubsub(ignore_subscribe_messages=True)
        channels = [f"{kind}.TATA_INR" for kind in ("depth", "trades", "ticker")]
        await listener.subscribe(*channels, "clock")
        seen: dict[str, list[bytes]] = {name: [] for name in (*channels, "clock")}
        await fund(client)
        await placed(client, order(client, 1, quantity_lots=10))
        await placed(client, order(client, 2, SELL, quantity_lots=4))

        async def told() -> bool:
            message = await listener.get_message(timeout=1.0)
            if message is not None:
                seen[message["channel"].decode()].append(message["data"])
            return all(seen[name] for name in ("trades.TATA_INR", "ticker.TATA_INR", "clock"))

        await until(told)
        await listener.aclose()  # type: ignore[no-untyped-call]
        depth = [decode_depth(data) for data in seen["depth.TATA_INR"]]
        assert depth[0].first_sequence == 1
        for earlier, later in itertools.pairwise(depth):
            assert later.first_sequence == earlier.last_sequence + 1
        reply = await client.send(DepthQuery(client.next_request_id(), 1, 10))
        assert isinstance(reply, DepthReply)
        assert reply.book_sequence == depth[-1].last_sequence
        trades = decode_trades(seen["trades.TATA_INR"][0])
        assert (trades.first_number, trades.trades[0].quantity_lots) == (1, 4)
        assert decode_clock(seen["clock"][0]).timestamp_ns > 0
        assert decode_ticker(seen["ticker.TATA_INR"][0]).timestamp_ns > 0


async def test_trading_goes_on_without_redis_and_history_catches_up(
    tmp_path: Path,
) -> None:
    own = EmbeddedValkey(tmp_path / "valkey", durable=True)
    own.start()
    matcher = Matcher(tmp_path, own.url)
    matcher.start()
    try:
        async with matcher.client() as client:
            await fund(client)
            own.stop()
            for number in range(300):
                await placed(client, order(client, 1, price_ticks=1000 + number))
            own.start()
            sums = await ledger(client)
            batches = await history_until(own.url, sums.sequence)
            assert_gapless(batches)
        assert matcher.end() == 0
        assert "Redis is away, trading goes on" in matcher.said()
        assert "Redis is back" in matcher.said()
    finally:
        if matcher.process is not None and matcher.process.poll() is None:
            matcher.end(signal.SIGKILL)
        own.stop()


async def test_a_wiped_redis_gets_the_whole_history_at_the_next_start(
    matcher: Matcher, redis_url: str
) -> None:
    async with matcher.client() as client:
        await fund(client)
        await placed(client, order(client, 1))
        sequence = (await ledger(client)).sequence
        before = await history_until(redis_url, sequence)
        matcher.end(signal.SIGKILL)
    async with Redis.from_url(redis_url) as store:
        await store.flushall()
    matcher.start()
    after = await history_until(redis_url, sequence)
    assert_gapless(after)
    assert [r for b in after for r in b.reports] == [r for b in before for r in b.reports]


async def test_a_second_matcher_on_the_same_data_is_refused(
    matcher: Matcher, redis_url: str
) -> None:
    async with matcher.client():
        second = Matcher(matcher.data_dir, redis_url)
        second.start()
        assert second.process is not None
        assert await asyncio.to_thread(second.process.wait, DEADLINE_S) == 2
        assert "in use by another matcher" in second.said()


async def test_a_redis_of_another_exchange_is_refused(
    matcher: Matcher, redis_url: str, tmp_path: Path
) -> None:
    async with matcher.client() as client:
        await fund(client)
        await history_until(redis_url, (await ledger(client)).sequence)
        matcher.end()
    (tmp_path / "other").mkdir()
    other = Matcher(tmp_path / "other", redis_url)
    other.start()
    assert other.process is not None
    assert await asyncio.to_thread(other.process.wait, DEADLINE_S) == 2
    assert "they are of two exchanges" in other.said()


async def test_the_matcher_is_found_through_the_registry(matcher: Matcher, redis_url: str) -> None:
    async with matcher.client(), Redis.from_url(redis_url) as store:
        registry = Registry(store)

        async def registered() -> bool:
            found = (await registry.endpoint(0), await registry.shard_of("TATA_INR"))
            return None not in found

        await until(registered)
        client = MeshClient(
            RegisteredEndpoint(registry, 0, "ipc:///nowhere.ipc"),
            time.time_ns,
            MeshClientConfig(heartbeat_s=0.05),
        )
        await client.start()
        await until(lambda: client.connected)
        assert await registry.shard_of("TATA_INR") == 0
        await client.close()
        assert matcher.end() == 0
        assert await registry.endpoint(0) is None


async def test_a_failed_write_stops_the_matcher_unacknowledged(
    tmp_path: Path, redis_url: str
) -> None:
    """The file size limit makes the disk refuse a record; no reply may leave for it."""
    matcher = Matcher(tmp_path, redis_url)
    matcher.start()
    async with matcher.client(timeout_s=2.0) as client:
        await fund(client)
        assert matcher.process is not None
        resource.prlimit(matcher.process.pid, resource.RLIMIT_FSIZE, (4_096, 4_096))
        replies = 0
        try:
            for _ in range(200):
                await placed(client, order(client, 1))
                replies += 1
        except MeshError:
            assert replies < 200
        assert await asyncio.to_thread(matcher.process.wait, DEADLINE_S) == 1
    assert "the journal cannot be written" in matcher.said()
    # As long as there is no room for a segment, a start is refused, and says what it waits for.
    matcher.start(file_bytes_max=1 << 20)
    assert await asyncio.to_thread(matcher.process.wait, DEADLINE_S) == 1
    assert "cannot start on the disk of" in matcher.said()
    matcher.start()
    async with matcher.client() as client:
        reply = await client.send(OpenOrdersQuery(client.next_request_id(), 1, 0))
        assert isinstance(reply, OpenOrdersReply)
        assert len(reply.orders) >= replies
    assert matcher.end() == 0
