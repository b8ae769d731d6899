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
from collections.abc import Callable, Iterator
from heapq import merge
from operator import attrgetter
from typing import Final, Protocol, final

from msgspec import Struct

from feed.catalog import Catalog
from feed.messages import encode_stream_message
from feed.streams import orders_stream
from feed.user_messages import BalanceData, ReportData, balance_data, report_data, reset_data
from proto.events import BalanceChange, ExecutionReport
from proto.market_data import USER_CHANNEL, UserMessage

# Users that one feed follows: each is a channel of Redis.
USERS_MAX: Final = 10_000
# Messages that wait for the matcher to say what a market is.
WAITING_MAX: Final = 1_000


class Outlet(Protocol):
    """Where the messages of streams go."""

    def wanted(self, stream: str) -> bool:
        """Tell whether anybody reads a stream."""
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
        last_sequence: The last command that was told of.
        waiting: Told when the channel is confirmed.
    """

    __slots__ = (
        "holders", "is_broken", "is_confirmed", "last_sequence", "stream", "waiting",
    )  # fmt: skip

    def __init__(self, user_id: int) -> None:
        self.stream: Final = orders_stream(user_id)
        self.is_confirmed = False
        self.is_broken = False
        self.holders = 0
        self.last_sequence = 0
        self.waiting: list[Callable[[], None]] = []


class _Waiting(Struct, frozen=True):
    user_id: int
    message: UserMessage


@final
class Users:
    """The users that are followed."""

    def __init__(self, catalog: Catalog, outlet: Outlet, users_max: int = USERS_MAX) -> None:
        """Begin without users.

        Args:
            catalog: Names what messages are about.
            outlet: Takes the messages of streams.
            users_max: Most users at one time.
        """
        self._catalog: Final = catalog
        self._outlet: Final = outlet
        self._users_max: Final = users_max
        self._users: Final[dict[int, _User]] = {}
        self._waiting: Final[deque[_Waiting]] = deque()

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
        """Do something when a user that is held, and not followed yet, is followed."""
        self._users[user_id].waiting.append(action)

    def forget_unread(self) -> list[int]:
        """Forget the users whom nobody reads, and return them. O(users)."""
        gone = [
            user_id
            for user_id, user in self._users.items()
            if not user.holders and not self._outlet.wanted(user.stream)
        ]
        for user_id in gone:
            del self._users[user_id]
        return gone

    def on_subscribed(self, user_id: int) -> None:
        """Take note that Redis has confirmed a user's channel."""
        user = self._users.get(user_id)
        if user is None:
            return
        user.is_confirmed = True
        if user.is_broken:
            self._reset(user_id, user)
        waiting, user.waiting = user.waiting, []
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

    def on_message(self, user_id: int, message: UserMessage) -> None:
        """Take what happened to a user."""
        if not self._waiting and self._catalog.knows(message.reports, message.balance_changes):
            self._publish(user_id, message)
            return
        if len(self._waiting) < WAITING_MAX:
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
            self._publish(waiting.popleft().user_id, message)

    def _publish(self, user_id: int, message: UserMessage) -> None:
        user = self._users.get(user_id)
        if user is None or not self._outlet.wanted(user.stream):
            return
        told = user.last_sequence
        for event in _in_order(message):
            if event.sequence > told:
                data = encode_stream_message(user.stream, self._data(event))
                self._outlet.publish(user.stream, data)
                user.last_sequence = event.sequence

    def _data(self, event: ExecutionReport | BalanceChange) -> ReportData | BalanceData:
        catalog = self._catalog
        if isinstance(event, ExecutionReport):
            return report_data(event, catalog.scales[event.order.market_id])
        return balance_data(event, catalog.assets[event.asset_id])

    def _reset(self, user_id: int, user: _User) -> None:
        user.is_broken = False
        user.last_sequence = 0
        data = encode_stream_message(user.stream, reset_data(user_id))
        self._outlet.publish(user.stream, data)


def _in_order(message: UserMessage) -> Iterator[ExecutionReport | BalanceChange]:
    """Yield command by command what happened: to orders first, then to balances."""
    reports: list[ExecutionReport | BalanceChange] = [*message.reports]
    return merge(reports, message.balance_changes, key=attrgetter("sequence"))


def user_channel(user_id: int) -> bytes:
    """Name the channel of a user."""
    return f"{USER_CHANNEL}{user_id}".encode()
