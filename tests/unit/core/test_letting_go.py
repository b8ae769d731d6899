"""What is given up or forgotten leaves nothing behind, also where the collector sees no orders."""

import gc
import sys
from collections.abc import Callable

import msgspec
import pytest

from matcher.core.engine import Engine
from matcher.core.events import Events
from matcher.core.parts import BalancesPart, Part, SnapshotError
from proto.codec import encode
from proto.codes import GTC, LIMIT, OCO, SELL, STOP_LOSS
from proto.commands import CancelAll, Command, OrderTerms, PlaceList, PlaceOrder
from scripts.benches.workload import founding_commands, mixed_commands
from tests.property.bounds import SMALL, bounded
from tests.property.venue import definitions, deposits

COMMANDS = 4_000
ROUNDS = 600
# What caches and interned names may take; the engine of this test is a hundred times as large.
SPARE_BLOCKS = 1_500
STRANGER = 77
PARTS: msgspec.msgpack.Decoder[Part] = msgspec.msgpack.Decoder(Part)


def test_a_closed_engine_leaves_nothing_behind() -> None:
    commands = [*founding_commands(), *mixed_commands(COMMANDS)]
    assert_leaves_nothing(lambda: engine_after(commands).close())


def test_nor_do_orders_that_wait() -> None:
    commands = [*definitions(), *deposits(), *[stop() for _ in range(ROUNDS)]]
    assert_leaves_nothing(lambda: engine_after(commands).close())


def test_nor_does_an_engine_that_could_not_be_restored() -> None:
    commands = [*definitions(), *deposits()]
    commands += [command for _ in range(ROUNDS // 3) for command in (pair(), limit(1, 40), stop())]
    engine = engine_after(commands)
    # Without balances, what the orders hold is not there: noticed when all are in their places.
    parts = [encode(part) for part in engine.parts()]
    refused = [data for data in parts if not isinstance(PARTS.decode(data), BalancesPart)]
    engine.close()
    del engine

    def restore() -> None:
        with pytest.raises(SnapshotError):
            Engine.restored(0, [PARTS.decode(data) for data in refused])

    assert_leaves_nothing(restore)


def test_forgotten_lists_are_let_go() -> None:
    with bounded(SMALL):
        engine = engine_after([*definitions(), *deposits()])
    cancel = CancelAll(1, 0, 1, 0, 0)
    assert_leaves_nothing(lambda: apply(engine, [pair(), cancel] * ROUNDS), without_collector=True)


def test_who_is_not_known_and_is_refused_is_let_go() -> None:
    engine = engine_after([*definitions(), *deposits()])
    orders: list[Command] = [limit(STRANGER, 10)] * ROUNDS
    assert_leaves_nothing(lambda: apply(engine, orders), without_collector=True)


def assert_leaves_nothing(run: Callable[[], object], *, without_collector: bool = False) -> None:
    """Assert that there is no more memory in use after some runs than after the first."""
    run()
    gc.collect()
    if without_collector:
        gc.disable()
    try:
        before = sys.getallocatedblocks()
        for _ in range(3):
            run()
        if not without_collector:
            gc.collect()
        assert sys.getallocatedblocks() < before + SPARE_BLOCKS
    finally:
        gc.enable()


def engine_after(commands: list[Command]) -> Engine:
    engine = Engine(0)
    apply(engine, commands)
    return engine


def apply(engine: Engine, commands: list[Command]) -> None:
    events = Events(0, 1, engine.sequence + 1)
    engine.apply_all(commands, 1, events)


def limit(user_id: int, price_ticks: int, terms: OrderTerms | None = None) -> PlaceOrder:
    return PlaceOrder(1, 0, 1, user_id, SELL, LIMIT, GTC, False, price_ticks, 2, "", terms)


def stop() -> PlaceOrder:
    return limit(1, 5, OrderTerms(trigger=STOP_LOSS, trigger_price_ticks=5))


def pair() -> PlaceList:
    return PlaceList(OCO, [limit(1, 40), stop()])
