"""Engines taken apart and put together; tests/property/test_snapshot.py has the random ones."""

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

import msgspec
import pytest
from msgspec.structs import replace

from matcher.core.engine import Engine
from matcher.core.order_parts import (
    DetailRow,
    DetailsPart,
    FiredPart,
    FirstFillsPart,
    ForgottenOrdersPart,
    ListRow,
    ListsPart,
    OrderRow,
    OrdersPart,
    OriginsPart,
)
from matcher.core.parts import (
    PART_KINDS,
    AccountsPart,
    AssetsPart,
    BalanceRow,
    BalancesPart,
    Counters,
    HighsPart,
    MarketRow,
    MarketsPart,
    Part,
    SecondsPart,
    SnapshotError,
    TransferRow,
    TransfersPart,
)
from matcher.core.rows import ROWS_MAX
from proto.codec import decode_answer, decode_ticker, encode
from proto.codes import (
    BUY,
    CANCELLED,
    CONTINUOUS,
    EXPIRED,
    FILLED,
    GTC,
    LIMIT,
    NEW,
    PENDING,
    WAITING,
)
from proto.commands import Deposit, OrderTerms, PlaceOrder
from proto.definitions import FeeTier, MarketRules
from proto.frames import ReplyFrame
from proto.ids import COUNTER_MAX
from proto.limits import AMOUNT_MAX, INTEGER_MAX
from proto.queries import MarketDataQuery
from proto.wide_sum import WideSum, sum_of, value_of
from tests.applying import apply_to
from tests.property.bounds import bounded
from tests.property.pair import restored_from
from tests.unit.core.rich_engine import BOUNDS, rich_engine
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


def test_a_busy_engine() -> None:
    engine = busy_engine()
    restored = restored_from(engine)
    restored.check_invariants()
    assert restored.state_hash() == engine.state_hash()


def test_an_engine_with_everything() -> None:
    with bounded(BOUNDS):
        engine = rich_engine()
        assert {type(part) for part in engine.parts()} == set(PART_KINDS)
        restored = restored_from(engine)
        restored.check_invariants()
        assert restored.state_hash() == engine.state_hash()


