"""What has happened: the commands that are on disk, in order, and what each of them must do.

Theory of operation
-------------------
A record becomes true when a disk has said that it has it, or when a matcher that is ready has
recovered it; from then on it may never be missing, change, or come twice. Its commands are applied
to the reference exchange, which says what each reply must be, and to a twin of the engine that
never crashes, which says what the events and the state must be.

What the matcher sends to itself because time passes is a command like any other, except that nobody
is told of it.

A question is answered by the reference at the sequence at which the matcher was asked.
"""

from collections import deque
from typing import Final, final

from matcher.core.engine import Engine
from matcher.journal.format import BEGINNING, Entry, Position, Record
from proto.codec import decode_command_frame, decode_event_batch, encode
from proto.commands import AdvanceTime
from proto.events import EventBatch
from proto.queries import StateQuery
from proto.replies import Reply
from tests.applying import apply_to
from tests.reference.exchange import ReferenceExchange

# The reference names orders and trades by bare numbers, as shard 0 does.
SHARD: Final = 0
# The lists of a batch: one for each kind of event.
_KINDS: Final = EventBatch.__struct_fields__[EventBatch.__struct_fields__.index("assets") :]


class ViolationError(Exception):
    """The exchange has broken a promise.

    Attributes:
        check: Which check noticed, in a few words that stay the same.
    """

    def __init__(self, check: str, what: str) -> None:
        super().__init__(f"{check}: {what}")
        self.check: Final = check


def demand(holds: bool, check: str, what: str) -> None:
    """Raise `ViolationError` unless it holds."""
    if not holds:
        raise ViolationError(check, what)


@final
class Truth:
    """The history that nothing may contradict.

    Attributes:
        records: Records so far by their first sequence, with the events that each made, encoded.
        twin: An engine that has applied them all.
        advances: How many of the commands the matcher has sent to itself.
    """

    def __init__(self, recent_orders: int) -> None:
        self.records: Final[dict[int, tuple[Record, bytes]]] = {}
        self.twin: Final = Engine(SHARD)
        self.advances = 0
        self.reference: Final = ReferenceExchange(recent_orders)
        self._positions: Final = {0: BEGINNING}
        self._expected: Final[dict[int, deque[Reply]]] = {}
        self._questions: Final[dict[int, list[tuple[StateQuery, int]]]] = {}

    @property
    def sequence(self) -> int:
        """Sequence of the last command that is true."""
        return self.twin.sequence

    def events(self) -> list[EventBatch]:
        """Return all events, a batch for each record."""
        return [decode_event_batch(events) for _, events in self.records.values()]

    def record_at(self, first_sequence: int) -> Record | None:
        """Return the record that begins with a sequence."""
        known = self.records.get(first_sequence)
        return None if known is None else known[0]

    def events_at(self, first_sequence: int) -> bytes | None:
        """Return the events, encoded, of the record that begins with a sequence."""
        known = self.records.get(first_sequence)
        return None if known is None else known[1]

    def position_at(self, sequence: int) -> Position:
        """Return the place behind the record that ends at a sequence."""
        found = self._positions.get(sequence)
        if found is None:
            raise ViolationError("snapshot of no record", f"at {sequence}")
        return found

    def learn(self, record: Record) -> None:
        """Take the next record."""
        demand(
            record.first_sequence == self.sequence + 1,
            "sequence with a gap",
            f"{record.first_sequence} follows {self.sequence}",
        )
        batch = _nothing_of(record)
        for entry in record.entries:
            self._apply(entry, batch)
        demand(
            batch.last_sequence - batch.first_sequence + 1 == record.commands,
            "record with another number of commands",
            f"{record.commands} at {record.first_sequence}",
        )
        self._positions[record.position.sequence] = record.position
        self.records[record.first_sequence] = (record, encode(batch))

    def ask(self, query: StateQuery, sequence: int, timestamp_ns: int) -> None:
        """Have a question answered as of a sequence, now or when that is true."""
        if sequence == self.sequence:
            self._expect(self.reference.answer(query, timestamp_ns))
        else:
            self._questions.setdefault(sequence, []).append((query, timestamp_ns))

    def take_expected(self, request_id: int) -> Reply | None:
        """Return the next reply that a request must get; None where it may not get any yet."""
        expected = self._expected.get(request_id)
        return expected.popleft() if expected else None

    def forget_requests(self) -> None:
        """Note that the matcher has died, and answers nothing that it was asked."""
        self._expected.clear()
        self._questions.clear()

    def _apply(self, entry: Entry, batch: EventBatch) -> None:
        stamp = entry.timestamp_ns
        demand(stamp >= self.twin.timestamp_ns, "time goes back", f"at {batch.last_sequence + 1}")
        batch.timestamp_ns = stamp
        for command in decode_command_frame(entry.frame).commands:
            batch.last_sequence += 1
            _, events = apply_to(self.twin, stamp, command)
            _add(batch, events)
            reply = self.reference.apply(command, stamp)
            self.reference.count_level_changes(events)
            if isinstance(command, AdvanceTime):
                self.advances += 1
            else:
                self._expect(reply)
            for query, asked_ns in self._questions.pop(batch.last_sequence, ()):
                self._expect(self.reference.answer(query, asked_ns))

    def _expect(self, reply: Reply) -> None:
        self._expected.setdefault(reply.request_id, deque()).append(reply)


def _nothing_of(record: Record) -> EventBatch:
    first = record.first_sequence
    return EventBatch(SHARD, record.epoch, first, first - 1, 0, [], [], [], [], [], [])


def _add(batch: EventBatch, events: EventBatch) -> None:
    """Put the events of a command behind those of the commands before it."""
    for name in _KINDS:
        getattr(batch, name).extend(getattr(events, name))
