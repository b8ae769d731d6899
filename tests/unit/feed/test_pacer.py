"""Portions and turns of the loop: one portion between two turns, users in turn."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from feed.catalog import Catalog
from feed.pacer import Pacer
from feed.streams import orders_stream
from feed.users import PORTION_EVENTS, Users
from proto.market_data import UserMessage
from tests.unit.feed.examples import Outlet
from tests.unit.feed.test_users import ALL, report
from tests.waiting import until

PORTIONS = 50


class Paced:
    """A pacer at work for two users."""

    def __init__(self) -> None:
        self.outlet = Outlet()
        self.now_ns = 0
        late = asyncio.Event()
        catalog = Catalog()
        catalog.learn(ALL)
        self.users = Users(catalog, self.outlet, late.set)
        self.pacer = Pacer(self.users, lambda: self.now_ns, late)
        for user_id in (7, 8):
            assert self.users.hold(user_id)
            self.users.on_subscribed(user_id)

    def tell(self, user_id: int) -> None:
        reports = [report(n) for n in range(1, PORTIONS * PORTION_EVENTS + 1)]
        self.users.on_message(user_id, UserMessage(reports, []))

    def written(self, user_id: int) -> int:
        stream = orders_stream(user_id)
        return sum(message["stream"] == stream for message in self.outlet.messages)


@asynccontextmanager
async def paced() -> AsyncIterator[Paced]:
    stage = Paced()
    task = asyncio.create_task(stage.pacer.run())
    try:
        yield stage
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_between_two_turns_of_the_loop_a_portion_is_written_and_no_more() -> None:
    async with paced() as stage:
        stage.tell(7)
        stage.tell(8)
        before = len(stage.outlet.messages)
        assert before == 2 * PORTION_EVENTS
        while stage.users.late():
            await asyncio.sleep(0)
            written = len(stage.outlet.messages)
            assert written - before <= PORTION_EVENTS
            assert abs(stage.written(7) - stage.written(8)) <= PORTION_EVENTS
            before = written
        assert stage.written(7) == stage.written(8) == PORTIONS * PORTION_EVENTS
        # And again, when there is something again.
        stage.users.on_lost()
        stage.tell(7)
        await until(lambda: not stage.users.late())


async def test_it_goes_on_when_there_is_room_again() -> None:
    async with paced() as stage:
        stage.outlet.full.add(orders_stream(7))
        stage.tell(7)
        stage.tell(8)
        await until(lambda: stage.users.late() == [7])
        assert stage.written(7) == 0
        stage.outlet.full.clear()
        await until(lambda: stage.users.late() == [])
        assert stage.written(7) == PORTIONS * PORTION_EVENTS