def test_a_plain_order_is_one_row() -> None:
    engine = Scenario().run("deposit 1 20000.00 INR -> ok").engine
    kinds = {type(part) for part in engine.parts()}
    for number in range(3):
        command = PlaceOrder(0, 0, 1, 1, BUY, LIMIT, GTC, False, 100 + number, 50, f"name-{number}")
        apply_to(engine, engine.timestamp_ns, command)
    assert {type(part) for part in engine.parts()} == kinds | {OrdersPart}


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
    # What is told of it fits into messages, too.
    ticker = scenario.engine.ticker(1, scenario.timestamp_ns)
    assert decode_ticker(encode(ticker)) == ticker
    assert value_of(ticker.quote_volume_amount) > 1 << 64
    reply = scenario.answer(MarketDataQuery(1, 1))
    answer = decode_answer(encode(ReplyFrame([reply])))
    assert answer == ReplyFrame([reply])


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
    "counters beyond identifiers": (
        lambda parts: [replace(parts[0], numbers=COUNTER_MAX + 1), *parts[1:]],
        "beyond all identifiers",
    ),
    "the end of time": (
        lambda parts: [replace(parts[0], timestamp_ns=INTEGER_MAX), *parts[1:]],
        "later than anything could be due",
    ),
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
        in_rows(AssetsPart, 0, lambda row: replace(row, fees_amount=row.fees_amount + 1)),
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
    "price above the market's": (of_order(2, price_ticks=1_001), "out of the market's bounds"),
    "price missing": (of_order(2, price_ticks=0), "cannot be in this state"),
    "quantity above the market's": (of_order(2, quantity_lots=501), "out of the market's bounds"),
    "a market order rests": (of_order(2, order_type=2), "cannot be in this state"),
    "a fill-or-kill order rests": (of_order(2, time_in_force=3), "cannot be in this state"),
    "a DAY order without its end": (of_order(2, time_in_force=5), "cannot be in this state"),
    "a plain order waits": (of_order(2, status=WAITING), "cannot be in this state"),
    "a plain order is pending": (of_order(2, status=PENDING), "cannot be in this state"),
    "nothing is left to trade": (of_order(2, quantity_lots=0), "cannot be in this state"),
    "crossed": (of_order(2, price_ticks=200), "GOLD_INR would have traded"),
    "fills twice": (twice(FirstFillsPart), "cannot have had these fills"),
    "fill of nobody": (
        in_rows(FirstFillsPart, 0, lambda row: replace(row, order_id=1)),
        "there is no order 1",
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


def parts_of_kind(parts: list[Part], kind: type[PartT]) -> PartT:
    """Return the only part of a kind."""
    (found,) = (part for part in parts if isinstance(part, kind))
    return found


def with_status(**fields: object) -> Change:
    def change(row: MarketRow) -> MarketRow:
        return replace(row, status=replace(row.status, **fields))

    return in_rows(MarketsPart, 0, change)


def of_transfer(reference: str, **fields: object) -> Change:
    def change(row: TransferRow) -> TransferRow:
        return replace(row, **fields) if row.reference == reference else row

    return in_all_rows(TransfersPart, change)


def of_named(name: str, **fields: object) -> Change:
    """Change the row of the order of this name; fields may be its own, the command's or terms."""

    def change(row: OrderRow) -> OrderRow:
        if row.command.client_order_id != name:
            return row
        command = row.command
        for field, value in fields.items():
            if hasattr(row, field):
                row = replace(row, **{field: value})
            elif hasattr(command, field):
                command = replace(command, **{field: value})
            else:
                terms = replace(command.terms or OrderTerms(), **{field: value})
                command = replace(command, terms=terms)
        return replace(row, command=command)

    return in_all_rows(OrdersPart, change)


def in_all_rows(kind: type[PartT], change: Callable[[RowT], RowT]) -> Change:
    """Change the rows of the only part of a kind."""

    def changed(parts: list[Part]) -> list[Part]:
        before = [part for part in parts if isinstance(part, kind)]
        assert len(before) == 1
        after = replace(before[0], rows=[change(row) for row in before[0].rows])
        assert after != before[0], "nothing was changed"
        return [after if part is before[0] else part for part in parts]

    return changed


def of_detail(id_: int, /, **fields: int) -> Change:
    def change(row: DetailRow) -> DetailRow:
        return replace(row, **fields) if row.order_id == id_ else row

    return in_all_rows(DetailsPart, change)


def of_list(first_id: int, **fields: object) -> Change:
    def change(row: ListRow) -> ListRow:
        return replace(row, **fields) if row.order_ids[0] == first_id else row

    return in_all_rows(ListsPart, change)


def with_fired(*order_ids: int, market_id: int = 1) -> Change:
    """Replace the queue of what has fired."""
    return lambda parts: [*parts[:-1], FiredPart(market_id, list(order_ids))]


# Identifiers of the orders in `rich_engine`.
ELSEWHERE, FIRST, UP, DOWN = 10, 19, 20, 21
ICEBERG, REBATED, WAITS, TRAILS, TODAY, STOP, FIRED, FIRED_TOO = (
    24, 25, 28, 31, 32, 36, 37, 38
)  # fmt: skip
IN_STATE = "cannot be in this state"
TOGETHER = "do not fit together"
IN_LIST = "cannot be in this list"
DETAILS = "cannot have these details"
APPLIED = "cannot have been applied"

BAD_RICH: Final[dict[str, tuple[Change, str]]] = {
    # Markets.
    "status of another market": (with_status(market_id=2), IN_STATE),
    "an end without an auction": (with_status(state=CONTINUOUS), IN_STATE),
    "a halt without an auction": (with_status(rules=MarketRules(volatility_ppm=1)), IN_STATE),
    "a reference price above the highest": (with_status(reference_price_ticks=1_001), IN_STATE),
    "a reference price of the future": (with_status(reference_ns=INTEGER_MAX), IN_STATE),
    "no fees for tier 0": (with_status(fee_tiers=[FeeTier(1, 0, 0)]), "cannot have these fees"),
    "a tier twice": (with_status(fee_tiers=[FeeTier(0, 0, 0)] * 2), "cannot have these fees"),
    "rebates that nobody pays": (with_status(fee_tiers=[FeeTier(0, -1, 0)]), "pay for all rebates"),
    "an order's rebate that nobody pays": (
        with_status(fee_tiers=[FeeTier(0, 0, 0)]),
        "pay for all rebates",
    ),
    "crossed, and continuous": (
        lambda parts: of_named("rests", price_ticks=80)(
            with_status(state=CONTINUOUS, ends_ns=0)(parts)
        ),
        "GOLD_INR would have traded",
    ),
    # Transfers and accounts.
    "a transfer of no kind": (of_transfer("given", kind=4), APPLIED),
    "a transfer to nobody": (of_transfer("given", to_user_id=0), APPLIED),
    "a transfer to oneself": (of_transfer("given", to_user_id=3), APPLIED),
    "a transfer in two steps": (of_transfer("given", in_two_steps=True), APPLIED),
    "a deposit to another": (of_transfer("announced", to_user_id=4), APPLIED),
    "a request in one step": (of_transfer("announced", in_two_steps=False), APPLIED),
    "fees that are to be collected": (of_transfer("announced", kind=8), APPLIED),
    "a withdrawal of more than there is": (
        of_transfer("asked", amount=10**9),
        "user 3 holds more of asset 1",
    ),
    "a deposit that was confirmed": (of_transfer("announced", status=2), "asset 1 do not add up"),
    "account twice": (twice(AccountsPart), "account 3 is there twice"),
    # Places.
    "hidden by none": (of_detail(REBATED, hidden_lots=1), DETAILS),
    "hidden where nothing rests": (of_detail(TRAILS, hidden_lots=1), DETAILS),
    "everything hidden": (of_detail(ICEBERG, hidden_lots=20), IN_STATE),
    "more shown than it shows": (of_detail(ICEBERG, hidden_lots=1), IN_STATE),
    "hidden by one that shows all": (of_detail(TODAY, hidden_lots=1), IN_STATE),
    "a place where nothing rests": (of_detail(TRAILS, priority=29), DETAILS),
    "a place of the future": (of_detail(TODAY, priority=10**9), DETAILS),
    "the place of another": (of_detail(TODAY, priority=REBATED), "has the place of another"),
    "a rebate of more than was paid": (of_detail(REBATED, rebate_amount=10**9), DETAILS),
    "details of nobody": (of_detail(REBATED, order_id=1), "there is no order 1"),
    "followed by one that would have fired": (
        of_detail(TRAILS, followed_ticks=200),
        "would have fired",
    ),
    "followed by one that does not": (of_detail(TRAILS, followed_ticks=93), "would have fired"),
    "a stop that would have fired": (
        of_named("stop", trigger_price_ticks=94),
        f"order {STOP} would have fired",
    ),
    "what has fired and is not in the queue": (with_fired(FIRED), f"{FIRED_TOO} would have fired"),
    "fired twice": (with_fired(FIRED, FIRED_TOO, FIRED), f"order {FIRED} cannot have fired"),
    "fired, and rests": (with_fired(FIRED, FIRED_TOO, TODAY), f"order {TODAY} cannot have fired"),
    "fired elsewhere": (with_fired(FIRED, market_id=2), f"order {FIRED} cannot have fired"),
    "fired nowhere": (with_fired(FIRED, market_id=3), f"order {FIRED} cannot have fired"),
    "fired by nobody": (with_fired(1), "order 1 cannot have fired"),
    "a waiting order that is filled": (of_named("stop", status=FILLED), IN_STATE),
    "a waiting order that rests": (of_named("stop", status=NEW), IN_STATE),
    "waits without a trigger": (of_named("stop", trigger=0, trigger_price_ticks=0), IN_STATE),
    "two trails": (of_named("trails", trail_ticks=1), IN_STATE),
    "no trail": (of_named("trails", trail_bps=0), IN_STATE),
    "waits for no other": (of_named("stop", status=PENDING), "waits for no other"),
    "ends without being told": (of_named("today", expires_ns=0), IN_STATE),
    "ends where it rests for good": (of_named("iceberg", expires_ns=1), IN_STATE),
    "slides and takes": (of_named("iceberg", slide=True), IN_STATE),
    # Lists.
    "a list of nobody": (of_list(WAITS, order_ids=[1, 2]), "there is no order 1"),
    "a list upside down": (of_list(FIRST, order_ids=[UP, FIRST, DOWN]), IN_LIST),
    "a list of two users": (of_list(WAITS, order_ids=[WAITS, TRAILS]), IN_LIST),
    "a list of a plain order": (of_list(WAITS, order_ids=[WAITS, REBATED]), IN_LIST),
    "two lists": (twice(ListsPart), IN_LIST),
    "an OCO of three": (of_list(FIRST, list_type=1), TOGETHER),
    "an OCO that waits": (of_list(WAITS, list_type=1), TOGETHER),
    "a pair of one": (of_list(FIRST, order_ids=[FIRST, UP]), TOGETHER),
    "two pending orders that are no pair": (of_list(WAITS, is_paired=False), TOGETHER),
    "a list of two markets": (
        of_list(WAITS, order_ids=[ELSEWHERE, WAITS + 1, WAITS + 2]),
        f"order {WAITS + 1} {IN_LIST}",
    ),
    "what is pending waits for nothing": (of_list(WAITS, waits_for_first=False), TOGETHER),
    "nothing is pending and it waits": (of_list(FIRST, waits_for_first=True), TOGETHER),
    "no lists": (without(ListsPart), "waits for no other"),
    "a pair without a trigger": (
        of_named("down", trigger=0, trigger_price_ticks=0, order_type=1, price_ticks=9, status=NEW),
        TOGETHER,
    ),
    "a pair that ended": (of_named("down", status=CANCELLED), TOGETHER),
    "known and forgotten": (
        lambda parts: [
            ForgottenOrdersPart(parts_of_kind(parts, OrdersPart).rows[:1])
            if isinstance(part, ForgottenOrdersPart)
            else part
            for part in parts
        ],
        "cannot be forgotten",
    ),
    "nothing is forgotten": (without(ForgottenOrdersPart), f"there is no order {FIRST}"),
    "forgotten twice": (twice(ForgottenOrdersPart), f"order {FIRST} cannot be forgotten"),
    "no origins": (without(OriginsPart), "does not tell what was asked for"),
    "an origin of nobody": (
        in_rows(OriginsPart, 0, lambda row: replace(row, order_id=1)),
        "there is no order 1",
    ),
}


@pytest.mark.parametrize("name", BAD_RICH)
def test_parts_of_a_rich_engine_that_do_not_fit_are_refused(name: str) -> None:
    change, message = BAD_RICH[name]
    with bounded(BOUNDS):
        parts = change(list(rich_engine().parts()))
        with pytest.raises(SnapshotError, match=message):
            Engine.restored(0, parts)


def test_two_orders_with_one_name_are_refused() -> None:
    def rename(row: OrderRow) -> OrderRow:
        return replace(row, command=replace(row.command, user_id=2, client_order_id="takes"))

    parts = in_rows(OrdersPart, 2, rename)(list(busy_engine().parts()))
    with pytest.raises(SnapshotError, match="two orders have the same"):
        Engine.restored(0, parts)


def test_the_rows_that_tests_change_are_there() -> None:
    """What BAD and BAD_RICH rely on."""
    with bounded(BOUNDS):
        rich = list(rich_engine().parts())
    ids = {
        row.command.client_order_id: row.order_id
        for part in rich
        if isinstance(part, OrdersPart | ForgottenOrdersPart)
        for row in part.rows
    }
    named = (
        "elsewhere",
        "first",
        "up",
        "down",
        "iceberg",
        "rebated",
        "waits",
        "trails",
        "today",
        "stop",
    )
    assert [ids[name] for name in named] == [
        ELSEWHERE, FIRST, UP, DOWN, ICEBERG, REBATED, WAITS, TRAILS, TODAY, STOP
    ]  # fmt: skip
    assert rich[-1] == FiredPart(1, [FIRED, FIRED_TOO])
    assert [ids["fired"], ids["fired-too"]] == [FIRED, FIRED_TOO]
    parts = {type(part): part for part in busy_engine().parts()}
    orders = parts[OrdersPart]
    assert isinstance(orders, OrdersPart)
    assert [(row.status, row.executed_lots) for row in orders.rows] == [(2, 30), (3, 30), (1, 0)]
