"""Ways to break the exchange that the simulation must notice: the proof that it can fail.

Each takes one thing away that a promise stands on, by putting something else in its place for as
long as a context lasts. The three first are the ones that the promises stand on most.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final, NamedTuple
from unittest import mock

import matcher.core.engine
import matcher.recovery
from matcher.alarm import Alarm
from matcher.core.events import Events
from matcher.core.placing import place
from matcher.core.state import State
from matcher.engine_clock import EngineClock
from matcher.journal.segment import Segment
from matcher.journal.writer import JournalWriter
from matcher.sequencer import Sequencer
from persist.continuity import Position, Positions
from persist.rows import HistoryRows
from proto.commands import PlaceOrder
from proto.events import EventBatch
from tests.simulation import client, operation
from tests.simulation.database import Database
from tests.simulation.disk import FileMount, Mount, SimulatedDisk
from tests.simulation.snapshots import SimulatedTaker
from tests.simulation.stream import AwayError

_write = JournalWriter.write
_commit = Sequencer._commit
_mount = SimulatedDisk.mount


class Replacement(NamedTuple):
    """One attribute, and what takes its place."""

    owner: object
    name: str
    substitute: object


class Sabotage(NamedTuple):
    """One way.

    Attributes:
        what: What is broken, in a sentence.
        replacements: What breaks it.
    """

    what: str
    replacements: tuple[Replacement, ...]


@contextmanager
def sabotaged(name: str) -> Iterator[None]:
    """Break the exchange in a way, until the context ends."""
    with ExitStack() as stack:
        for owner, attribute, substitute in SABOTAGES[name].replacements:
            stack.enter_context(mock.patch.object(owner, attribute, substitute))
        yield


def _nothing(*_: object) -> None:
    """Do nothing, in place of something that matters."""


def _write_without_sync(journal: JournalWriter, record: bytes) -> None:
    with mock.patch.object(FileMount, "sync", _nothing):
        _write(journal, record)


def _mount_of_a_liar(disk: SimulatedDisk) -> Mount:
    disk.lies = True
    return _mount(disk)


def _place_anew(command: PlaceOrder, state: State, events: Events) -> bytes:
    names = state.ledger.find(command.user_id).names
    first = names.pop(command.client_order_id, None)
    reply = place(command, state, events)
    if first is not None:
        names.setdefault(command.client_order_id, first)
    return reply


def _commit_in_two(
    database: Database, rows: HistoryRows, moves: list[tuple[Position, Position]]
) -> None:
    """Commit the rows in one transaction and the position in another; sometimes only the first."""
    if not database.is_up:
        raise AwayError("the database does not answer")
    database.insert(rows)
    database.transactions += 1
    if database.transactions % 10 == 0:
        raise AwayError("the connection broke between two transactions")
    database.move(moves)


def _accept_all(positions: Positions, batch: EventBatch) -> EventBatch:
    position = Position(batch.shard, batch.epoch, batch.last_sequence)
    positions._moved[batch.shard] = position
    return batch


def _release_at_once(sequencer: Sequencer) -> None:
    before = sequencer._writing
    _commit(sequencer)
    if sequencer._writing is not None and sequencer._writing is not before:
        sequencer._release(sequencer._writing)


def _clock_as_it_is(clock: EngineClock) -> int:
    return clock._wall_ns()


def _name_at_once(taker: SimulatedTaker) -> None:
    if taker._is_written:
        taker._is_written = False
        taker._after(0, taker._publish)


def _always(_message: object) -> bool:
    return True


SABOTAGES: Final = {
    "sync": Sabotage(
        "the journal writes its records and does not sync them",
        (Replacement(JournalWriter, "write", _write_without_sync),),
    ),
    "dedupe": Sabotage(
        "the engine does not look for a client_order_id that was used",
        (Replacement(matcher.core.engine, "place", _place_anew),),
    ),
    "position": Sabotage(
        "persist commits its position in another transaction than the rows",
        (Replacement(Database, "commit", _commit_in_two),),
    ),
    "lie": Sabotage(
        "the disk says that it has synced, and has not",
        (Replacement(SimulatedDisk, "mount", _mount_of_a_liar),),
    ),
    "early": Sabotage(
        "the sequencer releases a batch when its record is submitted",
        (Replacement(Sequencer, "_commit", _release_at_once),),
    ),
    "settle": Sabotage(
        "a matcher that starts does not write and sync the last record again",
        (Replacement(matcher.recovery, "settle", _nothing),),
    ),
    "tear": Sabotage(
        "the journal takes any damage to its last record for a tear",
        (Replacement(Segment, "_check_torn_body", _nothing),),
    ),
    "snapshot": Sabotage(
        "a snapshot gets its name before the journal is on disk up to it",
        (Replacement(SimulatedTaker, "_publish_if_ready", _name_at_once),),
    ),
    "clock": Sabotage(
        "engine time is what the wall clock says, even if it was set back",
        (Replacement(EngineClock, "now_ns", _clock_as_it_is),),
    ),
    "alarm": Sabotage(
        "the matcher does nothing by itself, whatever is due",
        (Replacement(Alarm, "set", _nothing),),
    ),
    "repeat": Sabotage(
        "gateways send orders again that have no client_order_id",
        (
            Replacement(client, "is_repeatable", _always),
            Replacement(operation, "is_repeatable", _always),
        ),
    ),
    "known": Sabotage(
        "persist writes every entry of the stream, whatever it has written",
        (Replacement(Positions, "accept", _accept_all),),
    ),
}
