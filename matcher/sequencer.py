"""Gives every command its sequence and time, and holds back what it caused until it is on disk.

Theory of operation
-------------------
    frames arrive ─▶ stamp, apply ─▶ open batch ─▶ journal thread ─▶ release: replies, events
    time passes   ─▶ (this thread)    (grows while    (one record,
                                       another is       one sync)
                                       written)

Commands are applied as they come; their replies and events collect in the open batch. When no
record is being written, the open batch becomes the next one; while one is, the batch grows. So
the wait for the disk is shared by all that arrive meanwhile (group commit), and it costs the
matching nothing.

Nothing leaves that shows a state which is not on disk: a query's answer, which sees the state
with all commands applied, joins the batch that it saw last.

Events of the past are not in the state. Who asks for them is answered later, when another process
has made them again from the journal (`matcher/history`), never from what is not on disk yet.

The batch is bounded: at `BATCH_COMMANDS_MAX`, or `BATCH_BYTES_MAX` of frames, the socket is left
unread until the disk catches up, and the senders' queues fill and refuse.

Time is engine time (`matcher/engine_clock.py`); no stamp is earlier than the one before.

Some things happen because time passes: orders expire, a dead man's switch fires, fired orders that
one command left over enter the market. The engine says when the next of them is due. An alarm is
set to that, and when it rings the sequencer sends an `AdvanceTime` to itself, a command like any
other: it has a sequence and an entry in the journal, and is replayed. One at a time, so that what
has arrived meanwhile is taken in between; and only so many while a record is being written.
"""

from collections.abc import Callable
from functools import partial
from typing import Final, Protocol, final

from matcher.core.engine import Engine
from matcher.core.events import Events
from matcher.journal.format import Entry, Position
from matcher.journal.writer import JournalWriter
from proto.codec import encode
from proto.commands import AdvanceTime, Command
from proto.frames import CommandFrame, QueryFrame
from proto.queries import EventsQuery, HistoryEndQuery, StateQuery
from proto.replies import EventsReply, HistoryEndReply

BATCH_COMMANDS_MAX: Final = 8_192
# Frames are far smaller than they may be; this is for a sender that pads them.
BATCH_BYTES_MAX: Final = 8 * 1024 * 1024
# Of the batch's commands: each may let FIRED_PER_COMMAND_MAX orders in, with all their events.
BATCH_ADVANCES_MAX: Final = 16

_ADVANCE: Final = CommandFrame([AdvanceTime(0)])
_ADVANCE_DATA: Final = encode(_ADVANCE)


class ReplySink(Protocol):
    """Where replies go, and what can be asked to send fewer requests."""

    def reply(self, identity: bytes, replies: list[bytes]) -> None:
        """Send replies, each of them packed, to the one who asked."""
        ...

    def pause(self) -> None:
        """Take no more requests for now."""
        ...

    def resume(self) -> None:
        """Take requests again."""
        ...


class RecordSink(Protocol):
    """Where records go to be made durable; tells `Sequencer.on_durable` of each."""

    def submit(self, record: bytes) -> None:
        """Have a record written; the one before must have been reported durable."""
        ...


class AlarmClock(Protocol):
    """Calls `Sequencer.on_alarm` when a time has come."""

    def set(self, at_ns: int) -> None:
        """Ring at this engine time and at no other; soon, but not at once, where it has come."""
        ...


class SnapshotSink(Protocol):
    """Takes a snapshot when it finds that one is due."""

    def on_submitted(self, engine: Engine, position: Position, epoch: int) -> None:
        """Look at the state, which is that of the record submitted last; keep no hold of it.

        Args:
            engine: The state.
            position: Where the journal stands in that state; not on disk yet.
            epoch: Epoch of this matcher.
        """
        ...

    def on_durable(self, sequence: int) -> None:
        """Take note that the journal is on disk up to a sequence."""
        ...


class HistorySource(Protocol):
    """Makes events of the past again."""

    def ask(self, first_sequence: int, last_sequence: int, answer: Callable[[bytes], None]) -> None:
        """Have events made again.

        Args:
            first_sequence: The first command whose events are wanted.
            last_sequence: The last one; on disk.
            answer: Called at most once, on the event loop: with an encoded `EventBatch` of
                commands from the first on, or with nothing where it cannot be had now.
        """
        ...


