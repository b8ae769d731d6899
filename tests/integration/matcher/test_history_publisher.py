"""The publisher and a real Redis that is wiped, full, foreign, or away."""

import asyncio
import contextlib
import itertools
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError

import matcher.publisher
from matcher.core.events import Events
from matcher.publisher import STREAM, Publisher
from proto.codec import decode_event_batch
from scripts.launcher.valkey import EmbeddedValkey
from tests.waiting import until

pytestmark = pytest.mark.integration
_DEADLINE_S = 20.0


@contextlib.asynccontextmanager
async def publishing(redis_url: str) -> AsyncIterator[tuple[Publisher, Redis]]:
    redis = Redis.from_url(
        redis_url, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0)
    )
    publisher = Publisher(redis, random.Random(1), 100)
    publisher.start()
    try:
        yield publisher, redis
    finally:
        await publisher.close(2.0)
        await redis.aclose()


def batch(first: int, last: int, epoch: int = 1) -> Events:
    batch = Events(0, epoch, first)
    batch.last_sequence = last
    return batch


async def sequences(redis: Redis) -> list[tuple[int, int, int]]:
    """Return first sequence, last sequence and epoch of each entry."""
    batches = [decode_event_batch(fields[b"b"]) for _, fields in await redis.xrange(STREAM)]
    return [(b.first_sequence, b.last_sequence, b.epoch) for b in batches]


async def until_published(redis: Redis, last_sequence: int) -> None:
    async def published() -> bool:
        entries = await sequences(redis)
        return bool(entries) and entries[-1][1] == last_sequence

    await until(published)


async def test_history_goes_on_in_a_redis_that_was_wiped(redis_url: str) -> None:
    async with publishing(redis_url) as (publisher, redis):
        publisher.publish(batch(1, 5))
        await until_published(redis, 5)
        await redis.flushall()
        publisher.publish(batch(6, 7))
        await until_published(redis, 7)
        assert await sequences(redis) == [(6, 7, 1)]


async def test_of_a_redis_that_hangs_it_is_said_that_it_does(
    redis_url: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matcher.publisher, "_FLIGHT_TIMEOUT_S", 0.05)
    async with publishing(redis_url) as (publisher, redis):
        await redis.execute_command("CLIENT", "PAUSE", 500)
        publisher.publish(batch(1, 5))
        await until(lambda: "trading goes on: no answer within 0.05 s" in caplog.text)
        monkeypatch.undo()
        await until_published(redis, 5)


async def test_an_entry_names_one_epoch(redis_url: str) -> None:
    async with publishing(redis_url) as (publisher, redis):
        for first, epoch in ((1, 1), (2, 1), (3, 2), (4, 2)):
            publisher.publish(batch(first, first, epoch))
        await until_published(redis, 4)
        assert await sequences(redis) == [(1, 2, 1), (3, 4, 2)]


async def test_nothing_is_added_to_a_stream_that_is_not_ours(
    redis_url: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matcher.publisher, "_FOREIGN_STREAM_POLL_S", 0.02)
    caplog.set_level("INFO")
    async with publishing(redis_url) as (publisher, redis):
        publisher.publish(batch(1, 5))
        await until_published(redis, 5)
        await redis.flushall()
        await redis.xadd(STREAM, {"b": b"theirs"}, id="900-0")
        publisher.publish(batch(6, 7))
        await until(lambda: "is of another exchange" in caplog.text)
        publisher.publish(batch(8, 9))
        # A recovery does not wait for it either.
        await publisher.wait_for_room()
        assert await redis.xlen(STREAM) == 1
        await redis.delete(STREAM)
        await until_published(redis, 9)
        assert await sequences(redis) == [(6, 7, 1), (8, 9, 1)]
        assert caplog.text.count("is of another exchange") == 1
        assert caplog.text.count("history goes to Redis again") == 1


async def test_market_data_goes_on_while_the_stream_is_full(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matcher.publisher, "STREAM_ENTRIES_MAX", 2)
    async with publishing(redis_url) as (publisher, redis), redis.pubsub() as listener:
        await listener.subscribe("clock")
        assert (await listener.get_message(timeout=_DEADLINE_S) or {})["type"] == "subscribe"
        publisher.publish(batch(1, 1))
        await until_published(redis, 1)
        publisher.publish(batch(2, 2))
        await until_published(redis, 2)
        publisher.publish(batch(3, 3))
        publisher.post("clock", b"tick")
        message = await listener.get_message(timeout=_DEADLINE_S)
        assert message is not None
        assert message["data"] == b"tick"
        assert await redis.xlen(STREAM) == 2
        await redis.xtrim(STREAM, maxlen=0)
        await until_published(redis, 3)


async def test_what_waits_is_bounded_and_the_rest_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matcher.publisher, "HISTORY_BYTES_MAX", 1_000)
    caplog.set_level("INFO")
    server = EmbeddedValkey(tmp_path / "valkey", durable=False)
    server.start()
    try:
        async with publishing(server.url) as (publisher, redis):
            publisher.publish(batch(1, 1))
            await until_published(redis, 1)
            assert publisher.losses == 100
            server.kill()
            sequence = 1
            async with asyncio.timeout(_DEADLINE_S):
                while "are left out" not in caplog.text:
                    sequence += 1
                    publisher.publish(batch(sequence, sequence))
                    publisher.post("clock", b"tick")
                    await asyncio.sleep(0)
            assert "Redis is away, trading goes on" in caplog.text
            assert publisher.losses > 100
            server.start()

            async def answers() -> bool:
                # Its connection is of the server that was killed.
                with contextlib.suppress(RedisConnectionError):
                    return bool(await redis.ping())
                return False

            await until(answers)

            async def drained() -> bool:
                return "Redis is back" in caplog.text and await redis.xlen(STREAM) > 0

            await until(drained)
            publisher.publish(batch(sequence + 1, sequence + 1))
            await until_published(redis, sequence + 1)
            entries = await sequences(redis)
        # One gap, and it is the one that was told.
        following = [(a[1] + 1, b[0] - 1) for a, b in itertools.pairwise(entries)]
        ((first, last),) = [gap for gap in following if gap[0] <= gap[1]]
        assert f"Sequences from {first} on are left out" in caplog.text
        assert f"left out: sequences {first} to {last}" in caplog.text
    finally:
        server.stop()
