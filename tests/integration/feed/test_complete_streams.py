"""Complete streams over real sockets, Redis and PostgreSQL, with whatever dies in between."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from feed.position import parse_position
from feed.streams import BALANCES, FILLS, ORDERS
from proto.database import Database, DatabaseError
from scripts.launcher.postgres import EmbeddedPostgres
from scripts.launcher.valkey import EmbeddedValkey
from tests.integration.feed.whole_exchange import (
    Json,
    Listener,
    Truth,
    WholeExchange,
    feed_of,
    is_live,
    listener_of,
    listening,
    whole_exchange,
)
from tests.waiting import until

pytestmark = pytest.mark.integration

# One that trades much and does not run out of money.
USER = 1
TRADES = ("trades@GOLD_INR", "trades@SILVER_INR")
PRIVATE = (ORDERS, FILLS, BALANCES)
ALL = (*TRADES, *PRIVATE)
FROM_THE_BEGINNING = dict.fromkeys(ALL, "0")


@pytest.fixture
async def exchange(redis_url: str, migrated_database_url: str) -> AsyncIterator[WholeExchange]:
    async with whole_exchange(redis_url, migrated_database_url) as exchange:
        exchange.happen(batches=20)
        yield exchange


class Watched:
    """A client, and what it has to be told."""

    def __init__(self, listener: Listener, truth: Truth, after: dict[str, int]) -> None:
        self.listener = listener
        self._truth = truth
        self._after = after
        # How many messages of each stream were held against the truth.
        self._seen = dict.fromkeys(ALL, 0)

    def has_everything(self) -> bool:
        """Tell whether it has been told all above its places; fail where it was anything else."""
        self._truth.look()
        complete = True
        for stream in ALL:
            events, seen = self._truth.told[stream], self._seen[stream]
            expected = [data for mark, data in events if mark > self._after[stream]]
            told = self.listener.told[stream]
            assert told[seen:] == expected[seen : len(told)], stream
            self._seen[stream] = len(told)
            complete = complete and len(told) == len(expected)
        return complete

    def places(self, back: int = 1) -> dict[str, str]:
        """Return the places of messages so many before the last ones."""
        chosen = {stream: self.listener.told[stream][-back:] for stream in ALL}
        return {
            stream: _place(stream, data[0]) if data else str(self._after[stream])
            for stream, data in chosen.items()
        }


def _place(stream: str, data: Json) -> str:
    return str(data["trade_id" if stream in TRADES else "position"])


def _mark(stream: str, place: str) -> int:
    mark = int(place) if stream in TRADES else parse_position(place)
    assert mark is not None
    return mark


@asynccontextmanager
async def watched(
    exchange: WholeExchange, port: int, after: dict[str, str] | None = None
) -> AsyncIterator[Watched]:
    """Let a client subscribe to everything, from places on or from now on."""
    truth = Truth(exchange, USER)
    async with listener_of(port) as listener:
        truth.look()
        answer = await listener.subscribe(USER, *ALL, after=after)
        assert answer["result"] is None
        async with listening(listener):
            if after is not None:
                marks = {stream: _mark(stream, place) for stream, place in after.items()}
            else:
                # Nothing has happened meanwhile.
                marks = {stream: truth.told[stream][-1][0] for stream in TRADES}
                await until(lambda: all(listener.told[stream] for stream in PRIVATE))
                for stream in PRIVATE:
                    start = listener.told[stream].pop(0)
                    assert start["type"] == "start"
                    marks[stream] = _mark(stream, _place(stream, start))
            yield Watched(listener, truth, marks)


async def test_live_readers_and_those_who_come_back_are_told_the_same(
    exchange: WholeExchange,
) -> None:
    async with feed_of(exchange) as (_, port), watched(exchange, port) as live:
        for _ in range(20):
            exchange.happen()
            await asyncio.sleep(0)
        await until(live.has_everything)
        # From memory where that reaches, from the database where it does not.
        for places in (FROM_THE_BEGINNING, live.places(5), live.places(200)):
            async with watched(exchange, port, places) as back:
                await until(back.has_everything)
                exchange.happen()
                await until(back.has_everything)
        await until(live.has_everything)


async def test_a_client_goes_on_at_another_feed(exchange: WholeExchange) -> None:
    async with feed_of(exchange) as (_, first), feed_of(exchange) as (_, second):
        async with watched(exchange, first) as client:
            exchange.happen(3)
            await until(client.has_everything)
            places = client.places()
        for port in (second, first, second):
            # Much or little has happened since, and the other feed may be slower.
            exchange.happen()
            async with watched(exchange, port, places) as client:
                await until(client.has_everything)
                places = client.places()


async def test_a_feed_that_was_restarted_knows_nothing_and_misses_nothing(
    exchange: WholeExchange,
) -> None:
    async with feed_of(exchange) as (_, port), watched(exchange, port) as client:
        exchange.happen(3)
        await until(client.has_everything)
        places = client.places()
    exchange.happen(3)
    async with feed_of(exchange) as (_, port), watched(exchange, port, places) as client:
        exchange.happen(3)
        await until(client.has_everything)


async def test_a_matcher_that_was_restarted_publishes_again(exchange: WholeExchange) -> None:
    async with feed_of(exchange) as (_, port), watched(exchange, port) as client:
        for _ in range(3):
            exchange.happen(3)
            await exchange.restart_publisher()
            exchange.happen()
            await until(client.has_everything)


async def test_redis_dies_and_comes_back_empty(
    servers_dir: Path, migrated_database_url: str
) -> None:
    server = EmbeddedValkey(servers_dir / "valkey-complete", durable=False)
    server.start()
    try:
        async with whole_exchange(server.url, migrated_database_url) as exchange:
            exchange.happen(5)
            async with feed_of(exchange) as (served, port), watched(exchange, port) as client:
                for _ in range(2):
                    exchange.happen()
                    server.kill()
                    await until(lambda: not is_live(served))
                    # What happens now no message tells of; Redis loses its stream as well.
                    exchange.happen(3)
                    server.start()
                    await until(client.has_everything)
                    exchange.happen()
                    await until(client.has_everything)
    finally:
        server.stop()


async def test_the_database_away_stops_only_those_who_need_it(
    redis_url: str, servers_dir: Path
) -> None:
    server = EmbeddedPostgres(servers_dir / "postgres-complete", durable=False)
    server.start()
    try:
        async with whole_exchange(redis_url, server.url) as exchange:
            exchange.happen(30)
            async with feed_of(exchange) as (_, port), watched(exchange, port) as live:
                await _until_written(exchange, server.url)
                server.kill()
                exchange.happen(3)
                await until(live.has_everything)
                async with watched(exchange, port, FROM_THE_BEGINNING) as back:
                    exchange.happen(3)
                    await until(live.has_everything)
                    assert not back.has_everything()
                    server.start()
                    await until(back.has_everything)
                    exchange.happen()
                    await until(live.has_everything)
                    await until(back.has_everything)
    finally:
        server.stop()


async def _until_written(exchange: WholeExchange, url: str) -> None:
    database = Database(url, lambda: 0, "test", 1)
    await database.start()

    async def written() -> bool:
        try:
            (row,) = await database.rows("select max(last_sequence) as end from stream_position")
        except DatabaseError:
            # Its tables are still to be made.
            return False
        return bool(row["end"] == exchange.venue.engine.sequence)

    try:
        await until(written)
    finally:
        await database.close()


async def test_many_who_fall_behind_at_one_place_cost_one_question(
    exchange: WholeExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    rows = Database.rows

    async def counted(self: Database, statement: str, *arguments: object) -> object:
        asked.append(statement)
        return await rows(self, statement, *arguments)

    monkeypatch.setattr(Database, "rows", counted)
    async with feed_of(exchange) as (_, port):
        readers = 40
        async with asyncio.TaskGroup() as tasks:
            for _ in range(readers):
                tasks.create_task(_read_all(exchange, port))
        # A page for each hundred messages of each stream, and little more.
        truth = Truth(exchange, USER)
        truth.look()
        pages = sum(len(events) // 100 + 1 for events in truth.told.values())
        assert len(asked) < 4 * pages < readers


async def _read_all(exchange: WholeExchange, port: int) -> None:
    async with watched(exchange, port, FROM_THE_BEGINNING) as client:
        await until(client.has_everything)


async def test_places_that_were_never_told(exchange: WholeExchange) -> None:
    """Below everything, in the middle of a command, and of an exchange that is no more."""
    dice = random.Random(1)
    end = exchange.venue.engine.sequence
    async with feed_of(exchange) as (_, port):
        for _ in range(3):
            sequence = dice.randrange(end)
            places = {
                **dict.fromkeys(TRADES, str(dice.randrange(100))),
                **dict.fromkeys(PRIVATE, f"{sequence}.{dice.randrange(1, 9)}"),
            }
            async with watched(exchange, port, places) as client:
                await until(client.has_everything)
        async with listener_of(port) as listener:
            places = {**dict.fromkeys(TRADES, str(10**12)), **dict.fromkeys(PRIVATE, str(10**12))}
            await listener.subscribe(USER, *ALL, after=places)
            exchange.happen(3)
            async with listening(listener):
                truth = Truth(exchange, USER)
                truth.look()
                last = {stream: truth.told[stream][-1][1] for stream in ALL}
                await until(
                    lambda: all(
                        listener.told[stream] and listener.told[stream][-1] == last[stream]
                        for stream in ALL
                    )
                )
