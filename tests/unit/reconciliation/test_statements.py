"""Statements that add up, and each way in which they do not."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from matcher.tools.data_folder import DataFolder
from matcher.tools.replay import Replay
from proto.commands import CollectFees, RequestTransfer, SettleTransfer, TransferBetween
from proto.events import BalanceChange
from proto.limits import INTEGER_MAX
from scripts.load.audits import Audit
from scripts.reconciliation.statements import Statements
from tests.unit.tools.data_folders import small_exchange


@pytest.fixture
def replay(tmp_path: Path) -> Replay:
    exchange = small_exchange(tmp_path)
    exchange.run(
        RequestTransfer(1, 1, 1, 500, "out", True),
        SettleTransfer(1, "out", True),
        RequestTransfer(1, 1, 1, 700, "kept", True),
        SettleTransfer(1, "kept", False),
        TransferBetween(1, 1, 2, 1, 300, "gift"),
        CollectFees(1, 2, 1, 10, "fees"),
    )
    return DataFolder(tmp_path, 0).earliest_replay()


def judged(replay: Replay, tamper: dict[int, BalanceChange | None] | None = None) -> Audit:
    """Judge the changes of the journal, some of them replaced or left out by their place."""
    statements = Statements(replay.engine)
    place = 0
    for step in replay.steps(INTEGER_MAX):
        changes: list[BalanceChange] = []
        for change in step.events.balance_changes:
            tampered = (tamper or {}).get(place, change)
            changes += [] if tampered is None else [tampered]
            place += 1
        statements.add(changes)
    return statements.audit(replay.engine)


def changes_of(replay: Replay) -> list[BalanceChange]:
    return [c for step in replay.steps(INTEGER_MAX) for c in step.events.balance_changes]


def test_they_add_up(replay: Replay) -> None:
    audit = judged(replay)
    assert audit.ok
    # 3 deposits and withdrawals, 4 of a trade, 4 of two withdrawals, 2 between users, 1 of fees.
    assert audit.detail == "14 changes lead to 4 balances"


def test_each_change_that_is_lost_or_wrong_is_noticed(replay: Replay, tmp_path: Path) -> None:
    changes = changes_of(replay)
    for place, change in enumerate(changes):
        again = DataFolder(tmp_path, 0).earliest_replay()
        wrong = replace(change, change_amount=change.change_amount + 1)
        assert not judged(again, {place: wrong}).ok
        if change.change_amount:
            again = DataFolder(tmp_path, 0).earliest_replay()
            assert not judged(again, {place: None}).ok


def test_a_last_change_that_is_lost_is_noticed_by_the_balance(
    replay: Replay, tmp_path: Path
) -> None:
    last = len(changes_of(replay)) - 1
    audit = judged(DataFolder(tmp_path, 0).earliest_replay(), {last: None})
    assert audit.findings == ("user 2, asset 1: the changes make 40260, the balance is 40270",)


def test_they_may_begin_in_the_middle(tmp_path: Path) -> None:
    small_exchange(tmp_path)
    replay = DataFolder(tmp_path, 0).earliest_replay()
    replay.reach(10)
    assert judged(replay).ok
