"""Whatever the stream delivers, in whatever order and how often, each event is written once.

The stream is a list of entries with holes, repetitions, overlaps, batches cut elsewhere, and
entries of a deposed matcher; transactions fail, and sessions end between commit and
acknowledgement. What is missing is had from the past, cut anywhere.
"""

import random
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from persist.catalog import Catalog
from persist.continuity import MissingEventsError, Position, Positions
from persist.portion import Portion
from proto.codec import encode
from proto.definitions import AssetDefinition
from proto.events import BalanceChange, EventBatch
from proto.ids import AssetId, Sequence, TradeId, UserId
from tests.unit.persist.examples import history_lines

_COMMANDS: Final = 40


def batch(first: int, last: int, epoch: int, user: int = 1) -> EventBatch:
    changes = [
        BalanceChange(Sequence(n), 0, UserId(user), AssetId(1), 1, 1, 0, 1, 0, TradeId(0), "")
        for n in range(first, last + 1)
    ]
    asset = AssetDefinition(AssetId(1), "INR", 2)
    return EventBatch(0, epoch, first, last, 0, [asset], [], [], [], changes, [])


class Journal:
    """The truth: an epoch for each sequence, rising."""

    def __init__(self, starts: list[int]) -> None:
        self.epochs = [1 + sum(start <= n for start in starts) for n in range(_COMMANDS + 1)]

    def batch(self, first: int, last: int) -> EventBatch:
        """Make a batch; it ends with its epoch."""
        epoch = self.epochs[first]
        while self.epochs[last] != epoch:
            last -= 1
        return batch(first, last, epoch)


class Database:
    """Rows and position, in one transaction."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, int]] = []
        self.position = Position(0, 0, 0)

    def write(self, portion: Portion) -> None:
        for before, after in portion.moves():
            assert before.last_sequence == self.position.last_sequence
            self.position = after
        for line in history_lines(portion.rows, "balance_changes"):
            user, _, sequence, *_ = line.split("\t")
            self.rows.append((user, int(sequence)))


def catch_up(
    database: Database, positions: Positions, last: int, journal: Journal, rnd: random.Random
) -> None:
    while (position := positions.of(0)).last_sequence < last:
        portion = Portion(positions, Catalog())
        first = position.last_sequence + 1
        portion.add_made_again(encode(journal.batch(first, rnd.randint(first, last))))
        database.write(portion)
        positions.advance()


def carry(
    database: Database, stream: list[EventBatch], journal: Journal, rnd: random.Random
) -> None:
    """Do what a session does with a stream, dying now and then; the stream then comes again."""
    pending = list(stream)
    while pending:
        positions = Positions([database.position])
        portion = Portion(positions, Catalog())
        taken = 0
        missing: MissingEventsError | None = None
        for entry in pending[: rnd.randint(1, 6)]:
            try:
                portion.add(b"1-0", encode(entry))
            except MissingEventsError as error:
                missing = error
                break
            taken += 1
        if rnd.random() < 0.2:
            continue  # The transaction fails, and nothing of it is there.
        database.write(portion)
        positions.advance()
        if rnd.random() < 0.2:
            continue  # Killed before the acknowledgement.
        del pending[:taken]
        if missing is not None:
            catch_up(database, positions, missing.last_sequence, journal, rnd)


@given(
    starts=st.lists(st.integers(2, _COMMANDS), max_size=3),
    entries=st.lists(st.tuples(st.integers(1, _COMMANDS), st.integers(0, 9), st.booleans())),
    in_order=st.booleans(),
    rnd=st.randoms(use_true_random=False),
)
def test_each_event_is_written_once_and_in_order(
    starts: list[int],
    entries: list[tuple[int, int, bool]],
    in_order: bool,
    rnd: random.Random,
) -> None:
    journal, database = Journal(starts), Database()
    stream = []
    for first, length, deposed in sorted(entries) if in_order else entries:
        made = journal.batch(first, min(first + length, _COMMANDS))
        # A deposed matcher's: its epoch is below any that the history can have reached.
        stream.append(batch(first, made.last_sequence, 0, user=9) if deposed else made)
    database.position = Position(0, 1, 0)
    carry(database, stream, journal, rnd)
    # The stream is silent: what it has lost at its end is had too.
    catch_up(database, Positions([database.position]), _COMMANDS, journal, rnd)
    assert database.rows == [("1", sequence) for sequence in range(1, _COMMANDS + 1)]
    assert database.position.epoch == journal.epochs[_COMMANDS]
