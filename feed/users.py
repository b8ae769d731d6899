"""The users whose orders are followed: what arrives for them in, messages of their streams out.

Theory of operation
-------------------
A user is followed while somebody reads their stream, or is about to (`hold`). Redis is asked for
their channel then, and whoever subscribes is answered when Redis has confirmed it: from the answer
on nothing is missed, so what REST says after it, with what the stream says after it, is all.

Nothing in a user's messages would show that one is missing. So whenever one may be (the connection
to Redis was lost, the matcher was silent, has restarted or counts a loss), a reset is sent: as soon
as the channel is followed again, and what REST says is to be asked again.

A matcher that has restarted may publish again what it published before. The sequences of a user's
messages only rise, so what comes at or below the last one is left out, until a reset.

A market or an asset may be newer than what the feed knows. Its messages, and all after them, wait
until the matcher has been asked; where too many wait, they are dropped and their users reset.
"""

from collections import deque
from collections.abc import Callable
from typing import Final, Protocol, final

from msgspec import Struct

from feed.catalog import Catalog
from feed.messages import encode_stream_message
from feed.streams import orders_stream
from feed.user_messages import BalanceData, ReportData, balance_data, report_data, reset_data
from feed.user_queue import Event, UserQueue, count
from proto.events import ExecutionReport
from proto.intervals import SECOND_NS
from proto.market_data import USER_CHANNEL, UserMessage

# Users that one feed follows: each is a channel of Redis.
USERS_MAX: Final = 10_000
# Messages that wait for the matcher to say what a market is.
WAITING_MAX: Final = 1_000
# Written in one turn of the loop: about a millisecond, and less than 100 KB.
PORTION_EVENTS: Final = 100
# An event takes about 500 bytes while it waits.
URGENT_MAX: Final = 50_000
QUEUE_MAX: Final = 100_000
QUEUES_MAX: Final = 400_000
PATIENCE_NS: Final = SECOND_NS


class Outlet(Protocol):
    """Where the messages of streams go."""

    def wanted(self, stream: str) -> bool:
        """Tell whether anybody reads a stream."""
        ...

    def has_room(self, stream: str) -> bool:
        """Tell whether all who read a stream have nearly taken what they were sent."""
        ...

    def publish(self, stream: str, message: bytes) -> None:
        """Send a message to all who read a stream."""
        ...


@final
class _User:
    """A user that is followed.

    Attributes:
        stream: Name of their stream.
        is_confirmed: Whether Redis has confirmed their channel.
        is_broken: Whether something may have been missed since the last reset.
        holders: Requests that are about to read it.
        queue: What is to be written.
        held_up_ns: Since when its readers are waited for; None where they are not.
        waiting: Told when the channel is confirmed.
    """

    __slots__ = (
        "held_up_ns", "holders", "is_broken", "is_confirmed", "queue", "stream", "waiting",
    )  # fmt: skip

    def __init__(self, user_id: int) -> None:
        self.stream: Final = orders_stream(user_id)
        self.is_confirmed = False
        self.is_broken = False
        self.holders = 0
        self.queue: Final = UserQueue()
        self.held_up_ns: int | None = None
        self.waiting: set[Callable[[], None]] = set()


class _Waiting(Struct, frozen=True):
    user_id: int
    message: UserMessage


