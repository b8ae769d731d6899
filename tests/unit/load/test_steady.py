"""The exchange that stays as it is, what is measured with it, and the shapes of books."""

from dataclasses import dataclass

import pytest

from matcher.core.engine import Engine
from proto.codec import decode_reply
from proto.commands import CancelOrder, PlaceOrder
from proto.queries import MarketDataQuery, OpenOrdersQuery
from proto.replies import MarketDataReply, OpenOrdersReply
from scripts.benches import shapes
from scripts.benches.engine_flows import SourceFlow
from scripts.benches.engine_round import batches_of, frames_of, run_engine
from scripts.benches.growth import Dimension, bench_growth, dimensions
from scripts.benches.pairs import PAIRS_MIN
from scripts.benches.steady import Size, SteadyExchange
from scripts.benches.workload import applied

SMALL = Size(levels=3, orders=48, users=5, markets=2)


@dataclass
class Seen:
    bids: list[tuple[int, int]]
    asks: list[tuple[int, int]]


def books(engine: Engine, markets: int) -> list[Seen]:
    seen = []
    for market_id in range(1, markets + 1):
        reply = decode_reply(engine.answer(MarketDataQuery(0, market_id), engine.timestamp_ns))
        assert isinstance(reply, MarketDataReply)
        seen.append(
            Seen(
                [(level.price_ticks, level.quantity_lots) for level in reply.bids],
                [(level.price_ticks, level.quantity_lots) for level in reply.asks],
            )
        )
    return seen


def open_orders(engine: Engine, users: int) -> int:
    count = 0
    for user_id in range(1, users + 1):
        reply = decode_reply(engine.answer(OpenOrdersQuery(0, user_id, 0), engine.timestamp_ns))
        assert isinstance(reply, OpenOrdersReply)
        count += len(reply.orders)
    return count


def test_it_is_as_large_as_it_says_and_stays_so() -> None:
    exchange = SteadyExchange(SMALL)
    before = books(exchange.engine, SMALL.markets)
    assert [len(book.bids) for book in before] == [SMALL.levels] * SMALL.markets
    assert [len(book.asks) for book in before] == [SMALL.levels] * SMALL.markets
    assert open_orders(exchange.engine, SMALL.users) == SMALL.orders
    assert exchange.engine.user_ids() == [*range(1, SMALL.users + 1)]
    timed = exchange.run(200)
    # One fill in each four commands, and everything in its place again.
    assert timed.outcome == 200
    assert books(exchange.engine, SMALL.markets) == before
    assert open_orders(exchange.engine, SMALL.users) == SMALL.orders
    exchange.engine.check_invariants()


def test_of_four_commands_three_place_and_one_cancels() -> None:
    commands = SteadyExchange(SMALL).commands(10)
    kinds = [type(command) for command in commands]
    assert kinds == [PlaceOrder, PlaceOrder, CancelOrder, PlaceOrder] * 10


def test_it_settles_when_all_that_is_remembered_is_its_own() -> None:
    exchange = SteadyExchange(Size(2, 4, 2, 1))
    before = exchange.engine.sequence
    exchange.settle(1)
    assert exchange.engine.sequence - before == 40_000


def test_growth_compares_the_ends_and_draws_what_is_between() -> None:
    sizes = [(number, Size(2, 4 * number, 3, 1)) for number in (1, 2, 4)]
    found = bench_growth(PAIRS_MIN, [Dimension("orders", sizes)], fours=20, recent_orders=0)
    (comparison,) = found.comparisons
    assert (comparison.name, comparison.aim) == ("growth: 4 orders", 2.0)
    assert not comparison.more_is_better
    (curve,) = found.curves
    assert [x for x, _ in curve.points] == [1, 2, 4]
    assert (curve.points[0][1], curve.points[-1][1]) == (comparison.yardstick, comparison.ours)


def test_one_thing_grows_at_a_time_and_as_far_as_is_promised() -> None:
    ends = {name: (sizes[0][0], sizes[-1][0]) for name, sizes in dimensions()}
    assert ends == {
        "levels on each side": (10, 10_000),
        "resting orders": (100, 1_000_000),
        "users": (10, 100_000),
        "markets": (1, 1_000),
    }
    for name, sizes in dimensions():
        (_, smallest), *_, (_, largest) = sizes
        grown = [f for f in Size._fields if getattr(smallest, f) != getattr(largest, f)]
        assert (
            grown
            == {
                "levels on each side": ["levels"],
                "resting orders": ["orders"],
                "users": ["users"],
                # Each brings its book with it.
                "markets": ["orders", "markets"],
            }[name]
        )
    (_, one), *_, (_, thousand) = dimensions()[-1].sizes
    assert one.orders_a_level == thousand.orders_a_level


def refused(flow: SourceFlow) -> int:
    engine = Engine(0)
    kinds = [type(applied(engine, command, 1)).__name__ for command in flow.prepare]
    kinds += [type(applied(engine, command, 1)).__name__ for command in flow.measure]
    engine.check_invariants()
    return kinds.count("Rejected")


@pytest.mark.parametrize(
    ("flow", "trades"),
    [
        (shapes.cancels(200), 0),
        (shapes.sweeps(210), 10 * shapes.SWEEP_LEVELS),
        (shapes.takers(7), 7 * shapes.SWEEP_LEVELS),
    ],
)
def test_the_shapes_are_what_they_say(flow: SourceFlow, trades: int) -> None:
    assert refused(flow) == 0
    run = run_engine(batches_of(frames_of(flow.prepare)), batches_of(frames_of(flow.measure)))
    assert run.outcome == trades


def test_eight_of_ten_cancel() -> None:
    measure = shapes.cancels(200).measure
    assert sum(isinstance(command, CancelOrder) for command in measure) == 160


def test_each_shape_is_measured_beside_the_mixture() -> None:
    found = shapes.bench_shapes(PAIRS_MIN, orders=2_000, commands=40, mixed=100)
    assert len(found.comparisons) == 5
    assert {comparison.aim for comparison in found.comparisons} == {0.5}
    taker, fill = found.facts
    assert taker.figure == pytest.approx(fill.figure * shapes.SWEEP_LEVELS)
