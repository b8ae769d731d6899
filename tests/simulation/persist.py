"""The process that writes history: the real positions, portions and rows, in virtual time.

Theory of operation
-------------------
A session goes from what the database knows to the first failure: take over what is pending, read,
make a portion, commit it, acknowledge. What the stream does not have is asked of the matcher. A
commit is under way for a while, and happens or not whatever becomes of who asked for it.
"""

from functools import partial
from typing import Final, final

from persist.catalog import Catalog
from persist.continuity import MissingEventsError, Positions
from persist.lookout import Lookout
from persist.matcher import EventsUnavailableError
from persist.portion import Portion
from persist.store import PositionMovedError
from proto.codec import decode_answer, encode
from proto.frames import Pong, QueryFrame
from proto.queries import EventsQuery, HistoryEndQuery, Query
from proto.replies import EventsReply, HistoryEndReply, Reply
from tests.simulation.matcher import Matcher
from tests.simulation.schedule import MILLISECOND_NS, SECOND_NS, Action, Life
from tests.simulation.stream import AwayError
from tests.simulation.truth import SHARD
from tests.simulation.world import World

_IDENTITY: Final = b"persist"
_READ_ENTRIES: Final = 4
_POLL_NS: Final = 20 * MILLISECOND_NS
_SILENCE_NS: Final = 500 * MILLISECOND_NS
_COMMIT_NS: Final = 200 * MILLISECOND_NS
_ANSWER_NS: Final = SECOND_NS
_RETRY_NS: Final = 200 * MILLISECOND_NS


@final
class Persist:
    """One persist and its supervisor."""

    def __init__(self, world: World, matcher: Matcher) -> None:
        self._world: Final = world
        self._matcher: Final = matcher
        self._life = Life()
        self._positions = Positions([])
        self._catalog = Catalog()
        self._last_request_id = 99 << 32
        self._awaited = 0
        self._lookout = Lookout()
        self._silent_since_ns = 0
        matcher.connect(_IDENTITY, self._receive)

    def start(self) -> None:
        """Begin a session."""
        self._life = Life()
        self._after(0, self._open)

    def kill(self) -> None:
        """End the process, if there is one; it is started again."""
        if not self._life.over:
            self._end("killed")

    def _end(self, why: str) -> None:
        self._life.over = True
        self._awaited = 0
        self._world.counts["sessions of persist ended"] += 1
        self._world.trace("persist", why)
        self._world.schedule.after(self._world.soon_ns(_RETRY_NS), self.start)

    def _after(self, delay_ns: int, action: Action) -> None:
        self._world.schedule.after(delay_ns, partial(self._act, action), self._life)

    def _act(self, action: Action) -> None:
        try:
            action()
        except (AwayError, PositionMovedError, EventsUnavailableError) as error:
            self._end(f"{type(error).__name__}: {error}")

    def _open(self) -> None:
        self._world.stream.open()
        self._positions, self._catalog = self._world.database.load()
        self._lookout = Lookout()
        self._silent_since_ns = self._world.schedule.now_ns
        self._read()

    def _read(self) -> None:
        portion = Portion(self._positions, self._catalog)
        for number, data in self._world.stream.read(_READ_ENTRIES):
            try:
                portion.add(b"%d" % number, data)
            except MissingEventsError as missing:
                if not portion.entry_ids:
                    self._fetch(missing.first_sequence, missing.last_sequence)
                    return
                # What comes before the hole is written first; the session after that meets it.
                break
        if portion.entry_ids:
            self._lookout.on_read(len(portion.entry_ids))
            self._write(portion)
        elif self._is_time_to_ask():
            self._query(HistoryEndQuery(self._next_request_id()))
        else:
            self._after(_POLL_NS, self._read)

    def _is_time_to_ask(self) -> bool:
        """Count a read without an entry for each while of silence, and leave the rest to those."""
        now_ns = self._world.schedule.now_ns
        if now_ns - self._silent_since_ns < _SILENCE_NS:
            return False
        self._silent_since_ns = now_ns
        return self._lookout.on_read(0)

    # The database

    def _write(self, portion: Portion) -> None:
        """Have a portion committed; the database does it even if nobody waits any more."""
        life = self._life
        delay_ns = self._world.soon_ns(_COMMIT_NS)
        self._world.schedule.after(delay_ns, lambda: self._commit(portion, life))

    def _commit(self, portion: Portion, life: Life) -> None:
        error: Exception | None = None
        try:
            if portion.moves():
                self._world.database.commit(portion.rows, portion.moves())
        except (AwayError, PositionMovedError) as failure:
            error = failure
            self._world.counts["positions moved by another"] += type(error) is PositionMovedError
        if life.over:
            return
        if error is None and self._world.dice.random() < 0.02:
            error = AwayError("the connection broke after the commit")
        if error is not None:
            self._end(f"{type(error).__name__}: {error}")
        else:
            self._after(0, lambda: self._committed(portion))

    def _committed(self, portion: Portion) -> None:
        self._positions.advance()
        self._world.stream.acknowledge([int(entry_id) for entry_id in portion.entry_ids])
        # Entries that were read and not taken are met again by a new session.
        self._after(self._world.soon_ns(_POLL_NS), self._open)

    # The matcher

    def _next_request_id(self) -> int:
        self._last_request_id += 1
        return self._last_request_id

    def _fetch(self, first_sequence: int, last_sequence: int) -> None:
        self._world.counts["events asked for"] += 1
        self._query(EventsQuery(self._next_request_id(), first_sequence, last_sequence))

    def _query(self, query: Query) -> None:
        request_id = self._awaited = query.request_id
        deliver = partial(self._matcher.take, _IDENTITY)
        self._world.network.send(encode(QueryFrame([query])), deliver, repeatable=True)
        self._after(_ANSWER_NS, lambda: self._expire(request_id))

    def _expire(self, request_id: int) -> None:
        if self._awaited == request_id:
            raise EventsUnavailableError("the matcher does not answer")

    def _receive(self, data: bytes) -> None:
        answer = decode_answer(data)
        assert not isinstance(answer, Pong)
        for reply in answer.replies:
            if reply.request_id == self._awaited:
                self._awaited = 0
                self._act(partial(self._on_reply, reply))

    def _on_reply(self, reply: Reply) -> None:
        if isinstance(reply, HistoryEndReply):
            missing = self._lookout.missing(self._positions.of(SHARD), reply)
            if missing is None:
                self._read()
            else:
                self._fetch(missing.first_sequence, missing.last_sequence)
            return
        assert isinstance(reply, EventsReply)
        portion = Portion(self._positions, self._catalog)
        portion.add_made_again(reply.batch)
        self._write(portion)