@final
class Users:
    """The users that are followed."""

    def __init__(
        self,
        catalog: Catalog,
        outlet: Outlet,
        on_late: Callable[[], None],
        users_max: int = USERS_MAX,
    ) -> None:
        """Begin without users.

        Args:
            catalog: Names what messages are about.
            outlet: Takes the messages of streams.
            on_late: Called when `late` has one more: `write_portion` is to be called from now on.
            users_max: Most users at one time.
        """
        self._catalog: Final = catalog
        self._outlet: Final = outlet
        self._on_late: Final = on_late
        self._users_max: Final = users_max
        self._users: Final[dict[int, _User]] = {}
        self._waiting: Final[deque[_Waiting]] = deque()
        # Users in whose queues something waits, in the order in which that began; and how much.
        self._late: Final[dict[int, None]] = {}
        self._queued = 0

    @property
    def needs_definitions(self) -> bool:
        """Whether messages wait for the matcher to say which assets and markets there are."""
        return bool(self._waiting)

    def hold(self, user_id: int) -> bool:
        """Follow a user until `release` and while somebody reads; return False where it is full."""
        user = self._users.get(user_id)
        if user is None:
            if len(self._users) >= self._users_max:
                return False
            user = self._users[user_id] = _User(user_id)
        user.holders += 1
        return True

    def release(self, user_id: int) -> None:
        """Give up a hold."""
        self._users[user_id].holders -= 1

    def is_followed(self, user_id: int) -> bool:
        """Tell whether everything about a user arrives from now on."""
        user = self._users.get(user_id)
        return user is not None and user.is_confirmed

    def when_followed(self, user_id: int, action: Callable[[], None]) -> None:
        """Do something when a user that is held, and not followed yet, is followed.

        Whoever gives up says so with `stop_waiting`.
        """
        self._users[user_id].waiting.add(action)

    def stop_waiting(self, user_id: int, action: Callable[[], None]) -> None:
        """Leave out what was to be done for a user who is still held."""
        self._users[user_id].waiting.discard(action)

    def forget_unread(self) -> list[int]:
        """Forget the users whom nobody reads, and return them. O(users)."""
        gone = [
            user_id
            for user_id, user in self._users.items()
            if not user.holders and not self._outlet.wanted(user.stream)
        ]
        for user_id in gone:
            self._drop(user_id, self._users.pop(user_id))
        return gone

    def on_subscribed(self, user_id: int) -> None:
        """Take note that Redis has confirmed a user's channel."""
        user = self._users.get(user_id)
        if user is None:
            return
        user.is_confirmed = True
        if user.is_broken:
            self._reset(user_id, user)
        waiting, user.waiting = user.waiting, set()
        for action in waiting:
            action()

    def on_disconnected(self) -> None:
        """Take note that Redis is away; each user is reset when their channel is back."""
        self._waiting.clear()
        for user in self._users.values():
            user.is_broken = user.is_broken or user.is_confirmed
            user.is_confirmed = False

    def on_lost(self) -> None:
        """Take note that the matcher may have said what did not arrive."""
        self._waiting.clear()
        for user_id, user in self._users.items():
            if user.is_confirmed:
                self._reset(user_id, user)

    def on_bad_message(self, user_id: int) -> None:
        """Take note that what came for a user could not be read: it is lost."""
        kept = [waiting for waiting in self._waiting if waiting.user_id != user_id]
        self._waiting.clear()
        self._waiting.extend(kept)
        user = self._users.get(user_id)
        if user is not None and user.is_confirmed:
            self._reset(user_id, user)

    def on_message(self, user_id: int, message: UserMessage) -> None:
        """Take what happened to a user; past a portion it waits for `write_portion`.

        Complexity: O(events), and O(WAITING_MAX) while messages wait for definitions.
        """
        if not self._waiting and self._catalog.knows(message.reports, message.balance_changes):
            self._add(user_id, message)
            return
        events = count(message) + sum(count(waiting.message) for waiting in self._waiting)
        if len(self._waiting) < WAITING_MAX and self._queued + events <= QUEUES_MAX:
            self._waiting.append(_Waiting(user_id, message))
            return
        late = {waiting.user_id for waiting in self._waiting} | {user_id}
        self._waiting.clear()
        for late_id in late:
            user = self._users.get(late_id)
            if user is not None:
                self._reset(late_id, user)

    def on_definitions(self) -> None:
        """Send what waited for the catalog, as far as that goes now."""
        waiting = self._waiting
        while waiting:
            message = waiting[0].message
            if not self._catalog.knows(message.reports, message.balance_changes):
                return
            self._add(waiting.popleft().user_id, message)

    def late(self) -> list[int]:
        """Return the users for whom something waits. O(those)."""
        return list(self._late)

    def write_portion(self, user_id: int, now_ns: int) -> bool:
        """Write the next events of a user, if the time has come. O(PORTION_EVENTS).

        Args:
            user_id: One of `late`, or one that was.
            now_ns: Monotonic clock.

        Returns:
            Whether anything was done. If not, look again a little later.
        """
        user = self._users.get(user_id)
        if user is None or user_id not in self._late:
            return False
        if not self._is_due(user, now_ns):
            return False
        self._write(user_id, user)
        return True

    def _is_due(self, user: _User, now_ns: int) -> bool:
        length = user.queue.length
        if length <= PORTION_EVENTS or length >= URGENT_MAX or self._outlet.has_room(user.stream):
            return True
        if user.held_up_ns is None:
            user.held_up_ns = now_ns
        return now_ns - user.held_up_ns >= PATIENCE_NS

    def _add(self, user_id: int, message: UserMessage) -> None:
        user = self._users.get(user_id)
        if user is None or not self._outlet.wanted(user.stream):
            return
        events = count(message)
        if user.queue.length + events > QUEUE_MAX or self._queued + events > QUEUES_MAX:
            self._reset(user_id, user)
            return
        user.queue.add(message)
        self._queued += events
        if user_id in self._late:
            return
        if self._outlet.has_room(user.stream):
            self._write(user_id, user)
        if user.queue.length:
            self._late[user_id] = None
            self._on_late()

    def _write(self, user_id: int, user: _User) -> None:
        """Write a portion, as long as somebody reads it."""
        user.held_up_ns = None
        length = user.queue.length
        events = user.queue.take(PORTION_EVENTS)
        self._queued -= length - user.queue.length
        for event in events:
            if not self._outlet.wanted(user.stream):
                self._drop(user_id, user)
                return
            self._outlet.publish(user.stream, encode_stream_message(user.stream, self._data(event)))
        if not user.queue.length:
            self._late.pop(user_id, None)

    def _drop(self, user_id: int, user: _User) -> None:
        """Leave out what waits for a user."""
        self._queued -= user.queue.length
        user.queue.clear()
        user.held_up_ns = None
        self._late.pop(user_id, None)

    def _data(self, event: Event) -> ReportData | BalanceData:
        catalog = self._catalog
        if isinstance(event, ExecutionReport):
            return report_data(event, catalog.scales[event.order.market_id])
        return balance_data(event, catalog.assets[event.asset_id])

    def _reset(self, user_id: int, user: _User) -> None:
        user.is_broken = False
        self._drop(user_id, user)
        user.queue.last_sequence = 0
        data = encode_stream_message(user.stream, reset_data(user_id))
        self._outlet.publish(user.stream, data)


def user_channel(user_id: int) -> bytes:
    """Name the channel of a user."""
    return f"{USER_CHANNEL}{user_id}".encode()
