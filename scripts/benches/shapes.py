"""The engine on books and flows of five shapes, beside its own mixture.

A design is not good because it is fast where everything is as usual. So each shape stretches one
thing as far as it goes:

    deep book        100,000 orders rest, 50 at each of 1,000 levels on each side
    thin book        one order at each of ten levels: each fill ends a level, each order begins one
    wide price range 100,000 levels with one order each: levels begin and end all over the book
    cancels          eight of ten commands cancel one of many resting orders, in no order
    sweeps           each taker goes through 20 levels; those who rest are counted too
"""

import random
from collections.abc import Callable
from functools import partial
from typing import Final

from proto.codes import BUY, GTC, IOC, LIMIT, SELL
from proto.commands import CancelOrder, Command, DefineAsset, DefineMarket, Deposit, PlaceOrder
from proto.definitions import AssetDefinition
from proto.garbage import paused_garbage_collector
from proto.ids import order_id_of
from scripts.benches.engine_flows import MIXED_COMMANDS, SourceFlow
from scripts.benches.engine_round import Batches, Timed, batches_of, frames_of, run_engine
from scripts.benches.findings import Fact, Findings
from scripts.benches.pairs import compare
from scripts.benches.steady import QUOTE_ASSET_ID, Size, SteadyExchange, plain_market
from scripts.benches.workload import founding_commands, mixed_commands

AIM: Final = 0.5
ORDERS: Final = 100_000
COMMANDS: Final = 20_000
SWEEP_LEVELS: Final = 20
_CANCELS_OF_TEN: Final = 8
_USERS: Final = 100
_DEPOSIT: Final = 10**15
_MIDDLE_TICKS: Final = 1_000_000
_QUANTITY_LOTS: Final = 10
_RATE: Final = "commands a second"

_Round = Callable[[], Timed]


def bench_shapes(
    pairs: int, orders: int = ORDERS, commands: int = COMMANDS, mixed: int = MIXED_COMMANDS
) -> Findings:
    """Measure each shape.

    Args:
        pairs: Rounds of each.
        orders: Orders of the large books; a multiple of 2,000.
        commands: Commands of a round.
        mixed: Commands of a round of the mixture.
    """
    mixture = _fresh(SourceFlow(founding_commands(), mixed_commands(mixed)))
    comparisons = []
    with paused_garbage_collector():
        for name, make in _shapes(orders, commands).items():
            # Made when it is its turn: the others' memory would only be in the way.
            shape = make()
            comparisons.append(
                compare(
                    f"shape: {name}",
                    partial(_rate, shape),
                    partial(_rate, mixture),
                    _RATE,
                    "the soak's mixed commands",
                    pairs,
                    more_is_better=True,
                    aim=AIM,
                )
            )
        facts = _sweep_facts(commands)
    return Findings(comparisons, facts=facts)


