"""Orders whose way into the book can be seen from outside: each at a price that has nobody else.

A delta of depth does not say which orders it is made of. So beside the load some sell orders are
placed far above all others, each at a price of its own, and cancelled a moment later: the first
delta that names the price is of that order.
"""

import asyncio
from collections.abc import Callable, Iterator
from typing import Final, final

from proto.codes import GTC, LIMIT, SELL
from proto.scales import MarketScale
from scripts.benches.feed.sightings import Log, level_key
from scripts.load.flow import MarketWalk
from scripts.load.operations import ACKNOWLEDGED, Cancel, Lane, Operation, Outcome, Owner, Place

LANES: Final = 8
# Further than the load's orders ever are, and than its price walks.
_DISTANCE_TICKS: Final = 3_000
_REST_S: Final = 0.1
_OUTCOME_DEADLINE_S: Final = 10.0


class ProbeError(Exception):
    """A probe was not placed, or not cancelled."""


def probe_orders(
    scale: MarketScale, walk: MarketWalk, user_id: int, run: str, count: int
) -> list[Place]:
    """Return the probes of one market."""
    first_ticks = walk.mid_ticks + _DISTANCE_TICKS
    return [
        Place(
            user_id,
            scale.market.market_id,
            SELL,
            LIMIT,
            GTC,
            first_ticks + number,
            walk.step_lots,
            f"{run}-probe-{number}",
        )
        for number in range(count)
    ]


def price_key(scale: MarketScale, order: Place) -> str:
    """Name the price of a probe."""
    return level_key(scale.market.name, scale.price(order.price_ticks))


@final
class _Prober:
    """One lane's owner."""

    def __init__(self, make_lane: Callable[[Owner], Lane]) -> None:
        self.lane: Final = make_lane(self)
        self._outcome: asyncio.Future[Outcome] | None = None

    def on_outcome(self, outcome: Outcome) -> None:
        if self._outcome is not None and not self._outcome.done():
            self._outcome.set_result(outcome)

    async def carry(self, operation: Operation) -> Outcome:
        """Send an operation and wait for its outcome."""
        self._outcome = asyncio.get_running_loop().create_future()
        self.lane.submit(operation)
        async with asyncio.timeout(_OUTCOME_DEADLINE_S):
            outcome = await self._outcome
        if outcome.kind != ACKNOWLEDGED:
            raise ProbeError(f"{type(operation).__name__} of a probe: {outcome.trouble}")
        return outcome


async def probe(
    orders: list[Place],
    scale: MarketScale,
    make_lane: Callable[[Owner], Lane],
    log: Log,
    seconds: float,
) -> None:
    """Place all orders and cancel them, evenly over so many seconds.

    Args:
        orders: The probes.
        scale: Of their market.
        make_lane: Makes a lane whose operations are noted in the log.
        log: Gets their prices too.
        seconds: How long it takes.
    """
    interval_s = seconds / len(orders)
    start_s = asyncio.get_running_loop().time()
    due = iter([(start_s + number * interval_s, order) for number, order in enumerate(orders)])
    probers = [_Prober(make_lane) for _ in range(LANES)]
    try:
        async with asyncio.TaskGroup() as tasks:
            for prober in probers:
                tasks.create_task(_probe_in_turn(prober, due, scale, log))
    finally:
        for prober in probers:
            prober.lane.close()


async def _probe_in_turn(
    prober: _Prober, due: Iterator[tuple[float, Place]], scale: MarketScale, log: Log
) -> None:
    loop = asyncio.get_running_loop()
    for due_s, order in due:
        await asyncio.sleep(max(0.0, due_s - loop.time()))
        outcome = await prober.carry(order)
        if order.client_order_id in log.sent:
            log.levels[price_key(scale, order)] = log.sent[order.client_order_id]
        await asyncio.sleep(_REST_S)
        await prober.carry(
            Cancel(order.user_id, order.market_id, outcome.order_id, order.client_order_id)
        )
