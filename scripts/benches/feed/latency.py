"""How long after its order left the client a message is with its subscriber, through everything.

A load like that of the soak goes by REST to a whole exchange, in an open loop: an order leaves when
it is due, however the exchange does. Another process reads the streams (`witness.py`). The clock
begins when the driver is about to write the request, on a connection that is open, and ends when
the subscriber has parsed the message; it is the machine's monotonic clock on both sides.

An order is found again by its client_order_id in the private `orders`, by the trade_id of its fills
in `trades@M`, and in `depth@M` by a price that nobody else has (`probes.py`). The way of the probes
is divided into parts, by the engine's stamp and by what Redis hands out about their user.
"""

import asyncio
import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, final

from scripts.benches.feed.lanes import TimedLane
from scripts.benches.feed.probes import price_key, probe, probe_orders
from scripts.benches.feed.processes import Busyness, syncs_us
from scripts.benches.feed.sightings import (
    Log,
    Sightings,
    delays,
    moments,
    only,
    stamps,
)
from scripts.benches.feed.witness import Assignment
from scripts.benches.feed.witnessed import witnessed
from scripts.benches.findings import Fact, Findings, distribution_of, times_of, together
from scripts.benches.watching import watcher
from scripts.faults.exchange import OwnExchange
from scripts.load.drive import Drive, Load, Progress
from scripts.load.flow import Flow, MarketWalk
from scripts.load.judge import Scene
from scripts.load.mesh import connected
from scripts.load.operations import Lane, Owner, Place
from scripts.load.preparation import prepare
from scripts.load.rest import RestLane, RestRequests

SECONDS: Final = 20
# Operations a second: orders, and a third of them cancels.
RATE: Final = 1_000
# Of these so many are probes; each is an order and a cancel.
PROBES: Final = 25
CONNECTIONS: Final = 64
_USER_IDS: Final = range(1, 11)
_PROBE_USER_ID: Final = 11
_SEED: Final = 1
_PENDING_MAX: Final = 64
# What was the last to be done has arrived by then, or never does.
_QUIET_S: Final = 1.0


async def bench_latency(exchange: OwnExchange, markets: Sequence[str]) -> Findings:
    """Measure the way of orders to subscribers.

    Args:
        exchange: A whole exchange.
        markets: Where to trade; the probes are of the first.
    """
    surroundings = exchange.surroundings
    folder = surroundings.data_dir
    run = secrets.token_hex(4)
    async with connected(surroundings.matcher_endpoint, _PENDING_MAX) as mesh:
        user_ids = [*_USER_IDS, _PROBE_USER_ID]
        scene, walks = await prepare(mesh, surroundings.http_url, markets, user_ids, run)
    probes = probe_orders(scene.traded[0], walks[0], _PROBE_USER_ID, run, SECONDS * PROBES)
    assignment = Assignment(
        ws_url=surroundings.ws_url,
        redis_url=exchange.redis_url,
        user_ids=[_PROBE_USER_ID, *_USER_IDS],
        markets=list(markets),
        levels=[price_key(scene.traded[0], order) for order in probes],
    )
    async with witnessed(assignment) as witness:
        stage = _Stage(scene, walks, folder)
        busy = Busyness()
        await asyncio.gather(stage.load(), stage.probe(probes))
        busy_share = busy.share()
        await asyncio.sleep(_QUIET_S)
        seen = await witness.sightings()
    return together(
        [
            _findings(stage, seen, busy_share),
            Findings(times=[times_of("a bare write and sync on that disk", syncs_us(folder))]),
        ]
    )


@final
class _Stage:
    """A load with probes, and what was noted of both.

    Attributes:
        orders: Of the load.
        probes: Of the probes.
        not_begun: Operations that were due and found no free connection.
    """

    def __init__(self, scene: Scene, walks: list[MarketWalk], data_dir: Path) -> None:
        self.orders: Final = Log()
        self.probes: Final = Log()
        self.not_begun = 0
        self._scene: Final = scene
        self._walks: Final = walks
        self._data_dir: Final = data_dir
        self._requests: Final = RestRequests(scene.url.partition("://")[2], scene.scales)

    async def load(self) -> None:
        """Trade in an open loop."""
        scene = self._scene
        flow = Flow(_SEED, scene.run, self._walks, list(_USER_IDS), CONNECTIONS)
        load = Load(SECONDS, RATE - 2 * PROBES, CONNECTIONS, _SEED)
        watch = watcher()

        def on_progress(progress: Progress) -> None:
            second = min(int(progress.elapsed_s) + 1, SECONDS)
            watch.on_round(f"{RATE:,} operations a second", second, SECONDS)

        def make_lane(owner: Owner) -> Lane:
            return TimedLane(self._rest_lane, owner, self.orders)

        drive = Drive(load, flow, make_lane, self._data_dir, on_progress)
        driven = await drive.run()
        self.not_begun = driven.not_begun

    async def probe(self, probes: list[Place]) -> None:
        """Place the probes meanwhile."""
        scale = self._scene.traded[0]

        def make_lane(owner: Owner) -> Lane:
            return TimedLane(self._rest_lane, owner, self.probes)

        await probe(probes, scale, make_lane, self.probes, SECONDS)

    def _rest_lane(self, owner: Owner) -> Lane:
        return RestLane(self._scene.url, self._requests, time.perf_counter_ns, owner)


def _findings(stage: _Stage, seen: Sightings, busy_share: float) -> Findings:
    orders, probes = stage.orders, stage.probes
    # Those under way at the end have no reply that could be compared.
    sent = only(orders.sent, orders.replied)
    reported = moments(seen.reports)
    whole = {
        "order to its private report": delays(sent, reported),
        "order to its trade, as all see it": delays(orders.trades, moments(seen.trades)),
        "order to the delta of depth": delays(probes.levels, moments(seen.levels)),
        "order to its reply": delays(sent, orders.replied),
    }
    # All of the same orders, which come evenly: so they add up, and no moment is preferred.
    offset_ns = time.time_ns() - time.monotonic_ns()
    taken = only(stamps(seen.reports, offset_ns), probes.sent)
    parts = {
        "probe to its private report": delays(probes.sent, reported),
        "  probe to the engine's stamp": delays(probes.sent, taken),
        "  stamp to Redis's subscribers": delays(taken, seen.published),
        "  Redis's subscribers to the report": delays(only(seen.published, probes.sent), reported),
        "  stamp to the reply, meanwhile": delays(taken, probes.replied),
    }
    return Findings(
        times=[times_of(name, found.delays_us) for name, found in (whole | parts).items()],
        curves=[distribution_of(name, found.delays_us) for name, found in whole.items()],
        facts=[
            Fact("orders and cancels offered", RATE, "a second"),
            Fact("of these not begun", stage.not_begun, ""),
            Fact("orders sent again, not measured", orders.repeated, ""),
            Fact("messages missed", sum(found.missing for found in whole.values()), ""),
            Fact("processors busy meanwhile", busy_share * 100, "%"),
        ],
    )
