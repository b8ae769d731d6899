"""Ten thousand stops, each of which fires the next one."""

from typing import Final

from msgspec.structs import replace

from matcher.core.engine import Engine
from proto.codes import GTC, LIMIT, MARKET, REPORT_TRIGGERED, SELL, STOP_LOSS
from proto.commands import (
    AdvanceTime,
    DefineAsset,
    DefineMarket,
    Deposit,
    OrderTerms,
    PlaceOrder,
)
from proto.events import EventBatch
from proto.limits import FIRED_PER_COMMAND_MAX
from proto.replies import TransferReply
from tests.applying import apply_to
from tests.unit.core.scenario import GOLD, GOLD_INR, INR

STOPS: Final = 10_000
TOP: Final = STOPS + 2
MAKER, TAKER, STOPPED = 1, 2, 3


def order(
    user_id: int, side: int, price: int, lots: int, terms: OrderTerms | None = None
) -> PlaceOrder:
    kind = LIMIT if price else MARKET
    return PlaceOrder(1, 0, 1, user_id, side, kind, GTC, False, price, lots, "", terms)


def on_the_edge() -> Engine:
    """A bid at every price, and a stop right below each: the first sale starts the fall."""
    engine = Engine(0)
    market = replace(GOLD_INR, price_max_ticks=TOP, quantity_min_lots=1, notional_min_amount=0)
    for command in (
        DefineAsset(1, INR),
        DefineAsset(1, GOLD),
        DefineMarket(1, market),
        Deposit(1, MAKER, INR.asset_id, 10**13, "maker"),
        Deposit(1, TAKER, GOLD.asset_id, 2, "taker"),
        Deposit(1, STOPPED, GOLD.asset_id, STOPS, "stopped"),
    ):
        apply_to(engine, 1, command)
    for price in range(1, TOP + 1):
        apply_to(engine, 1, order(MAKER, 1, price, 1))
    for price in range(2, TOP):
        stop = OrderTerms(trigger=STOP_LOSS, trigger_price_ticks=price)
        apply_to(engine, 1, order(STOPPED, SELL, 0, 1, stop))
    return engine


def fired(events: EventBatch) -> int:
    return sum(report.report == REPORT_TRIGGERED for report in events.reports)


def test_a_cascade_is_cut_into_commands_and_lets_others_in_between() -> None:
    engine = on_the_edge()
    assert engine.next_due_ns() > 2
    # Nothing fires at the top price itself; one tick below, everything does, one after the other.
    _, events = apply_to(engine, 2, order(TAKER, SELL, TOP, 1))
    assert (len(events.trades), fired(events)) == (1, 0)
    _, events = apply_to(engine, 2, order(TAKER, SELL, TOP - 1, 1))
    counts = [fired(events)]
    while engine.next_due_ns() == 0:
        # Somebody else's command is not held up by more than what one command lets in.
        name = f"between-{len(counts)}"
        reply, events = apply_to(engine, 2, Deposit(1, TAKER, INR.asset_id, 1, name))
        assert isinstance(reply, TransferReply)
        counts.append(fired(events))
        _, events = apply_to(engine, 2, AdvanceTime(0))
        counts.append(fired(events))
    assert sum(counts) == STOPS
    assert max(counts) == FIRED_PER_COMMAND_MAX
    engine.check_invariants()
