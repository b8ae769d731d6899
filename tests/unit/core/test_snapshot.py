"""Engines taken apart and put together; tests/property/test_snapshot.py has the random ones."""

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

import msgspec
import pytest
from msgspec.structs import replace

from matcher.core.engine import Engine
from matcher.core.parts import (
    PART_KINDS,
    ROWS_MAX,
    AssetRow,
    AssetsPart,
    BalanceRow,
    BalancesPart,
    Counters,
    FirstFillsPart,
    HighsPart,
    MarketsPart,
    OrderRow,
    OrdersPart,
    Part,
    SecondsPart,
    SnapshotError,
    TransfersPart,
    WideSum,
    sum_of,
    value_of,
)
from proto.codes import EXPIRED, NEW
from proto.commands import Deposit
from proto.limits import AMOUNT_MAX, INTEGER_MAX
from tests.property.pair import apply_to, restored_from
from tests.unit.core.scenario import GOLD, GOLD_INR, INR, Scenario

RowT = TypeVar("RowT")
PartT = TypeVar("PartT", bound=Part)


def busy_engine() -> Engine:
    return (
        Scenario()
        .run(
            """
            deposit 1 20000.00 INR           -> ok
            deposit 2 500 GOLD               -> ok
            1 buy 50 @ 200 id=rests          -> new
            2 sell 30 @ 190 id=takes         -> filled 30@200
            2 sell 60 @ 230                  -> new
            """
        )
        .engine
    )


def test_an_engine_without_anything() -> None:
    restored = restored_from(Engine(7))
    assert restored.shard == 7
    assert restored.state_hash() == Engine(7).state_hash()
    restored.check_invariants()


def test_an_engine_with_everything() -> None:
    engine = busy_engine()
    restored = restored_from(engine)
    restored.check_invariants()
    assert restored.state_hash() == engine.state_hash()
    assert {type(part) for part in engine.parts()} == set(PART_KINDS)


def test_a_part_is_of_bounded_size() -> None:
    engine = busy_engine()
    for number in range(ROWS_MAX):
        command = Deposit(0, 100 + number, 1, 1, f"many-{number}")
        apply_to(engine, engine.timestamp_ns, command)
    parts = list(engine.parts())
    transfers = [len(part.rows) for part in parts if isinstance(part, TransfersPart)]
    assert transfers == [ROWS_MAX, 2]
    assert restored_from(engine).state_hash() == engine.state_hash()


@pytest.mark.parametrize(
    "value", [0, 1, INTEGER_MAX, INTEGER_MAX + 1, 1 << 64, (1 << 100) + 5, INTEGER_MAX << 62]
)
def test_a_sum_of_any_size_fits(value: int) -> None:
    data = msgspec.msgpack.encode(sum_of(value))
    assert value_of(msgspec.msgpack.decode(data, type=int | WideSum)) == value


def test_amounts_so_large_that_fees_and_volumes_exceed_64_bits() -> None:
    rich = replace(GOLD_INR, price_max_ticks=10**9, quantity_max_lots=10**7, notional_min_amount=0)
    scenario = Scenario(rich)
    for user, asset, amount in ((1, INR, AMOUNT_MAX), (2, GOLD, 10**9)):
        scenario.apply(Deposit(0, user, asset.asset_id, amount, f"rich-{user}"))
    for _ in range(12):
        scenario.run("2 sell 10000000 @ 999999999 -> new")
        scenario.run("1 buy 10000000 @ 999999999  -> filled 10000000@999999999")
        # The seller gives everything back, but for the fees.
        scenario.run("1 sell 10000000 @ 900000000 -> new")
        scenario.run("2 buy 10000000 @ 900000000  -> filled 10000000@900000000")
    markets = [part for part in scenario.engine.parts() if isinstance(part, MarketsPart)]
    orders = [part for part in scenario.engine.parts() if isinstance(part, OrdersPart)]
    assert isinstance(markets[0].rows[0].spans[0].quote_volume_amount, WideSum)
    assert isinstance(orders[0].rows[0].fee_ppm_sum, WideSum)
    restored = restored_from(scenario.engine)
    restored.check_invariants()
    assert restored.state_hash() == scenario.engine.state_hash()


Change = Callable[[list[Part]], Iterable[Part]]


def in_rows(kind: type[PartT], number: int, change: Callable[[RowT], RowT]) -> Change:
    """Change one row of the first part of a kind."""

    def changed(parts: list[Part]) -> list[Part]:
        at = next(at for at, part in enumerate(parts) if isinstance(part, kind))
        rows = list(parts[at].rows)
        rows[number] = change(rows[number])
        parts[at] = replace(parts[at], rows=rows)
        return parts

    return changed


def of_order(number: int, **fields: int) -> Change:
    def change(row: OrderRow) -> OrderRow:
        own = {name: value for name, value in fields.items() if hasattr(row, name)}
        asked = {name: value for name, value in fields.items() if name not in own}
        return replace(row, **own, command=replace(row.command, **asked))

    return in_rows(OrdersPart, number, change)


def without(kind: type[Part]) -> Change:
    return lambda parts: [part for part in parts if not isinstance(part, kind)]


def twice(kind: type[Part]) -> Change:
    return lambda parts: [p for part in parts for p in [part] * (1 + isinstance(part, kind))]


