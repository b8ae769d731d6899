"""The sequencer lets time pass: its own commands are journaled, bounded, and answered to nobody."""

import pytest

from matcher import sequencer as module
from matcher.core.engine import Engine
from matcher.core.events import Events
from matcher.core.timers import NEVER
from matcher.journal.format import Entry
from matcher.journal.writer import JournalWriter
from matcher.sequencer import BATCH_ADVANCES_MAX, Sequencer
from proto.codec import decode_command_frame, encode
from proto.commands import AdvanceTime, CancelOrder, Command
from proto.frames import CommandFrame
from proto.replies import Defined

IDENTITY = b"gateway"


class FakeEngine:
    """Stands for an engine in which so many things are due at a time, one for each AdvanceTime.

    Attributes:
        due_ns: When.
        things: How many.
    """

    shard = 0

    def __init__(self, due_ns: int, things: int) -> None:
        self.due_ns = due_ns
        self.things = things
        self.sequence = 0
        self.applied: list[Command] = []

    def next_due_ns(self) -> int:
        return self.due_ns if self.things else NEVER

    def apply_all(self, commands: list[Command], timestamp_ns: int, events: Events) -> list[bytes]:
        replies = [self.apply(command, timestamp_ns) for command in commands]
        events.last_sequence = self.sequence
        events.timestamp_ns = timestamp_ns
        return replies

    def apply(self, command: Command, timestamp_ns: int) -> bytes:
        self.sequence += 1
        self.applied.append(command)
        if isinstance(command, AdvanceTime):
            assert self.things
            assert timestamp_ns >= self.due_ns
            self.things -= 1
        return encode(Defined(command.request_id))


class Around:
    """What stands around the sequencer: journal, disk, clock, alarm, the asker and the events."""

    def __init__(self, due_ns: int, things: int) -> None:
        self.now_ns = 1_000
        self.alarm_ns = NEVER
        self.records: list[list[Entry]] = []
        self.replies: list[tuple[bytes, list[bytes]]] = []
        self.published: list[Events] = []
        self.is_paused = False
        self.engine = FakeEngine(due_ns, things)
        engine: Engine = self.engine  # type: ignore[assignment]
        journal: JournalWriter = self  # type: ignore[assignment]
        self.sequencer = Sequencer(engine, journal, 1, lambda: self.now_ns, self.published.append)
        self.sequencer.attach(self, self, self)

    def encode(self, first_sequence: int, commands: int, entries: list[Entry]) -> bytes:
        assert commands == sum(len(frame(entry)) for entry in entries)
        self.records.append(entries)
        return b"record"

    def submit(self, record: bytes) -> None:
        """The test says when it is on disk."""

    def set(self, at_ns: int) -> None:
        self.alarm_ns = at_ns

    def reply(self, identity: bytes, replies: list[bytes]) -> None:
        self.replies.append((identity, replies))

    def pause(self) -> None:
        self.is_paused = True

    def resume(self) -> None:
        self.is_paused = False

    def ring(self) -> None:
        self.alarm_ns = NEVER
        self.sequencer.on_alarm()

    def ring_while_set(self) -> int:
        """Ring as often as the alarm is set to a time that has come; tell how often."""
        rings = 0
        while self.alarm_ns <= self.now_ns:
            rings += 1
            assert rings < 1_000
            self.ring()
        return rings

    def arrive(self, *commands: Command) -> None:
        arrived = CommandFrame(list(commands))
        self.sequencer.on_commands(IDENTITY, arrived, encode(arrived))
        self.sequencer.on_drained()


def frame(entry: Entry) -> list[Command]:
    return decode_command_frame(entry.frame).commands


def cancel(request_id: int) -> CancelOrder:
    return CancelOrder(request_id, 0, 1, 1, 1, "")


def test_the_alarm_is_set_to_what_is_due_next() -> None:
    around = Around(5_000, 1)
    assert around.alarm_ns == 5_000
    around.engine.due_ns = 3_000
    around.arrive(cancel(1))
    assert around.alarm_ns == 3_000
    around.engine.things = 0
    around.arrive(cancel(2))
    assert around.alarm_ns == NEVER


def test_what_is_due_is_a_command_with_an_entry_of_its_own_and_no_reply() -> None:
    around = Around(5_000, 1)
    around.now_ns = 5_001
    around.ring()
    (record,) = around.records
    assert [(entry.timestamp_ns, frame(entry)) for entry in record] == [(5_001, [AdvanceTime(0)])]
    around.sequencer.on_durable()
    assert around.replies == []
    (batch,) = around.published
    assert (batch.first_sequence, batch.last_sequence, batch.timestamp_ns) == (1, 1, 5_001)
    assert around.alarm_ns == NEVER


def test_an_alarm_that_rings_early_changes_nothing() -> None:
    around = Around(5_000, 1)
    around.ring()
    assert around.engine.applied == []
    assert around.alarm_ns == 5_000


def test_a_backlog_is_taken_one_by_one_with_what_arrives_in_between() -> None:
    around = Around(0, 3)
    around.ring()
    around.arrive(cancel(7))
    around.ring()
    around.arrive(cancel(8))
    around.ring()
    assert around.alarm_ns == NEVER
    names = [type(command).__name__ for command in around.engine.applied]
    assert names == ["AdvanceTime", "CancelOrder", "AdvanceTime", "CancelOrder", "AdvanceTime"]
    around.sequencer.on_durable()
    around.sequencer.on_durable()
    assert [len(record) for record in around.records] == [1, 4]
    assert around.replies == [(IDENTITY, [encode(Defined(7)), encode(Defined(8))])]


def test_while_a_record_is_written_only_so_many_are_taken() -> None:
    around = Around(0, 3 * BATCH_ADVANCES_MAX)
    around.ring()
    # The last of them finds the batch full, and waits for the disk.
    assert around.ring_while_set() == BATCH_ADVANCES_MAX + 1
    around.arrive(cancel(1))
    assert around.ring_while_set() == 1
    assert len(around.engine.applied) == 1 + BATCH_ADVANCES_MAX + 1
    around.sequencer.on_durable()
    assert around.ring_while_set() == BATCH_ADVANCES_MAX + 1
    around.sequencer.on_durable()
    around.ring_while_set()
    assert around.engine.things == 0


def test_a_full_batch_takes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_COMMANDS_MAX", 2)
    around = Around(0, 1)
    around.arrive(cancel(1))
    around.arrive(cancel(2), cancel(3))
    assert around.is_paused
    assert around.ring_while_set() == 1
    assert around.engine.things == 1
    around.sequencer.on_durable()
    assert not around.is_paused
    around.ring_while_set()
    assert around.engine.things == 0


def test_its_own_commands_fill_a_batch_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_COMMANDS_MAX", 2)
    around = Around(0, 5)
    around.ring()
    around.ring_while_set()
    assert around.is_paused
    assert around.engine.things == 2
    around.sequencer.on_durable()
    assert not around.is_paused


def test_halted_it_lets_no_time_pass() -> None:
    around = Around(0, 1)
    around.sequencer.halt()
    around.ring()
    assert around.engine.applied == []
    assert around.alarm_ns == NEVER
