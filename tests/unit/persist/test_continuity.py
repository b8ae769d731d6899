"""Which batches are new, known, cut elsewhere, beyond a hole, or a deposed matcher's."""

import pytest

from persist.continuity import MissingEventsError, Position, Positions
from proto.codes import ALLOW, CONTINUOUS, DEPOSIT, REPORT_ACCEPTED, REQUESTED
from proto.definitions import FeeTier, MarketRules, MarketStatus
from proto.events import (
    AccountChange,
    AccountState,
    AssetChange,
    BalanceChange,
    EventBatch,
    MarketChange,
    TransferState,
)
from proto.ids import AssetId, Sequence, TradeId, UserId
from tests.unit.persist.examples import order, report

STATUS = MarketStatus(1, CONTINUOUS, 0, 0, 0, MarketRules(), [FeeTier(0, 0, 0)])


def batch(first: int, last: int, epoch: int = 3, shard: int = 0) -> EventBatch:
    changes = [
        BalanceChange(Sequence(sequence), 0, UserId(1), AssetId(1), 1, 1, 0, 1, 0, TradeId(0), "r")
        for sequence in range(first, last + 1)
    ]
    return EventBatch(shard, epoch, first, last, 0, [], [], [], [], changes, [])


def positions(last_sequence: int = 10, epoch: int = 3) -> Positions:
    return Positions([Position(0, epoch, last_sequence)])


def test_the_next_batch_is_new_and_moves_the_position() -> None:
    at_ten = positions()
    following = batch(11, 12)
    assert at_ten.accept(following) is following
    ((before, after),) = at_ten.moves()
    assert (before.last_sequence, after.last_sequence, after.epoch) == (10, 12, 3)


def test_several_batches_make_one_move() -> None:
    at_ten = positions()
    for first in (11, 13, 15):
        assert at_ten.accept(batch(first, first + 1)) is not None
    ((before, after),) = at_ten.moves()
    assert (before.last_sequence, after.last_sequence) == (10, 16)
    at_ten.advance()
    assert at_ten.moves() == []
    assert at_ten.summary() == "16"


@pytest.mark.parametrize(("first", "last"), [(1, 10), (9, 9), (10, 10)])
def test_a_known_batch_is_left_out(first: int, last: int) -> None:
    at_ten = positions()
    assert at_ten.accept(batch(first, last)) is None
    assert not at_ten.is_deposed(batch(first, last))
    assert at_ten.moves() == []


def test_of_a_batch_across_the_position_the_part_above_is_new() -> None:
    at_ten = positions()
    fresh = at_ten.accept(batch(8, 13))
    assert fresh is not None
    assert (fresh.first_sequence, fresh.last_sequence) == (11, 13)
    assert [change.sequence for change in fresh.balance_changes] == [11, 12, 13]


def test_every_kind_of_event_is_cut() -> None:
    whole = batch(8, 13)
    for sequence in range(8, 14):
        at = Sequence(sequence)
        whole.reports.append(report(REPORT_ACCEPTED, order(), sequence=sequence))
        whole.transfers.append(
            TransferState(at, 0, "r", UserId(1), AssetId(1), 1, DEPOSIT, REQUESTED)
        )
        whole.market_changes.append(MarketChange(at, 0, STATUS))
        whole.account_changes.append(
            AccountChange(at, 0, AccountState(UserId(1), 0, 0, ALLOW, False, 0))
        )
        whole.asset_changes.append(AssetChange(at, 0, AssetId(1), True))
    fresh = positions().accept(whole)
    assert fresh is not None
    for events in (
        fresh.reports,
        fresh.balance_changes,
        fresh.transfers,
        fresh.market_changes,
        fresh.account_changes,
        fresh.asset_changes,
    ):
        assert [event.sequence for event in events] == [11, 12, 13]


def test_a_hole_is_named_and_changes_nothing() -> None:
    at_ten = positions()
    with pytest.raises(MissingEventsError) as caught:
        at_ten.accept(batch(14, 15))
    assert (caught.value.first_sequence, caught.value.last_sequence) == (11, 13)
    assert at_ten.moves() == []
    assert at_ten.accept(batch(11, 15)) is not None


def test_history_begins_at_one() -> None:
    empty = Positions([])
    with pytest.raises(MissingEventsError):
        empty.accept(batch(2, 2))
    assert empty.accept(batch(1, 2)) is not None


def test_a_deposed_matcher_is_not_history() -> None:
    at_ten = positions(epoch=3)
    late = batch(11, 11, epoch=2)
    assert at_ten.accept(late) is None
    assert at_ten.is_deposed(late)
    assert at_ten.accept(batch(11, 11, epoch=4)) is not None


def test_shards_have_positions_of_their_own() -> None:
    at_ten = positions()
    assert at_ten.accept(batch(1, 4, shard=5)) is not None
    assert at_ten.accept(batch(11, 11)) is not None
    assert [(after.shard, after.last_sequence) for _, after in at_ten.moves()] == [(5, 4), (0, 11)]
