"""What stands around the sequencer in one life of a matcher: server, journal thread, publisher.

The journal's thread is a delay: a record is written at a later moment, and the sequencer is told
later still. What the disk has said by then is what the judge holds it to. The alarm is the real
one, on timers of virtual time that end late like those of any loop.
"""

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, final

from matcher.alarm import Alarm
from matcher.core.events import Events
from matcher.engine_clock import EngineClock
from matcher.sequencer import Sequencer
from proto.codec import decode_request, encode, reply_frame
from proto.frames import PROTOCOL_VERSION, CommandFrame, Ping, Pong
from tests.applying import reply_of
from tests.simulation.disk import SECTOR_BYTES, Mount
from tests.simulation.network import Delivery
from tests.simulation.opening import Opened
from tests.simulation.past import Past
from tests.simulation.publisher import SimulatedPublisher
from tests.simulation.records import parse_record
from tests.simulation.schedule import MILLISECOND_NS, SECOND_NS, Action
from tests.simulation.snapshots import SimulatedTaker
from tests.simulation.stream import AwayError
from tests.simulation.truth import SHARD, demand
from tests.simulation.world import World

_SPARE_NS: Final = 100 * MILLISECOND_NS
_HISTORY_NS: Final = 100 * MILLISECOND_NS
_HISTORY_FAILS: Final = 0.1

After = Callable[[int, Action], None]


@final
class SimulatedTimer:
    """A call that is to come, unless it is cancelled: `matcher.alarm.Timer`."""

    def __init__(self, action: Action) -> None:
        self._action: Final = action
        self._is_cancelled = False

    def cancel(self) -> None:
        self._is_cancelled = True

    def end(self) -> None:
        if not self._is_cancelled:
            self._action()


