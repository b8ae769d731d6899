"""A stream that loses its middle, its end, its group or itself; a database older than it is.

The stream and the database are real; the past is that of the test's exchange, and sometimes away.
"""

import asyncio
import random
from contextlib import suppress

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from persist.stream import GROUP, REFUSED_STREAM, STREAM
from proto.events import EventBatch
from tests.integration.persist.conftest import Carrying, connected
from tests.integration.persist.evidence import assert_history, position
from tests.integration.persist.exchange import Exchange, entry
from tests.integration.persist.past import Past, joined
from tests.integration.persist.test_db_processor import add, drained
from tests.waiting import until


async def whole(database_url: str, exchange: Exchange) -> None:
    """Wait until the history is as long as the exchange's, then compare."""
    async with connected(database_url) as connection:

        async def there() -> bool:
            return await position(connection) == exchange.engine.sequence

        await until(there)
        await assert_history(connection, exchange)


async def test_a_stream_that_was_lost_whole_shows_in_silence(
    redis: Redis, database_url: str, carrying: Carrying, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    exchange = Exchange()
    exchange.trade(3)
    await add(redis, exchange.batches)
    past = Past(exchange.batches)
    async with carrying(database_url, past):
        await until(lambda: drained(redis))
        exchange.trade(3)
        await redis.flushall()
        await whole(database_url, exchange)
        # And the stream goes on, with a group made anew.
        exchange.trade(2)
        await add(redis, exchange.batches[-2:])
        await until(lambda: drained(redis))
        await whole(database_url, exchange)
    assert caplog.text.count("are not in the stream") == 1
    assert caplog.text.count("are written") == 1


async def test_an_empty_database_gets_what_the_stream_has_no_more(
    redis: Redis, database_url: str, carrying: Carrying
) -> None:
    exchange = Exchange()
    exchange.trade(10)
    await add(redis, exchange.batches[7:])
    past = Past(exchange.batches)
    async with carrying(database_url, past):
        await whole(database_url, exchange)
        await until(lambda: drained(redis))
    assert past.asked[0] == (1, exchange.batches[6].last_sequence)


async def test_nothing_waits_for_a_matcher_that_is_away_while_nothing_is_missing(
    redis: Redis, database_url: str, carrying: Carrying, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    exchange = Exchange()
    past = Past(exchange.batches)
    past.is_away = True
    async with carrying(database_url, past):
        for _ in range(3):
            exchange.trade(2)
            await add(redis, exchange.batches[-2:] if exchange.batches[3:] else exchange.batches)
            await until(lambda: drained(redis))
        await whole(database_url, exchange)
    assert [r.levelname for r in caplog.records if r.name == "persist"] == ["INFO"]


async def test_entries_of_another_exchange_are_put_aside(
    redis: Redis, database_url: str, carrying: Carrying, caplog: pytest.LogCaptureFixture
) -> None:
    exchange, theirs = Exchange(), Exchange(seed=8)
    exchange.trade(4)
    theirs.trade(40)
    past = Past(exchange.batches)
    async with carrying(database_url, past):
        await add(redis, exchange.batches[:2])
        await until(lambda: drained(redis))
        await add(redis, theirs.batches[30:])
        # History goes on from the journal all the same.
        await whole(database_url, exchange)
    assert await redis.xlen(REFUSED_STREAM) == len(theirs.batches[30:])
    assert "is of another exchange" in caplog.text


async def test_a_database_of_another_exchange_is_left_alone(
    redis: Redis, database_url: str, carrying: Carrying, caplog: pytest.LogCaptureFixture
) -> None:
    theirs, exchange = Exchange(), Exchange(seed=8)
    theirs.trade(5)
    await add(redis, theirs.batches)
    async with carrying(database_url, Past(theirs.batches)):
        await until(lambda: drained(redis))
    await redis.flushall()
    await add(redis, exchange.batches)
    async with carrying(database_url, Past(exchange.batches)):
        await until(lambda: "they are of two exchanges" in caplog.text)
    assert await redis.xlen(STREAM) == len(exchange.batches)
    async with connected(database_url) as connection:
        await assert_history(connection, theirs)


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_the_stream_loses_or_repeats_the_history_is_whole(
    redis: Redis, database_url: str, carrying: Carrying, seed: int
) -> None:
    rnd = random.Random(seed)
    exchange = Exchange(seed)
    past = Past(exchange.batches, seed)
    async with carrying(database_url, past):
        for _ in range(12):
            first = len(exchange.batches) if exchange.batches[1:] else 0
            for _ in range(rnd.randint(1, 4)):
                exchange.trade(1, commands=rnd.randint(1, 30))
                exchange.epoch += rnd.random() < 0.1
            await _deliver(redis, exchange.batches[first:], exchange, rnd)
            past.is_away = rnd.random() < 0.2
            await asyncio.sleep(rnd.choice((0.0, 0.01, 0.05)))
        past.is_away = False
        await whole(database_url, exchange)
    with suppress(RedisError):
        assert (await redis.xpending(STREAM, GROUP))["pending"] == 0


async def _deliver(
    redis: Redis, batches: list[EventBatch], exchange: Exchange, rnd: random.Random
) -> None:
    """Add entries, and lose, repeat, join or wipe some."""
    for batch in batches:
        if rnd.random() < 0.8:
            await redis.xadd(STREAM, entry(batch))  # type: ignore[arg-type]
    if rnd.random() < 0.3:
        again = rnd.randrange(len(exchange.batches))
        some = [b for b in exchange.batches[again : again + 3] if b.epoch == exchange.epoch]
        if some:
            await redis.xadd(STREAM, entry(joined(some)))  # type: ignore[arg-type]
    trouble = rnd.random()
    if trouble < 0.15:
        await redis.flushall()
    elif trouble < 0.3:
        await redis.xtrim(STREAM, maxlen=rnd.randint(0, 2), approximate=False)
    elif trouble < 0.45:
        entries = await redis.xrange(STREAM)
        for entry_number, _ in rnd.sample(entries, len(entries) // 2):
            await redis.xdel(STREAM, entry_number)
