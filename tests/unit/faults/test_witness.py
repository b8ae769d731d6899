"""The witness believes what is true, and finds each way in which an exchange could cheat."""

from collections.abc import Callable
from pathlib import Path

import pytest

from matcher.tools.data_folder import DataFolder
from proto.codes import BUY, SELL
from proto.commands import CancelOrder, Deposit
from proto.limits import INTEGER_MAX
from scripts.faults.witness import Witness
from scripts.load.audits import Audit
from scripts.load.operations import ACKNOWLEDGED, Cancel, Outcome, Place, SeenFill
from scripts.load.record import Record, SeenOrder
from tests.unit.load.scales import SCALES
from tests.unit.tools.data_folders import SmallExchange, place, small_exchange

NAMES = ("acknowledged orders are in the journal, once", "outcomes", "cancels")


@pytest.fixture
def exchange(tmp_path: Path) -> SmallExchange:
    """Orders 16 to 20 by clients of the run `r`; 18 was sent twice, 20 is of somebody else."""
    exchange = small_exchange(tmp_path)
    exchange.run(
        place(1, BUY, 2, 1_800, "r-1"),
        place(2, SELL, 1, 1_800, "r-2"),
        place(1, BUY, 3, 1_700, "r-3"),
        place(1, BUY, 3, 1_700, "r-3"),
        place(1, BUY, 1, 1_600, "other"),
        CancelOrder(3, 0, 1, 1, 18, ""),
        Deposit(9, 2, 1, 100, "r-4"),
    )
    return exchange


def ask(name: str) -> Place:
    return Place(1, 1, BUY, 1, 1, 1_800, 2, name)


def true_record() -> Record:
    record = Record()
    record.placed(ask("r-1"), Outcome(ACKNOWLEDGED, "", 16, "new"))
    # The best price is taken first: what small_exchange has left at 100.00.
    fill = SeenFill(2, "100.00", "1")
    record.placed(ask("r-2"), Outcome(ACKNOWLEDGED, "", 17, "filled", (fill,)))
    record.placed(ask("r-3"), Outcome(ACKNOWLEDGED, "", 18, "new"))
    record.cancelled(Cancel(1, 1, 18, "r-3"), Outcome(ACKNOWLEDGED, "", 18, "cancelled"))
    return record


def judge(exchange: SmallExchange, record: Record) -> list[Audit]:
    witness = Witness(record, SCALES, "r")
    for step in DataFolder(exchange.data_dir, 0).earliest_replay().steps(INTEGER_MAX):
        witness.on_step(step)
    return witness.audits()


def test_the_truth(exchange: SmallExchange) -> None:
    audits = judge(exchange, true_record())
    assert [audit.ok for audit in audits] == [True, True, True]
    assert audits[0].detail == "3 acknowledged, 0 lost, 0 applied twice; 1 were sent again"


def test_an_order_that_nobody_was_told_of_is_fine_if_its_outcome_was_never_told(
    exchange: SmallExchange,
) -> None:
    record = true_record()
    del record.orders["r-1"]
    assert not judge(exchange, record)[0].ok
    record.unsettled.add("r-1")
    assert judge(exchange, record)[0].ok


def lost(record: Record) -> None:
    record.placed(ask("r-9"), Outcome(ACKNOWLEDGED, "", 99, "new"))


def other_number(record: Record) -> None:
    record.orders["r-1"] = SeenOrder(15, 1, 1, "new", "new")


def other_status(record: Record) -> None:
    record.orders["r-1"] = SeenOrder(16, 1, 1, "filled", "filled")


def lost_fill(record: Record) -> None:
    record.fills.clear()


def other_fill(record: Record) -> None:
    record.fills[0] = record.fills[0]._replace(price="90.00")


def no_cancel(record: Record) -> None:
    record.cancelled(Cancel(1, 1, 16, "r-1"), Outcome(ACKNOWLEDGED, "", 16, "cancelled"))


@pytest.mark.parametrize(
    ("lie", "audit"),
    [
        (lost, 0),
        (other_number, 1),
        (other_status, 1),
        (lost_fill, 1),
        (other_fill, 1),
        (no_cancel, 2),
    ],
)
def test_each_lie_is_found(
    exchange: SmallExchange, lie: Callable[[Record], None], audit: int
) -> None:
    record = true_record()
    lie(record)
    audits = judge(exchange, record)
    assert [found.ok for found in audits] == [number != audit for number in range(3)]
    assert audits[audit].findings


def test_an_order_that_was_applied_twice_is_found(exchange: SmallExchange) -> None:
    """The engine does not do it, so the replay's steps are bent."""
    witness = Witness(true_record(), SCALES, "r")
    steps = list(DataFolder(exchange.data_dir, 0).earliest_replay().steps(INTEGER_MAX))
    again = steps[18]._replace(reply=steps[19].reply)
    for step in (*steps[:18], again, *steps[19:]):
        witness.on_step(step)
    audit = witness.audits()[0]
    assert not audit.ok
    assert "order r-3 is order 18, and again order 20" in audit.findings[0]
