"""Orders and statuses over real sockets and a real Redis, and what breaks them."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from websockets.asyncio.client import connect

import feed.server
import feed.users
from feed.service import Feed
from feed.users import Users
from proto.codes import (
    AUCTION,
    BUY,
    CONTINUOUS,
    DEPOSIT,
    GTC,
    HALTED,
    LIMIT,
    NEW,
    REPORT_ACCEPTED,
)
from proto.events import BalanceChange, ExecutionReport, OrderState
from proto.ids import AssetId, OrderId, Sequence, TradeId, UserId
from proto.market_data import UserMessage
from scripts.launcher.valkey import EmbeddedValkey
from tests.integration.feed.harness import Stage, client_of, is_live
from tests.waiting import until

pytestmark = pytest.mark.integration


class Outage(NamedTuple):
    """A stage on a Redis of its own, which may be killed."""

    stage: Stage
    server: EmbeddedValkey


@pytest.fixture
async def outage(servers_dir: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Outage]:
    monkeypatch.setattr(feed.server, "_FOLLOW_TIMEOUT_S", 0.2)
    server = EmbeddedValkey(servers_dir / "valkey-users", durable=False)
    server.start()
    try:
        async with Stage(server.url) as stage:
            yield Outage(stage, server)
    finally:
        server.stop()


SEVEN = "orders@7"
STATUS = "status@TATA_INR"


def accepted(sequence: int, market_id: int = 1, user_id: int = 7) -> UserMessage:
    order = OrderState(
        OrderId(sequence), UserId(user_id), market_id, "mine", BUY, LIMIT, GTC, False, 9_900, 5, 0,
        0, 0, NEW, 0, 0,
    )  # fmt: skip
    report = ExecutionReport(
        Sequence(sequence), REPORT_ACCEPTED, 0, order, TradeId(0), 0, 0, 0, False
    )
    change = BalanceChange(
        Sequence(sequence), 0, UserId(user_id), AssetId(2), DEPOSIT, 150, 0, 150, 0, TradeId(0), "r"
    )
    return UserMessage([report], [change])


async def test_a_user_hears_everything_from_the_answer_on(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        served, port = await stage.start_live_feed()
        async with client_of(port) as client, client_of(port) as other:
            assert (await client.ask("SUBSCRIBE", SEVEN))["result"] is None
            assert (await other.ask("SUBSCRIBE", "orders@8"))["result"] is None
            # At once: the answer says that nothing is missed from now on.
            await stage.exchange.tell(accepted(3))
            report = await client.next_data(SEVEN)
            assert (report["type"], report["event"]) == ("report", "accepted")
            assert report["order"]["price"] == "99.00"  # type: ignore[index]
            balance = await client.next_data(SEVEN)
            assert (balance["asset"], balance["change"]) == ("INR", "1.50")
            await stage.exchange.tell(accepted(4, user_id=8), 8)
            theirs = await other.next_data("orders@8")
            assert theirs["order"]["user_id"] == "8"  # type: ignore[index]
            assert client.messages == []
        # When nobody reads a user any more, Redis is not asked for them any more.
        await until(lambda: not any(c.startswith(b"user.") for c in served.board.channels()))
        await until(lambda: _subscribers(stage, b"user.7", 0))
        assert served.board.bad_messages == 0


async def test_a_reader_is_not_dismissed_for_how_much_one_command_does(redis_url: str) -> None:
    ended = UserMessage(
        [accepted(sequence).reports[0] for sequence in range(1, 20_001)],
        [accepted(20_001).balance_changes[0]],
    )
    async with Stage(redis_url) as stage:
        served, port = await stage.start_live_feed()
        async with client_of(port) as client:
            await client.ask("SUBSCRIBE", SEVEN)
            await stage.exchange.tell(ended)
            # What is told next stands behind it.
            await stage.exchange.tell(accepted(20_002))
            numbers = [
                (await client.next_data(SEVEN))["order"]["order_id"]  # type: ignore[index]
                for _ in range(20_000)
            ]
            assert numbers == [str(sequence) for sequence in range(1, 20_001)]
            kinds = [(await client.next_data(SEVEN))["type"] for _ in range(3)]
            assert kinds == ["balance", "report", "balance"]
        assert served.hub.dismissed == 0
        assert served.board.users.late() == []


async def test_a_reader_who_takes_nothing_is_dismissed_and_what_waits_for_it_is_dropped(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed.users, "PATIENCE_NS", 0)
    ended = UserMessage([accepted(sequence).reports[0] for sequence in range(1, 40_001)], [])
    async with Stage(redis_url) as stage:
        served, port = await stage.start_live_feed()
        # It takes what fits its queue and the kernel, and no more.
        slow = await connect(f"ws://127.0.0.1:{port}", proxy=None, compression=None, max_queue=1)
        try:
            await slow.send(json.dumps({"method": "SUBSCRIBE", "params": [SEVEN], "id": 1}))
            await until(lambda: served.hub.wanted(SEVEN))
            await stage.exchange.tell(ended)
            await until(lambda: served.hub.dismissed == 1)
            await until(lambda: served.board.users.late() == [])
            assert served.hub.messages < 40_000
        finally:
            slow.transport.abort()


async def test_a_message_that_cannot_be_read_resets_its_user(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        _, port = await stage.start_live_feed()
        async with client_of(port) as client:
            await client.ask("SUBSCRIBE", SEVEN)
            await stage.exchange.publish("user.7", b"\xc1 garbage")
            assert await client.next_data(SEVEN) == {"type": "reset", "user_id": "7"}


async def test_a_second_reader_and_one_that_comes_back(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        _, port = await stage.start_live_feed()
        async with client_of(port) as first:
            for _ in range(5):
                await first.ask("SUBSCRIBE", SEVEN)
                await first.ask("UNSUBSCRIBE", SEVEN)
                await until(lambda: _subscribers(stage, b"user.7", 0))
            await first.ask("SUBSCRIBE", SEVEN)
            async with client_of(port) as second:
                await second.ask("SUBSCRIBE", SEVEN)
                await stage.exchange.tell(accepted(3))
                assert await first.next_data(SEVEN) == await second.next_data(SEVEN)
            await stage.exchange.tell(accepted(4))
            await first.next_data(SEVEN)
            assert (await first.next_data(SEVEN))["type"] == "report"


async def test_a_lost_connection_to_redis_resets_the_users(outage: Outage) -> None:
    stage, server = outage
    served, port = await stage.start_live_feed()
    async with client_of(port) as client:
        await client.ask("SUBSCRIBE", SEVEN)
        server.kill()
        await until(lambda: not is_live(served))
        answer = await client.ask("SUBSCRIBE", "orders@8")
        assert answer["error"]["code"] == "NOT_READY"  # type: ignore[index]
        server.start()
        assert await client.next_data(SEVEN) == {"type": "reset", "user_id": "7"}
        await stage.exchange.tell(accepted(3))
        assert (await client.next_data(SEVEN))["type"] == "report"


async def test_who_asks_while_redis_is_away_leaves_nothing_behind(
    outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, server = outage
    waits = _count_waits(monkeypatch)
    served, port = await stage.start_live_feed()
    users = served.board.users
    async with client_of(port) as client:
        await client.ask("SUBSCRIBE", SEVEN)
        server.kill()
        await until(lambda: not is_live(served))
        # One connection holds the place, the other asks for it again and again.
        assert users.hold(8)
        for _ in range(3):
            answer = await client.ask("SUBSCRIBE", "orders@8", "orders@9")
            assert answer["error"]["code"] == "NOT_READY"  # type: ignore[index]
        assert waits == {"begun": 3, "left": 0}
        users.release(8)
        # Users whom nobody reads are forgotten though Redis is away, and the one who is read stays.
        await until(lambda: _followed_channels(served) == {b"user.7"})
        server.start()
        assert await client.next_data(SEVEN) == {"type": "reset", "user_id": "7"}
        assert (await client.ask("SUBSCRIBE", "orders@8"))["result"] is None


async def test_a_connection_reads_a_few_users_and_no_more(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        served, port = await stage.start_live_feed()
        async with client_of(port) as client:
            names = [f"orders@{user_id}" for user_id in range(1, 18)]
            answer = await client.ask("SUBSCRIBE", *names)
            assert answer["error"]["code"] == "TOO_MANY_SUBSCRIPTIONS"  # type: ignore[index]
            assert _followed_channels(served) == set()
            assert (await client.ask("SUBSCRIBE", *names[:16]))["result"] is None


async def test_what_the_matcher_has_dropped_resets_the_users(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        _, port = await stage.start_live_feed()
        async with client_of(port) as client:
            await client.ask("SUBSCRIBE", SEVEN)
            await stage.exchange.tick()
            await stage.exchange.tick()
            await stage.exchange.tell(accepted(3))
            await client.next_data(SEVEN)
            assert (await client.next_data(SEVEN))["type"] == "balance"
            stage.exchange.losses += 1
            await stage.exchange.tick()
            assert (await client.next_data(SEVEN))["type"] == "reset"


async def test_a_market_created_while_the_feed_runs(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        served, port = await stage.start_live_feed()
        async with client_of(port) as client:
            await client.ask("SUBSCRIBE", SEVEN)
            stage.exchange.markets["BTC_INR"] = 2
            # Nobody has asked for it: the feed finds out by the order that is in it.
            await stage.exchange.tell(accepted(3, market_id=2))
            report = await client.next_data(SEVEN)
            assert report["order"]["market"] == "BTC_INR"  # type: ignore[index]
            assert (await client.ask("SUBSCRIBE", "trades@BTC_INR"))["result"] is None
        assert served.board.find("BTC_INR") is not None


async def test_the_present_status_comes_first_then_its_changes(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        await stage.exchange.set_state(HALTED)
        _, port = await stage.start_live_feed()
        async with client_of(port) as client:
            await client.ask("SUBSCRIBE", STATUS)
            first = await client.next_data(STATUS)
            assert (first["state"], first["timestamp"]) == ("halted", None)
            await stage.exchange.set_state(AUCTION, stage.exchange.now_ns + 60 * 10**9)
            auction = await client.next_data(STATUS)
            assert (auction["state"], auction["ends_at"]) == (
                "auction",
                "2024-01-01T00:01:00.000000Z",
            )
            await stage.exchange.set_state(CONTINUOUS)
            assert (await client.next_data(STATUS))["state"] == "continuous"


async def test_a_change_that_got_lost_is_in_the_next_answer(outage: Outage) -> None:
    stage, server = outage
    await stage.exchange.set_state(CONTINUOUS)
    served, port = await stage.start_live_feed()
    async with client_of(port) as client:
        await client.ask("SUBSCRIBE", STATUS)
        await client.next_data(STATUS)
        server.kill()
        await until(lambda: not is_live(served))
        stage.exchange.change_state(HALTED)
        server.start()
        assert (await client.next_data(STATUS))["state"] == "halted"


async def test_users_are_refused_where_sign_in_is_not_open(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        served, port = await stage.start_feed(are_users_open=False)
        await until(lambda: is_live(served))
        async with client_of(port) as client:
            answer = await client.ask("SUBSCRIBE", "depth@TATA_INR", SEVEN)
            assert answer["error"]["code"] == "SIGN_IN_REQUIRED"  # type: ignore[index]
            assert "TICKMESH_AUTH=open" in answer["error"]["message"]  # type: ignore[index]
            assert (await client.ask("LIST_SUBSCRIPTIONS"))["result"] == []
            assert (await client.ask("SUBSCRIBE", "depth@TATA_INR"))["result"] is None


def _count_waits(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Count what users are asked to do when they are followed, and what is left of it."""
    waits = {"begun": 0, "left": 0}
    begin, stop = Users.when_followed, Users.stop_waiting

    def when_followed(users: Users, user_id: int, action: Callable[[], None]) -> None:
        if user_id == 8:
            waits["begun"] += 1
            waits["left"] += 1
        begin(users, user_id, action)

    def stop_waiting(users: Users, user_id: int, action: Callable[[], None]) -> None:
        if user_id == 8:
            waits["left"] -= 1
        stop(users, user_id, action)

    monkeypatch.setattr(Users, "when_followed", when_followed)
    monkeypatch.setattr(Users, "stop_waiting", stop_waiting)
    return waits


def _followed_channels(served: Feed) -> set[bytes]:
    return {channel for channel in served.board.channels() if channel.startswith(b"user.")}


async def _subscribers(stage: Stage, channel: bytes, wanted: int) -> bool:
    ((_, subscribers),) = await stage.publisher.pubsub_numsub(channel)
    return int(subscribers) == wanted