@final
class _Batch:
    """Commands that become durable together, and all that waits for it.

    Attributes:
        advances: How many of the commands are the sequencer's own.
        events: What the commands did; its `last_sequence` is that of the last command.
        entries: The command frames, for the journal.
        frames_bytes: Their length, summed up.
        replies: For each dealer, what it is to be told.
        actions: What else may be done once the batch is on disk.
    """

    __slots__ = ("actions", "advances", "entries", "events", "frames_bytes", "replies")

    def __init__(self, events: Events) -> None:
        self.advances = 0
        self.events: Final = events
        self.entries: Final[list[Entry]] = []
        self.frames_bytes = 0
        self.replies: Final[dict[bytes, list[bytes]]] = {}
        self.actions: Final[list[Callable[[], None]]] = []

    @property
    def commands(self) -> int:
        """Number of commands so far."""
        return self.events.commands()

    @property
    def is_full(self) -> bool:
        """Whether it may take no more frames."""
        return self.commands >= BATCH_COMMANDS_MAX or self.frames_bytes >= BATCH_BYTES_MAX

    def add_replies(self, identity: bytes, replies: list[bytes]) -> None:
        """Add to what a dealer is to be told."""
        waiting = self.replies.get(identity)
        if waiting is None:
            self.replies[identity] = replies
        else:
            waiting.extend(replies)


