"""The state of a market over real sockets and a real Redis, and what breaks it."""

from pathlib import Path

import pytest

from proto.codes import AUCTION, CONTINUOUS, HALTED
from scripts.launcher.valkey import EmbeddedValkey
from tests.integration.feed.harness import Stage, client_of, is_live
from tests.waiting import until

pytestmark = pytest.mark.integration

STATUS = "status@TATA_INR"


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


async def test_a_change_that_got_lost_is_in_the_next_answer(servers_dir: Path) -> None:
    server = EmbeddedValkey(servers_dir / "valkey-status", durable=False)
    server.start()
    try:
        async with Stage(server.url) as stage:
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
    finally:
        server.stop()
