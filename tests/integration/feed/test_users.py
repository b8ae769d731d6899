"""Who is followed, and when: users over real sockets and a real Redis."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

import feed.subscriber
import feed.users
from feed.service import Feed
from feed.users import Users
from proto.market_data import UserMessage
from scripts.launcher.valkey import EmbeddedValkey
from tests.integration.feed.harness import Client, Stage, client_of, is_live
from tests.unit.feed.user_events import balance, fill, message, report
from tests.waiting import until

pytestmark = pytest.mark.integration

PRIVATE = ("orders", "fills", "balances")


@asynccontextmanager
async def client_as(port: int, user_id: int = 7) -> AsyncIterator[Client]:
    """A client that has signed in."""
    async with client_of(port) as client:
        await client.sign_in(user_id)
        yield client


async def tell(stage: Stage, told: UserMessage, user_id: int = 7) -> None:
    """Let something happen to a user, and publish it."""
    numbers = [event.sequence for _, event in (*told.reports, *told.balance_changes)]
    stage.exchange.command = max(stage.exchange.command, *numbers)
    losses = stage.exchange.losses
    told = UserMessage(losses, told.reports, told.balance_changes)
    await stage.exchange.tell(told, user_id)


async def live_feed(stage: Stage) -> tuple[Feed, int]:
    """A feed that has heard the matcher."""
    served, port = await stage.start_live_feed()
    await stage.exchange.tick()
    return served, port


async def test_everything_is_told_from_the_start_on(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        stage.exchange.command = 2
        served, port = await live_feed(stage)
        async with client_as(port) as client, client_as(port, 8) as other:
            assert (await client.ask("SUBSCRIBE", *PRIVATE))["result"] is None
            assert (await other.ask("SUBSCRIBE", "orders"))["result"] is None
            for stream in PRIVATE:
                assert await client.next_data(stream) == {
                    "type": "start",
                    "position": "2",
                    "user_id": "7",
                }
            await tell(stage, message(report(3), fill(4), balance(4)))
            events = [(await client.next_data("orders"))["event"] for _ in range(2)]
            assert events == ["accepted", "fill"]
            assert (await client.next_data("fills"))["position"] == "4.1"
            changed = await client.next_data("balances")
            assert (changed["asset"], changed["change"]) == ("INR", "15000.00")
            await other.next_data("orders")
            await tell(stage, message(report(5, user_id=8)), 8)
            theirs = await other.next_data("orders")
            assert theirs["order"]["user_id"] == "8"  # type: ignore[index]
            assert client.messages == []
        assert served.board.bad_messages == 0


async def test_a_user_is_followed_a_while_after_the_last_reader_has_left(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Stage(redis_url) as stage:
        served, port = await live_feed(stage)
        async with client_as(port) as client:
            await client.ask("SUBSCRIBE", "orders")
            assert (await client.next_data("orders"))["position"] == "0"
        await tell(stage, message(report(1)))
        async with client_as(port) as client:
            request = {"method": "SUBSCRIBE", "params": ["orders"], "after": {"orders": "0"}}
            await client.send(json.dumps({**request, "id": 1}))
            await client.next_answer()
            # There is no database: it is from memory.
            assert (await client.next_data("orders"))["position"] == "1.1"
        monkeypatch.setattr(feed.users, "LINGER_NS", 0)
        await until(lambda: followed_channels(served) == set())
        await until(lambda: subscribers(stage, b"user.7", 0))
        # Whoever comes now is followed anew.
        async with client_as(port) as client:
            await client.ask("SUBSCRIBE", "orders")
            assert (await client.next_data("orders"))["position"] == "1"
            await tell(stage, message(report(2)))
            assert (await client.next_data("orders"))["position"] == "2.1"


async def test_very_much_at_once_reaches_a_reader_who_reads(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        served, port = await live_feed(stage)
        async with client_as(port) as client:
            await client.ask("SUBSCRIBE", "orders")
            await client.next_data("orders")
            # What is remembered, and is more than a connection takes at once.
            for part in range(2):
                ordinals = range(1 + 200 * part, 201 + 200 * part)
                told = [(ordinal, report(1)) for ordinal in ordinals]
                await tell(stage, UserMessage(0, told, []))
            positions = [(await client.next_data("orders"))["position"] for _ in range(400)]
            assert positions == [f"1.{ordinal}" for ordinal in range(1, 401)]
        assert served.hub.dismissed == 0


async def test_whoever_asks_while_redis_is_away_leaves_nothing_behind(
    servers_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed.subscriber, "_FOLLOW_TIMEOUT_S", 0.2)
    monkeypatch.setattr(feed.users, "LINGER_NS", 0)
    waits = count_waits(monkeypatch)
    server = EmbeddedValkey(servers_dir / "valkey-users", durable=False)
    server.start()
    try:
        async with Stage(server.url) as stage:
            served, port = await live_feed(stage)
            async with client_as(port) as client, client_as(port, 8) as other:
                await client.ask("SUBSCRIBE", "orders")
                await client.next_data("orders")
                server.kill()
                await until(lambda: not is_live(served))
                waits.clear()
                for _ in range(3):
                    answer = await other.ask("SUBSCRIBE", "orders")
                    assert answer["error"]["code"] == "NOT_READY"  # type: ignore[index]
                assert waits == {"begun": 3, "ended": 3}
                # Whom nobody reads is forgotten though Redis is away; who is read stays.
                await until(lambda: followed_channels(served) == {b"user.7"})
                server.start()
                await until(lambda: is_live(served))
                await until(lambda: ticked(stage))
                assert (await other.ask("SUBSCRIBE", "orders"))["result"] is None
    finally:
        server.stop()


async def test_nobody_is_followed_while_the_matcher_is_away(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed.subscriber, "_FOLLOW_TIMEOUT_S", 0.2)
    async with Stage(redis_url) as stage:
        _, port = await live_feed(stage)
        async with client_as(port) as client:
            stage.exchange.away = True
            answer = await client.ask("SUBSCRIBE", "balances")
            assert answer["error"]["code"] == "NOT_READY"  # type: ignore[index]
            stage.exchange.away = False

            async def subscribed() -> bool:
                return "result" in await client.ask("SUBSCRIBE", "balances")

            await until(subscribed)


async def test_a_feed_follows_so_many_users_and_no_more(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Stage(redis_url) as stage:
        served, port = await live_feed(stage)
        monkeypatch.setattr(served.board.users, "_users_max", 1)
        async with client_as(port) as client, client_as(port, 8) as other:
            assert (await client.ask("SUBSCRIBE", "orders"))["result"] is None
            answer = await other.ask("SUBSCRIBE", "orders")
            assert answer["error"]["code"] == "TOO_MANY_USERS"  # type: ignore[index]
            await client.ask("UNSUBSCRIBE", "orders")

            async def subscribed() -> bool:
                return "result" in await other.ask("SUBSCRIBE", "orders")

            # Nobody keeps the last place unread.
            await until(subscribed, rest_s=0.2)


async def test_a_market_created_while_the_feed_runs(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        served, port = await live_feed(stage)
        async with client_as(port) as client:
            await client.ask("SUBSCRIBE", "orders")
            await client.next_data("orders")
            stage.exchange.markets["BTC_INR"] = 2
            # Nobody has asked for it: the feed finds out by the order that is in it.
            await tell(stage, message(report(3, market_id=2)))
            told = await client.next_data("orders")
            assert told["order"]["market"] == "BTC_INR"  # type: ignore[index]
            assert (await client.ask("SUBSCRIBE", "trades@BTC_INR"))["result"] is None
        assert served.board.find("BTC_INR") is not None


def count_waits(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Count what users are asked to do when they are followed, and when that ends."""
    waits: dict[str, int] = {}
    begin, stop = Users.when_followed, Users.stop_waiting

    def when_followed(users: Users, user_id: int, action: Callable[[], None]) -> None:
        waits["begun"] = waits.get("begun", 0) + 1
        begin(users, user_id, action)

    def stop_waiting(users: Users, user_id: int, action: Callable[[], None]) -> None:
        waits["ended"] = waits.get("ended", 0) + 1
        stop(users, user_id, action)

    monkeypatch.setattr(Users, "when_followed", when_followed)
    monkeypatch.setattr(Users, "stop_waiting", stop_waiting)
    return waits


async def ticked(stage: Stage) -> bool:
    """Publish the clock, which a connection of before does not."""
    try:
        await stage.exchange.tick()
    except RedisConnectionError:
        return False
    return True


def followed_channels(served: Feed) -> set[bytes]:
    return {channel for channel in served.board.channels() if channel.startswith(b"user.")}


async def subscribers(stage: Stage, channel: bytes, wanted: int) -> bool:
    ((_, count),) = await stage.publisher.pubsub_numsub(channel)
    return int(count) == wanted