@final
class Sequencer:
    """Owns the engine; takes frames from the mesh (`proto.mesh.server.FrameHandler`)."""

    def __init__(
        self,
        engine: Engine,
        journal: JournalWriter,
        epoch: int,
        clock_ns: Callable[[], int],
        publish: Callable[[Events], None],
    ) -> None:
        """Sequence what comes after the engine's state.

        Args:
            engine: Recovered from the journal.
            journal: Positioned behind the engine's last command.
            epoch: Epoch of this matcher.
            clock_ns: Engine time in nanoseconds (`EngineClock`): never before what it was.
            publish: Takes each batch of events, in order, once it is durable.
        """
        self._engine: Final = engine
        self._journal: Final = journal
        self._epoch: Final = epoch
        self._clock_ns: Final = clock_ns
        self._publish: Final = publish
        self._open = self._new_batch()
        self._writing: _Batch | None = None
        self._committer: RecordSink | None = None
        self._sink: ReplySink | None = None
        self._alarm: AlarmClock | None = None
        self._history: HistorySource | None = None
        self._snapshots: SnapshotSink | None = None
        self._durable_sequence = engine.sequence
        self._paused = False
        self._halted = False

    def attach(
        self,
        committer: RecordSink,
        sink: ReplySink,
        alarm: AlarmClock,
        history: HistorySource | None = None,
        snapshots: SnapshotSink | None = None,
    ) -> None:
        """Name those that this needs and that need this, and begin to let time pass.

        Args:
            committer: Takes the records.
            sink: Takes the replies.
            alarm: Rings when something is due.
            history: Makes events of the past again; without one there are none to be had.
            snapshots: Takes snapshots; without one a start replays the journal from its beginning.
        """
        self._committer = committer
        self._sink = sink
        self._alarm = alarm
        self._history = history
        self._snapshots = snapshots
        self._set_alarm()

    def halt(self) -> None:
        """Take nothing and release nothing any more: state and disk may have parted."""
        self._halted = True

    def now_ns(self) -> int:
        """Return the present engine time; no later command is stamped earlier."""
        return self._clock_ns()

    def on_commands(self, identity: bytes, frame: CommandFrame, data: bytes) -> None:
        """Apply a frame of commands."""
        if not self._halted:
            self._open.add_replies(identity, self._apply(frame.commands, data))

    def on_queries(self, identity: bytes, frame: QueryFrame) -> None:
        """Answer a frame of queries."""
        if self._halted:
            return
        timestamp_ns = self.now_ns()
        replies: list[bytes] = []
        for query in frame.queries:
            if isinstance(query, EventsQuery):
                self._ask_history(identity, query)
            else:
                replies.append(self._answer(query, timestamp_ns))
        batch = self._last_unsafe_batch()
        if batch is not None:
            batch.add_replies(identity, replies)
        else:
            assert self._sink is not None
            self._sink.reply(identity, replies)

    def on_drained(self) -> None:
        """Commit what has come, unless a record is being written."""
        if self._halted:
            return
        self._commit_if_idle()
        self._set_alarm()

    def on_alarm(self) -> None:
        """Let time pass, if something is due by it."""
        if self._halted or self._paused or self._open.advances >= BATCH_ADVANCES_MAX:
            # A record is being written; when it is on disk the alarm is set again.
            return
        if self._engine.next_due_ns() <= self.now_ns():
            self._open.advances += 1
            self._apply(_ADVANCE.commands, _ADVANCE_DATA)
            self._commit_if_idle()
        self._set_alarm()

    def when_durable(self, action: Callable[[], None]) -> None:
        """Do something as soon as the present state is on disk; at once, if it is."""
        batch = self._last_unsafe_batch()
        if batch is not None:
            batch.actions.append(action)
        else:
            action()

    def on_durable(self) -> None:
        """Release the batch that is on disk now, and commit the next."""
        batch = self._writing
        assert batch is not None
        self._writing = None
        self._durable_sequence = batch.events.last_sequence
        if self._halted:
            return
        self._commit()
        self._release(batch)
        if self._paused:
            assert self._sink is not None
            self._paused = False
            self._sink.resume()
        if self._snapshots is not None:
            self._snapshots.on_durable(self._durable_sequence)
        self._offer_snapshot()
        self._set_alarm()

    def _apply(self, commands: list[Command], data: bytes) -> list[bytes]:
        """Apply the commands of a frame, and stop reading when the batch is full."""
        timestamp_ns = self.now_ns()
        batch = self._open
        replies = self._engine.apply_all(commands, timestamp_ns, batch.events)
        batch.entries.append(Entry(timestamp_ns, data))
        batch.frames_bytes += len(data)
        if batch.is_full and not self._paused:
            assert self._sink is not None
            self._paused = True
            self._sink.pause()
        return replies

    def _set_alarm(self) -> None:
        assert self._alarm is not None
        self._alarm.set(self._engine.next_due_ns())

    def _answer(self, query: StateQuery | HistoryEndQuery, timestamp_ns: int) -> bytes:
        if isinstance(query, HistoryEndQuery):
            # Like every answer it leaves when the state that it tells of is on disk.
            end = HistoryEndReply(query.request_id, self._epoch, self._engine.sequence)
            return encode(end)
        return self._engine.answer(query, timestamp_ns)

    def _ask_history(self, identity: bytes, query: EventsQuery) -> None:
        last_sequence = min(query.last_sequence, self._durable_sequence)
        answer = partial(self._answer_with_events, identity, query.request_id)
        if self._history is None or query.first_sequence > last_sequence:
            answer(b"")
        else:
            self._history.ask(query.first_sequence, last_sequence, answer)

    def _answer_with_events(self, identity: bytes, request_id: int, batch: bytes) -> None:
        if self._halted:
            return
        assert self._sink is not None
        self._sink.reply(identity, [encode(EventsReply(request_id, batch))])

    def _last_unsafe_batch(self) -> _Batch | None:
        return self._open if self._open.commands else self._writing

    def _commit_if_idle(self) -> None:
        if self._writing is None:
            self._commit()
            self._offer_snapshot()

    def _commit(self) -> None:
        batch = self._open
        if not batch.commands:
            return
        assert self._committer is not None
        self._writing = batch
        self._open = self._new_batch()
        record = self._journal.encode(batch.events.first_sequence, batch.commands, batch.entries)
        self._committer.submit(record)

    def _offer_snapshot(self) -> None:
        """Let a snapshot be taken while the state is that of the record submitted last.

        That is so right after a commit. Whoever waits for a reply has it by then: the fork of a
        large process takes its time.
        """
        if self._snapshots is not None and not self._open.commands:
            self._snapshots.on_submitted(self._engine, self._journal.position, self._epoch)

    def _release(self, batch: _Batch) -> None:
        assert self._sink is not None
        for identity, replies in batch.replies.items():
            self._sink.reply(identity, replies)
        self._publish(batch.events)
        for action in batch.actions:
            action()

    def _new_batch(self) -> _Batch:
        return _Batch(Events(self._engine.shard, self._epoch, self._engine.sequence + 1))
