"""The worker: what it keeps, what it sends again, when it gives up."""

import asyncio
import random

import pytest

from scripts.load.flow import Flow, MarketWalk
from scripts.load.operations import (
    ACKNOWLEDGED,
    NOT_TAKEN,
    REFUSED,
    UNKNOWN,
    Cancel,
    Operation,
    Outcome,
    Place,
)
from scripts.load.pace import ClosedLoop
from scripts.load.record import Record
from scripts.load.samples import Samples
from scripts.load.worker import SETTLE_DEADLINE_NS, Crew, Worker
from tests.unit.load.scales import TATA_INR
from tests.waiting import until

LENGTH_NS = 1_000_000_000


class ScriptedLane:
    """A lane that keeps what it is given, for the test to answer."""

    def __init__(self) -> None:
        self.submitted: list[Operation] = []

    def submit(self, operation: Operation) -> None:
        self.submitted.append(operation)

    def expire(self, now_ns: int) -> None: ...

    def close(self) -> None: ...


class Bench:
    """A worker with its lane, on a clock that the test moves."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.lane = ScriptedLane()
        self.record = Record()
        self.places, self.cancels = Samples(), Samples()
        crew = Crew(
            loop=asyncio.get_running_loop(),
            clock_ns=lambda: self.now_ns,
            start_ns=0,
            flow=Flow(1, "run", [MarketWalk(TATA_INR, 2_000)], [1], 1),
            pace=ClosedLoop(lambda: self.now_ns, 0, LENGTH_NS),
            record=self.record,
            places=self.places,
            cancels=self.cancels,
            jitter=random.Random(1),
        )
        self.worker = Worker(0, crew, lambda _: self.lane)

    async def until_submitted(self, count: int) -> None:
        await until(lambda: len(self.lane.submitted) >= count)

    def run_until_cancel(self) -> Cancel:
        """Acknowledge everything as resting until the worker cancels."""
        for order_id in range(1, 200):
            operation = self.lane.submitted[-1]
            if isinstance(operation, Cancel):
                return operation
            self.worker.on_outcome(Outcome(ACKNOWLEDGED, "", order_id, "new"))
        raise AssertionError("the flow never cancels")


@pytest.fixture
async def bench() -> Bench:
    return Bench()


async def test_an_acknowledgement_is_kept_and_the_next_operation_begins(bench: Bench) -> None:
    assert bench.worker.begin()
    bench.now_ns = 5_000_000
    bench.worker.on_outcome(Outcome(ACKNOWLEDGED, "", 12, "filled"))
    assert list(bench.places.latencies_us) == [5_000]
    first = bench.lane.submitted[0]
    assert bench.record.orders[first.client_order_id].order_id == 12
    assert len(bench.lane.submitted) == 2
    assert bench.worker.busy


async def test_no_operation_begins_after_the_end(bench: Bench) -> None:
    bench.worker.begin()
    bench.now_ns = LENGTH_NS
    bench.worker.on_outcome(Outcome(ACKNOWLEDGED, "", 12, "filled"))
    assert not bench.worker.busy
    assert not bench.worker.begin()


@pytest.mark.parametrize("kind", [NOT_TAKEN, UNKNOWN])
async def test_what_is_not_settled_is_sent_again_under_the_same_name(
    bench: Bench, kind: int
) -> None:
    bench.worker.begin()
    bench.worker.on_outcome(Outcome(kind, "trouble"))
    await bench.until_submitted(2)
    assert bench.lane.submitted[0] == bench.lane.submitted[1]
    bench.now_ns = 7_000_000
    bench.worker.on_outcome(Outcome(ACKNOWLEDGED, "", 12, "filled"))
    assert bench.record.troubles == {"trouble": 1}
    assert bench.record.retries == 1
    # Counted from when it was first due.
    assert list(bench.places.latencies_us) == [7_000]


async def test_a_command_that_came_too_late_is_sent_again(bench: Bench) -> None:
    bench.worker.begin()
    bench.worker.on_outcome(Outcome(REFUSED, "DEADLINE_PASSED"))
    await bench.until_submitted(2)
    assert not bench.record.refused


async def test_a_worker_gives_up_at_last(bench: Bench) -> None:
    bench.worker.begin()
    bench.now_ns = SETTLE_DEADLINE_NS + 1
    bench.worker.on_outcome(Outcome(UNKNOWN, "trouble"))
    assert bench.record.unsettled == {bench.lane.submitted[0].client_order_id}
    assert not bench.worker.busy
    # What comes now is nobody's.
    bench.worker.on_outcome(Outcome(ACKNOWLEDGED, "", 12, "filled"))
    assert not bench.record.orders


async def test_giving_up_leaves_the_order_unsettled(bench: Bench) -> None:
    bench.worker.begin()
    bench.worker.give_up()
    assert len(bench.record.unsettled) == 1


async def test_a_refused_order_is_a_trouble(bench: Bench) -> None:
    bench.worker.begin()
    bench.worker.on_outcome(Outcome(REFUSED, "INSUFFICIENT_BALANCE"))
    place = bench.lane.submitted[0]
    assert isinstance(place, Place)
    assert bench.record.refused == {place.client_order_id}
    assert bench.record.troubles == {"INSUFFICIENT_BALANCE": 1}


async def test_cancels_change_the_order_or_come_too_late(bench: Bench) -> None:
    bench.worker.begin()
    cancel = bench.run_until_cancel()
    bench.worker.on_outcome(Outcome(ACKNOWLEDGED, "", cancel.order_id, "cancelled"))
    assert bench.record.orders[cancel.client_order_id].status == "cancelled"
    assert bench.record.cancels == 1
    bench.run_until_cancel()
    bench.worker.on_outcome(Outcome(REFUSED, "ORDER_NOT_OPEN"))
    assert bench.record.late_cancels == 1
    assert not bench.record.troubles
    assert len(bench.cancels.latencies_us) == 2
    bench.run_until_cancel()
    bench.worker.on_outcome(Outcome(REFUSED, "UNKNOWN_MARKET"))
    assert bench.record.troubles == {"UNKNOWN_MARKET": 1}