def _shapes(orders: int, commands: int) -> dict[str, Callable[[], _Round]]:
    fours = commands // 4
    return {
        f"deep book, {orders:,} orders": lambda: _steady(
            Size(orders // 100, orders, 100, 1), fours
        ),
        "thin book, one order at a level": lambda: _steady(Size(10, 20, 100, 1), fours),
        f"wide price range, {orders:,} levels": lambda: _steady(
            Size(orders // 2, orders, 100, 1), fours
        ),
        "80 % cancels": lambda: _fresh(cancels(commands)),
        f"sweeps of {SWEEP_LEVELS} levels": lambda: _fresh(sweeps(commands)),
    }


def cancels(commands: int) -> SourceFlow:
    """Make a flow of which eight of ten cancel; as many orders rest before as are cancelled."""
    prepare = _founding()
    first = len(prepare) + 1
    cancelled = commands * _CANCELS_OF_TEN // 10
    prepare += [_rest(first + number) for number in range(cancelled)]
    order_ids = [order_id_of(0, first + number) for number in range(cancelled)]
    owners = {
        order_id_of(0, first + number): _user_id(first + number) for number in range(cancelled)
    }
    random.Random(1).shuffle(order_ids)
    measure: list[Command] = []
    for number in range(commands):
        if number % 10 < _CANCELS_OF_TEN and order_ids:
            order_id = order_ids.pop()
            measure.append(CancelOrder(0, 0, 1, owners[order_id], order_id, ""))
        else:
            measure.append(_rest(len(prepare) + number + 1))
    return SourceFlow(prepare, measure)


def sweeps(commands: int) -> SourceFlow:
    """Make a flow in which 20 orders rest, each at a price of its own, and one takes them all."""
    prepare = _founding()
    measure: list[Command] = []
    while len(measure) < commands:
        measure += _asks(len(prepare) + len(measure) + 1, SWEEP_LEVELS)
        measure.append(_taker(len(prepare) + len(measure) + 1))
    return SourceFlow(prepare, measure)


def takers(count: int) -> SourceFlow:
    """Make a flow of nothing but takers through 20 levels each."""
    prepare = _founding()
    prepare += _asks(len(prepare) + 1, count * SWEEP_LEVELS)
    first = len(prepare) + 1
    return SourceFlow(prepare, [_taker(first + number) for number in range(count)])


def _sweep_facts(commands: int) -> list[Fact]:
    run = _fresh(takers(max(1, commands // SWEEP_LEVELS)))
    # The first one is thrown away.
    _, *rounds = (run() for _ in range(4))
    least_us = min(timed.command_us for timed in rounds)
    return [
        Fact(f"a taker through {SWEEP_LEVELS} levels", least_us, "us"),
        Fact("a fill of it, with its level's end", least_us / SWEEP_LEVELS, "us"),
    ]


def _steady(size: Size, fours: int) -> _Round:
    return partial(SteadyExchange(size).run, fours)


def _fresh(flow: SourceFlow) -> _Round:
    prepare: Batches = batches_of(frames_of(flow.prepare))
    return partial(run_engine, prepare, batches_of(frames_of(flow.measure)))


def _rate(run: _Round) -> float:
    return 1e6 / run().command_us


def _founding() -> list[Command]:
    assets = (QUOTE_ASSET_ID, QUOTE_ASSET_ID + 1)
    return [
        *(DefineAsset(0, AssetDefinition(asset_id, f"A{asset_id}", 0)) for asset_id in assets),
        DefineMarket(0, plain_market(1)),
        *(
            Deposit(0, user_id, asset_id, _DEPOSIT, f"{user_id}-{asset_id}")
            for user_id in range(1, _USERS + 1)
            for asset_id in assets
        ),
    ]


def _rest(sequence: int) -> PlaceOrder:
    """Make an order at one of 100 levels on either side."""
    side = BUY if sequence % 2 else SELL
    distance_ticks = 1 + sequence * 37 % 100
    price_ticks = _MIDDLE_TICKS - distance_ticks if side == BUY else _MIDDLE_TICKS + distance_ticks
    return _limit(sequence, side, GTC, price_ticks, _QUANTITY_LOTS)


def _asks(first_sequence: int, count: int) -> list[PlaceOrder]:
    """Make sales at neighbouring prices, the best of them last."""
    return [
        _limit(first_sequence + number, SELL, GTC, _MIDDLE_TICKS + count - number, _QUANTITY_LOTS)
        for number in range(count)
    ]


def _taker(sequence: int) -> PlaceOrder:
    """Make a purchase of what rests at the best 20 levels."""
    return _limit(sequence, BUY, IOC, 2 * _MIDDLE_TICKS, SWEEP_LEVELS * _QUANTITY_LOTS)


def _limit(
    sequence: int, side: int, time_in_force: int, price_ticks: int, quantity_lots: int
) -> PlaceOrder:
    return PlaceOrder(
        sequence,
        0,
        1,
        _user_id(sequence),
        side,
        LIMIT,
        time_in_force,
        False,
        price_ticks,
        quantity_lots,
        f"shape-{sequence:09d}",
    )


def _user_id(sequence: int) -> int:
    return 1 + sequence % _USERS