@final
class Shell:
    """A matcher that is ready."""

    def __init__(
        self,
        world: World,
        opened: Opened,
        mount: Mount,
        dealers: Mapping[bytes, Delivery],
        after: After,
        stop: Callable[[OSError], None],
    ) -> None:
        """Begin to serve.

        Args:
            world: Everything around it.
            opened: Its state.
            mount: Its disk.
            dealers: Where replies go.
            after: Plans what this process does.
            stop: Ends the process soon, because the disk has refused.
        """
        self._world: Final = world
        self._opened: Final = opened
        self._dealers: Final = dealers
        self._after: Final = after
        self._stop: Final = stop
        self._inbox: Final[deque[tuple[bytes, bytes]]] = deque()
        self._is_reading = True
        self._turn_is_planned = False
        self._has_failed = False
        taker = SimulatedTaker(world, mount, after, opened.snapshot_sequence)
        self._past: Final = Past(world.disk)
        self._publisher: Final = SimulatedPublisher(world, after)
        clock = EngineClock(
            world.clock.now_ns, lambda: world.schedule.now_ns, opened.engine.timestamp_ns
        )
        self._sequencer: Final = Sequencer(
            opened.engine, opened.journal, opened.epoch, clock.now_ns, self._publish
        )
        alarm = Alarm(self._call_later, clock.now_ns, self._sequencer.on_alarm)
        self._sequencer.attach(self, self, alarm, self, taker)
        self._publish_again()

    def take(self, identity: bytes, frame: bytes) -> None:
        """Have a frame arrive."""
        self._inbox.append((identity, frame))
        self._plan_turn()

    def now_ns(self) -> int:
        """Return engine time."""
        return self._sequencer.now_ns()

    def _call_later(self, delay_s: float, action: Action) -> SimulatedTimer:
        timer = SimulatedTimer(action)
        late_ns = self._world.soon_ns(MILLISECOND_NS)
        self._after(round(delay_s * SECOND_NS) + late_ns, timer.end)
        return timer

    # The mesh server: `matcher.sequencer.ReplySink`

    def reply(self, identity: bytes, replies: list[bytes]) -> None:
        told = [reply_of(reply) for reply in replies]
        demand(not self._has_failed, "reply after the disk refused", f"{told}")
        self._world.judge.on_replies(told)
        if replies:
            self._send(identity, reply_frame(replies))

    def pause(self) -> None:
        self._is_reading = False

    def resume(self) -> None:
        self._is_reading = True
        self._plan_turn()

    def _plan_turn(self) -> None:
        if self._inbox and self._is_reading and not self._turn_is_planned:
            self._turn_is_planned = True
            self._after(self._world.soon_ns(MILLISECOND_NS), self._turn)

    def _turn(self) -> None:
        self._turn_is_planned = False
        while self._inbox and self._is_reading:
            identity, frame = self._inbox.popleft()
            self._dispatch(identity, frame)
        self._sequencer.on_drained()

    def _dispatch(self, identity: bytes, data: bytes) -> None:
        request = decode_request(data)
        if isinstance(request, Ping):
            self._send(identity, encode(self._pong(request)))
        elif isinstance(request, CommandFrame):
            self._sequencer.on_commands(identity, request, data)
        elif not self._has_failed:
            sequence, asked_ns = self._opened.engine.sequence, self._sequencer.now_ns()
            for query in request.queries:
                self._world.judge.on_question(query, sequence, asked_ns)
            self._sequencer.on_queries(identity, request)

    def _pong(self, ping: Ping) -> Pong:
        now_ns = self._sequencer.now_ns()
        return Pong(PROTOCOL_VERSION, ping.nonce, SHARD, self._opened.epoch, now_ns)

    def _send(self, identity: bytes, frame: bytes) -> None:
        self._world.network.send(frame, self._dealers[identity], repeatable=True)

    # The journal's thread: `matcher.sequencer.RecordSink`

    def submit(self, record: bytes) -> None:
        world = self._world
        longest_ns = MILLISECOND_NS if world.network.calm else world.profile.sync_ns
        self._after(world.dice.randrange(longest_ns), partial(self._write, record))

    def _write(self, record: bytes) -> None:
        later_ns = self._world.soon_ns(MILLISECOND_NS)
        self._world.counts["records longer than a sector"] += len(record) > SECTOR_BYTES
        try:
            self._opened.journal.write(record)
        except OSError as error:
            self._after(later_ns, partial(self._on_failure, error))
            return
        known = parse_record(record)
        self._world.judge.on_durable(known)
        sequences = f"{known.first_sequence} to {known.position.sequence}"
        self._world.trace("journal", f"has {sequences}, {len(record)} bytes")
        self._after(later_ns, self._sequencer.on_durable)
        if self._opened.journal.spare_is_due():
            self._after(self._world.soon_ns(_SPARE_NS), self._prepare)

    def _prepare(self) -> None:
        try:
            self._opened.journal.prepare()
        except OSError as error:
            self._world.trace("matcher", f"no spare: {error}")

    def _on_failure(self, error: OSError) -> None:
        self._sequencer.halt()
        self._has_failed = True
        self._stop(error)

    # The past: `matcher.sequencer.HistorySource`

    def ask(self, first_sequence: int, last_sequence: int, answer: Callable[[bytes], None]) -> None:
        delay_ns = self._world.soon_ns(_HISTORY_NS)
        if self._world.dice.random() < _HISTORY_FAILS:
            self._after(delay_ns, lambda: answer(b""))
        else:
            self._after(delay_ns, lambda: answer(self._past.events(first_sequence, last_sequence)))

    # The publisher

    def _publish(self, batch: Events) -> None:
        demand(not self._has_failed, "event after the disk refused", f"{batch.first_sequence}")
        self._world.judge.on_published(batch)
        self._publisher.publish(batch)

    def _publish_again(self) -> None:
        """Publish what was recovered and Redis has not had."""
        sequence = self._opened.engine.sequence
        try:
            published = self._world.stream.last_sequence()
        except AwayError:
            published = sequence
        demand(
            published <= sequence,
            "left before its command is on disk",
            f"Redis has {published}, the journal ends at {sequence}",
        )
        for batch in self._opened.batches:
            if batch.last_sequence > published:
                self._publisher.publish(batch)
