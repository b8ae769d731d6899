"""What a command costs as the exchange grows: in levels, resting orders, users and markets.

The yardstick is the smallest exchange, which trades in turns with the large one (`steady`). Work
that grows with the size would show; what does show is that what a command touches lies in memory
and not in a cache any more. So every draw is even, which is the worst case: in a real exchange most
commands are of few users, near the best prices.

Nothing is collected meanwhile: how long the garbage collector takes is the matcher's own matter,
and is seen in the latencies of the mesh.
"""

import statistics
from collections.abc import Sequence
from functools import partial
from typing import Final, NamedTuple

from proto.garbage import paused_garbage_collector
from proto.limits import RECENT_ORDERS
from scripts.benches.comparison import Comparison
from scripts.benches.findings import Curve, Findings
from scripts.benches.pairs import compare
from scripts.benches.steady import Size, SteadyExchange
from scripts.benches.watching import watcher

AIM: Final = 2.0
FOURS: Final = 5_000
_UNIT: Final = "us a command"
# Of each size between the smallest and the largest, which is only drawn.
_ROUNDS: Final = 5


class Dimension(NamedTuple):
    """What grows.

    Attributes:
        name: Of what there is more and more.
        sizes: From the smallest to the largest; nothing else differs, except that markets bring
            their orders with them.
    """

    name: str
    sizes: Sequence[tuple[int, Size]]


def dimensions() -> list[Dimension]:
    """Return what is measured."""
    return [
        Dimension(
            "levels on each side",
            [(n, Size(n, 200_000, 100, 1)) for n in (10, 100, 1_000, 10_000)],
        ),
        Dimension(
            "resting orders",
            [(n, Size(5, n, 500, 1)) for n in (100, 1_000, 10_000, 100_000, 1_000_000)],
        ),
        Dimension("users", [(n, Size(10, 1_000, n, 1)) for n in (10, 100, 1_000, 10_000, 100_000)]),
        Dimension("markets", [(n, Size(5, 100 * n, 10, n)) for n in (1, 10, 100, 1_000)]),
    ]


def bench_growth(
    pairs: int,
    chosen: Sequence[Dimension] | None = None,
    fours: int = FOURS,
    recent_orders: int = RECENT_ORDERS,
) -> Findings:
    """Measure the largest beside the smallest, and draw those between.

    Args:
        pairs: Rounds of each.
        chosen: What grows; `dimensions` if nothing is said.
        fours: A quarter of the commands of a round.
        recent_orders: Orders to place before anything is measured.
    """
    comparisons, curves = [], []
    with paused_garbage_collector():
        for dimension in dimensions() if chosen is None else chosen:
            comparison, curve = _grow(dimension, pairs, fours, recent_orders)
            comparisons.append(comparison)
            curves.append(curve)
    return Findings(comparisons, curves=curves)


def _grow(
    dimension: Dimension, pairs: int, fours: int, recent_orders: int
) -> tuple[Comparison, Curve]:
    (smallest, size), *between, (largest, large_size) = dimension.sizes
    small = _made(size, recent_orders)
    points = []
    for number, between_size in between:
        watcher().on_round(f"growth: {number:,} {dimension.name}", 1, 1)
        exchange = _made(between_size, recent_orders)
        # The first one is thrown away.
        _, *rounds = (_us(exchange, fours) for _ in range(_ROUNDS + 1))
        points.append((float(number), statistics.median(rounds)))
        del exchange
    large = _made(large_size, recent_orders)
    comparison = compare(
        f"growth: {largest:,} {dimension.name}",
        partial(_us, large, fours),
        partial(_us, small, fours),
        _UNIT,
        f"the same with {smallest:,}; each command of any user, at any price, in any market",
        pairs,
        aim=AIM,
    )
    ends = (float(smallest), comparison.yardstick), (float(largest), comparison.ours)
    name = f"cost by {dimension.name}"
    return comparison, Curve(name, dimension.name, _UNIT, [ends[0], *points, ends[1]])


def _made(size: Size, recent_orders: int) -> SteadyExchange:
    exchange = SteadyExchange(size)
    exchange.settle(recent_orders)
    return exchange


def _us(exchange: SteadyExchange, fours: int) -> float:
    timed = exchange.run(fours)
    assert timed.outcome == fours
    return timed.command_us
