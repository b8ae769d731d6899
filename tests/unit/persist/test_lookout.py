"""When a silent stream makes persist ask, and what it makes of the answer."""

import pytest

from persist.continuity import Position
from persist.lookout import SILENT_READS, ForeignHistoryError, Lookout, check_same_history
from proto.replies import HistoryEndReply


def end(last_sequence: int, epoch: int = 3) -> HistoryEndReply:
    return HistoryEndReply(0, epoch, last_sequence)


def at(last_sequence: int, epoch: int = 3) -> Position:
    return Position(0, epoch, last_sequence)


def test_it_asks_after_a_silence_and_again_after_another() -> None:
    lookout = Lookout()
    reads = [lookout.on_read(entries) for entries in (4, 0, 0, 0, 0, 0, 7, 0, 0)]
    assert SILENT_READS == 2
    assert reads == [False, False, True, False, True, False, False, False, True]


def test_what_stays_beyond_the_position_is_missing() -> None:
    lookout = Lookout()
    assert lookout.missing(at(10), end(14)) is None
    missing = lookout.missing(at(10), end(17))
    assert missing is not None
    assert (missing.shard, missing.first_sequence, missing.last_sequence) == (0, 11, 17)


def test_what_arrives_meanwhile_was_only_on_its_way() -> None:
    lookout = Lookout()
    assert lookout.missing(at(10), end(14)) is None
    assert lookout.missing(at(14), end(15)) is None
    assert lookout.missing(at(15), end(15)) is None
    assert lookout.missing(at(15), end(16)) is None
    lookout.on_read(1)
    assert lookout.missing(at(15), end(16)) is None


@pytest.mark.parametrize("position", [at(11), at(10, epoch=4)])
def test_a_database_that_is_ahead_of_the_journal_is_foreign(position: Position) -> None:
    with pytest.raises(ForeignHistoryError, match="two exchanges"):
        check_same_history(position, end(10))
    check_same_history(at(10), end(10))
