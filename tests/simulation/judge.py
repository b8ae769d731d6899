"""Sees everything that leaves the matcher and all that clients are told, and objects.

What is checked at once: no reply and no event before its command is on disk; each reply is the
reference's; each batch of events is the twin's; a matcher that has recovered holds all that is
true, and nothing else, in the same state.

What is checked in the end (`final.py`) needs the whole.
"""

from typing import Final, final

from matcher.core.engine import Engine
from matcher.core.events import Events
from matcher.journal.format import Record
from proto.codec import decode_event_batch, encode
from proto.queries import EventsQuery, HistoryEndQuery, Query
from proto.replies import EventsReply, HistoryEndReply, Reply
from tests.applying import batch_of
from tests.simulation.disk import SimulatedDisk
from tests.simulation.folders import JOURNAL
from tests.simulation.truth import Truth, demand


@final
class Judge:
    """The checks that are made on the way.

    Attributes:
        truth: What is on disk.
        replies: Replies that have left so far.
    """

    def __init__(self, disk: SimulatedDisk, truth: Truth) -> None:
        self.truth: Final = truth
        self.replies = 0
        self._disk: Final = disk
        self._published = 0

    def on_durable(self, record: Record) -> None:
        """Take note that the disk says that it has a record."""
        self.truth.learn(record)

    def on_question(self, query: Query, sequence: int, timestamp_ns: int) -> None:
        """Take note that a matcher was asked at a sequence."""
        if not isinstance(query, HistoryEndQuery | EventsQuery):
            self.truth.ask(query, sequence, timestamp_ns)

    def on_replies(self, replies: list[Reply]) -> None:
        """Check what is about to leave for a client."""
        self._demand_durable("reply")
        for reply in replies:
            if isinstance(reply, HistoryEndReply):
                self._demand_true(reply.last_sequence)
            elif not isinstance(reply, EventsReply):
                self._check_reply(reply)
            elif reply.batch:
                self._demand_true(decode_event_batch(reply.batch).last_sequence)
        self.replies += len(replies)

    def on_published(self, batch: Events) -> None:
        """Check events that are about to leave for Redis."""
        self._demand_durable("event")
        self._demand_true(batch.last_sequence)
        demand(
            batch.first_sequence == self._published + 1,
            "events with a gap",
            f"{batch.first_sequence} follows {self._published}",
        )
        self._published = batch.last_sequence
        self._check_events(batch)

    def on_recovered(self, engine: Engine, records: list[Record], batches: list[Events]) -> None:
        """Check a matcher that is ready; what it found beyond the truth becomes true.

        Args:
            engine: Its state.
            records: What its journal holds behind the snapshot that it began with.
            batches: The events that it made of them.
        """
        truth = self.truth
        for record in records:
            if record.first_sequence > truth.sequence:
                truth.learn(record)
        self._check_replayed(records, batches)
        # Whoever asked for these commands asked a matcher that is dead.
        truth.forget_requests()
        demand(
            engine.sequence == truth.sequence,
            "acknowledged commands are lost",
            f"the journal ends at {engine.sequence}, {truth.sequence} was on disk",
        )
        self._published = engine.sequence
        engine.check_invariants()
        demand(
            engine.state_hash() == truth.twin.state_hash(),
            "state after recovery differs",
            f"at {engine.sequence}",
        )

    def on_trial(
        self, engine: Engine, records: list[Record], batches: list[Events], was_true: int
    ) -> None:
        """Check a start that was tried on a damaged copy and not refused."""
        self._check_replayed(records, batches)
        demand(
            engine.sequence >= was_true,
            "damage makes commands disappear",
            f"from {engine.sequence + 1} to {was_true}",
        )

    def _check_replayed(self, records: list[Record], batches: list[Events]) -> None:
        for record in records:
            self._check_record(record)
        for batch in batches:
            self._check_events(batch)

    def _check_reply(self, reply: Reply) -> None:
        expected = self.truth.take_expected(reply.request_id)
        demand(expected is not None, "reply before its command is on disk", f"{reply}")
        demand(
            reply == expected, "reply differs from the reference", f"{reply} instead of {expected}"
        )

    def _check_record(self, record: Record) -> None:
        known = self.truth.record_at(record.first_sequence)
        demand(
            known is not None and _content(known) == _content(record),
            "recovered record differs",
            f"at {record.first_sequence}",
        )

    def _check_events(self, batch: Events) -> None:
        known = self.truth.events_at(batch.first_sequence)
        demand(
            encode(batch_of(batch)) == known,
            "events differ from those of the journal",
            f"at {batch.first_sequence}",
        )

    def _demand_true(self, sequence: int) -> None:
        demand(
            sequence <= self.truth.sequence,
            "left before its command is on disk",
            f"{sequence}, and {self.truth.sequence} is on disk",
        )

    def _demand_durable(self, what: str) -> None:
        waiting = self._disk.at_risk(JOURNAL, ".journal")
        # A disk that lies is believed by all: what it has lost shows at the next start.
        demand(
            waiting == 0 or self._disk.lies,
            "left while the journal was not synced",
            f"{what}: {waiting} sectors or names can still be lost",
        )


def _content(record: Record) -> tuple[int, int, list[tuple[int, bytes]]]:
    entries = [(entry.timestamp_ns, entry.frame) for entry in record.entries]
    return record.commands, record.epoch, entries