# Orders: 0 rests with 20 of 50, 1 is filled with 30, 2 rests untouched.
BAD: Final[dict[str, tuple[Change, str]]] = {
    "no counters": (without(Counters), "AssetsPart stands where it does not belong"),
    "nothing": (lambda _: [], "no counters"),
    "an order left the queue before it was placed": (
        lambda parts: [replace(parts[0], left_order_id=99), *parts[1:]],
        "order 99 left the queue before it was placed",
    ),
    "counters twice": (twice(Counters), "Counters stands where"),
    "wrong order": (lambda parts: [*parts[:3], parts[1]], "AssetsPart stands where"),
    "asset twice": (twice(AssetsPart), "asset 1 is there twice"),
    "market twice": (twice(MarketsPart), "market 1 cannot be defined"),
    "no assets": (without(AssetsPart), "market 1 cannot be defined"),
    "no markets": (without(MarketsPart), "there is no market 1"),
    "window before markets": (lambda parts: [parts[0], parts[3]], "there is no market 1"),
    "transfer twice": (twice(TransfersPart), "cannot have been applied"),
    "no transfers": (without(TransfersPart), "do not add up"),
    "balance twice": (twice(BalancesPart), "cannot have this balance"),
    "no balances": (without(BalancesPart), "holds more of asset"),
    "orders twice": (twice(OrdersPart), "behind a later one"),
    "fees": (
        in_rows(AssetsPart, 0, lambda row: AssetRow(row.definition, row.fees_amount + 1)),
        "asset 1 do not add up",
    ),
    "balance": (
        in_rows(BalancesPart, 0, lambda row: BalanceRow(row.user_id, row.asset_id, 10**6)),
        "asset 1 do not add up",
    ),
    "balance below its holds": (
        in_rows(BalancesPart, 0, lambda row: BalanceRow(row.user_id, row.asset_id, 1)),
        "user 1 holds more of asset 1",
    ),
    "trades": (
        in_rows(MarketsPart, 0, lambda row: replace(row, trade_number=2)),
        "the markets had 2 trades, the counters 1",
    ),
    "order of the future": (of_order(2, order_id=99), "order 99 is not of the past"),
    "updated in the future": (of_order(0, updated_ns=INTEGER_MAX), "is not of the past"),
    "order of no market": (of_order(0, market_id=9), "is of no market"),
    "untouched but executed": (of_order(2, executed_lots=1), "cannot be in this state"),
    "executed too much": (of_order(0, executed_lots=51), "cannot be in this state"),
    "filled but open": (of_order(1, status=NEW), "cannot be in this state"),
    "filled but expired": (of_order(1, status=EXPIRED), "cannot be in this state"),
    "fee above the rate": (of_order(0, fee_ppm_sum=10**12), "cannot be in this state"),
    "paid above the price": (
        of_order(0, executed_quote_amount=10**12),
        "cannot be in this state",
    ),
    "price above the market's": (of_order(2, price_ticks=1_001), "cannot be in this state"),
    "price missing": (of_order(2, price_ticks=0), "cannot be in this state"),
    "quantity above the market's": (of_order(2, quantity_lots=501), "cannot be in this state"),
    "a market order rests": (of_order(2, order_type=2), "cannot be in this state"),
    "a fill-or-kill order rests": (of_order(2, time_in_force=3), "cannot be in this state"),
    "crossed": (of_order(2, price_ticks=200), "GOLD_INR would have traded"),
    "fills twice": (twice(FirstFillsPart), "cannot have had these fills"),
    "fill of nobody": (
        in_rows(FirstFillsPart, 0, lambda row: replace(row, order_id=1)),
        "a fill of order 1 has no order",
    ),
    "fill without trade": (
        in_rows(FirstFillsPart, 0, lambda row: replace(row, trade_id=2)),
        "no trade",
    ),
    "fee of a fill": (
        in_rows(FirstFillsPart, 0, lambda row: replace(row, fee_amount=10**6)),
        "cannot have had these fills",
    ),
    "seconds twice": (twice(SecondsPart), "seconds out of order"),
    "second of the future": (
        in_rows(SecondsPart, 0, lambda row: replace(row, second=INTEGER_MAX)),
        "a second that has not come yet",
    ),
    "no extreme": (without(HighsPart), "an extreme price without its second"),
    "extreme twice": (twice(HighsPart), "extreme prices out of order"),
    "candle of nothing": (
        in_rows(
            MarketsPart,
            0,
            lambda row: replace(row, spans=[replace(row.spans[0], interval="2m")]),
        ),
        "a candle of '2m'",
    ),
    "candle between": (
        in_rows(
            MarketsPart,
            0,
            lambda row: replace(row, spans=[replace(row.spans[0], start_ns=1)]),
        ),
        "a candle between two intervals",
    ),
    "candle twice": (
        in_rows(MarketsPart, 0, lambda row: replace(row, spans=row.spans * 2)),
        "two candles of one interval",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_parts_that_do_not_fit_are_refused(name: str) -> None:
    change, message = BAD[name]
    parts = list(busy_engine().parts())
    with pytest.raises(SnapshotError, match=message):
        Engine.restored(0, change(parts))


def test_two_orders_with_one_name_are_refused() -> None:
    def rename(row: OrderRow) -> OrderRow:
        return replace(row, command=replace(row.command, user_id=2, client_order_id="takes"))

    parts = in_rows(OrdersPart, 2, rename)(list(busy_engine().parts()))
    with pytest.raises(SnapshotError, match="two orders have the same"):
        Engine.restored(0, parts)


def test_the_rows_that_tests_change_are_there() -> None:
    """What BAD relies on."""
    parts = {type(part): part for part in busy_engine().parts()}
    orders = parts[OrdersPart]
    assert isinstance(orders, OrdersPart)
    assert [(row.status, row.executed_lots) for row in orders.rows] == [(2, 30), (3, 30), (1, 0)]
