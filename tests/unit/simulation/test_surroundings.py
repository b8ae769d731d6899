"""Time, Redis and the database as the simulation has them."""

import random

import pytest

from persist.catalog import Catalog
from persist.continuity import Position
from persist.rows import HistoryRows
from persist.store import PositionMovedError
from tests.simulation.clock import START_NS, Clock
from tests.simulation.database import Database
from tests.simulation.schedule import Life, Schedule
from tests.simulation.stream import AwayError, Stream
from tests.simulation.trace import Trace


def test_things_happen_in_their_order_and_the_dead_do_nothing() -> None:
    schedule, life = Schedule(), Life()
    happened: list[str] = []
    schedule.after(20, lambda: happened.append("late"))
    schedule.after(10, lambda: happened.append("first"))
    schedule.after(10, lambda: happened.append("second"))
    schedule.after(15, lambda: happened.append("dead"), life)
    schedule.after(12, lambda: setattr(life, "over", True))
    assert not schedule.run(lambda: False, 19)
    assert happened == ["first", "second"]
    assert schedule.run(lambda: len(happened) == 3, 100)
    assert (happened[-1], schedule.now_ns) == ("late", 20)


def test_a_clock_can_be_set() -> None:
    clock = Clock(Schedule())
    clock.set_by(5)
    assert (clock.now_ns(), clock.went_back) == (START_NS + 5, False)
    clock.set_by(-7)
    assert (clock.now_ns(), clock.went_back) == (START_NS - 2, True)


def test_a_trace_tells_two_runs_apart() -> None:
    lines: list[str] = []
    first, second = Trace(Schedule(), lines.append), Trace(Schedule(), None)
    first("who", "what")
    second("who", "what")
    assert first.checksum == second.checksum
    second("who", "else")
    assert first.checksum != second.checksum
    assert lines == ["       0.000 ms  who       what"]


def test_entries_are_pending_until_they_are_acknowledged() -> None:
    stream = Stream(random.Random(1))
    with pytest.raises(AwayError, match="NOGROUP"):
        stream.read(1)
    stream.open()
    stream.add(3, b"a")
    stream.add(5, b"b")
    # An id that is not above the last is refused; the sender need not know.
    stream.add(5, b"other")
    assert stream.read(9) == [(3, b"a"), (5, b"b")]
    assert stream.read(9) == []
    stream.acknowledge([3])
    stream.open()
    assert stream.read(9) == [(5, b"b")]
    assert stream.last_sequence() == 5


def test_a_stream_is_lost_or_rewound() -> None:
    stream = Stream(random.Random(1))
    stream.open()
    for number in range(1, 50):
        stream.add(number, b"x")
    stream.rewind()
    # It saves every fifth time or so, so not all of it is lost.
    assert 0 < stream.last_sequence() < 49
    stream.wipe()
    assert stream.last_sequence() == 0
    with pytest.raises(AwayError, match="NOGROUP"):
        stream.read(1)
    stream.is_up = False
    with pytest.raises(AwayError, match="does not answer"):
        stream.add(1, b"x")


def test_a_transaction_moves_its_position_from_where_it_was_or_does_nothing() -> None:
    database, rows = Database(), HistoryRows(Catalog())
    database.commit(rows, [(Position(0, 0, 0), Position(0, 1, 7))])
    assert database.last_sequence(0) == 7
    with pytest.raises(PositionMovedError):
        database.commit(rows, [(Position(0, 0, 0), Position(0, 1, 9))])
    assert database.last_sequence(0) == 7
    database.is_up = False
    with pytest.raises(AwayError):
        database.load()
