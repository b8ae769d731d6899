"""The users that are followed: what arrives for them, and what may be missing. Pure.

Theory of operation
-------------------
A user is followed while somebody reads a stream of theirs or is about to (`hold`), and for
LINGER_NS after, so that a client that comes back goes on from memory. Redis is asked for their
channel, then the matcher for its last sequence (`begin_asking`, `load_end`); `feed/user.py` says
what becomes of what arrives meanwhile.

Nothing in a user's messages would show that one is missing. So whenever one may be (the connection
to Redis was lost, the matcher was silent, has restarted or counts a loss, or a message cannot be
read), the user's streams break, and the matcher is asked anew: whoever is behind its answer gets
what happened until then from the database. Each message carries the count of losses, so nothing is
told behind a gap; before the count is known, which the clock tells too, nobody is followed.

A matcher that has restarted may publish again what it published before. Positions only rise, so
what is not above the last one is left out.

What is kept for an answer of the matcher is bounded; what is beyond is as good as lost.
"""

from collections.abc import Callable
from itertools import islice
from typing import Final, final

from feed.catalog import Catalog
from feed.page import Pages
from feed.position import position_after
from feed.user import User, UserState, count
from feed.user_streams import Memory, Outlet, Source, UserStreams
from proto.intervals import SECOND_NS
from proto.market_data import USER_CHANNEL, UserMessage

# Users that one feed follows: each is a channel of Redis.
USERS_MAX: Final = 10_000
LINGER_NS: Final = 30 * SECOND_NS
# Where fewer places than this part of all are left, those whom nobody reads leave at once.
_SPARE_PART: Final = 10
# Events kept for an answer of the matcher, of some 500 bytes.
KEPT_MAX: Final = 100_000


@final
class Users:
    """The users that are followed."""

    def __init__(
        self,
        catalog: Catalog,
        outlet: Outlet,
        pages: Pages,
        ask_end: Callable[[], None],
        users_max: int = USERS_MAX,
    ) -> None:
        """Begin without users.

        Args:
            catalog: Names what messages are about.
            outlet: Told which channels have moved.
            pages: Asked for events that are not remembered.
            ask_end: Called when the matcher is to be asked for its last sequence.
            users_max: Most users at one time.
        """
        self._catalog: Final = catalog
        self._outlet: Final = outlet
        self._pages: Final = pages
        self._ask_end: Final = ask_end
        self._users_max: Final = users_max
        self._memory: Final = Memory()
        self._users: Final[dict[int, User]] = {}
        # For whom the matcher is to be asked, and for whom it is being asked.
        self._unasked: Final[dict[User, None]] = {}
        self._asked: Final[dict[User, None]] = {}
        # Followed users whose messages wait for the matcher to say what a market is.
        self._undefined: Final[dict[User, None]] = {}
        self._kept = 0
        # The count of losses as it was heard last; None before that.
        self._losses: int | None = None
        self._looked_ns: int | None = None

    @property
    def needs_definitions(self) -> bool:
        """Whether messages wait for the matcher to say which assets and markets there are."""
        return bool(self._undefined)

    def hold(self, user_id: int) -> bool:
        """Follow a user until `release` and while somebody reads; return False where it is full."""
        user = self._users.get(user_id)
        if user is None:
            if len(self._users) >= self._users_max:
                return False
            streams = UserStreams(user_id, self._catalog, self._outlet, self._pages, self._memory)
            user = self._users[user_id] = User(user_id, streams)
        user.holders += 1
        return True

    def release(self, user_id: int) -> None:
        """Give up a hold."""
        self._users[user_id].holders -= 1

    def is_followed(self, user_id: int) -> bool:
        """Tell whether everything about a user arrives, and joins what happened before."""
        user = self._users.get(user_id)
        return user is not None and user.state is UserState.FOLLOWED

    def when_followed(self, user_id: int, action: Callable[[], None]) -> None:
        """Do something when a user that is held, and not followed yet, is followed.

        Whoever gives up says so with `stop_waiting`.
        """
        self._users[user_id].waiting.add(action)

    def stop_waiting(self, user_id: int, action: Callable[[], None]) -> None:
        """Leave out what was to be done for a user who is still held."""
        self._users[user_id].waiting.discard(action)

    def source(self, user_id: int, kind: str) -> Source:
        """Return what a stream of a user who is held is made from.

        Args:
            user_id: The user.
            kind: ORDERS, FILLS or BALANCES.
        """
        return self._users[user_id].streams.sources[kind]

    def forget_unread(self, now_ns: int) -> list[int]:
        """Forget the users whom nobody has read for a while, and return them.

        Args:
            now_ns: Monotonic clock.

        Complexity: O(users), once a second; O(1) in between.
        """
        if self._looked_ns is not None and now_ns - self._looked_ns < SECOND_NS:
            return []
        self._looked_ns = now_ns
        has_room = (self._users_max - len(self._users)) * _SPARE_PART >= self._users_max
        linger_ns = LINGER_NS if has_room else 0
        gone = [user for user in self._users.values() if _is_over(user, now_ns, linger_ns)]
        for user in gone:
            self._clear(user)
            del self._users[user.user_id]
        return [user.user_id for user in gone]

    def on_subscribed(self, user_id: int) -> None:
        """Take note that Redis has confirmed a user's channel."""
        user = self._users.get(user_id)
        if user is not None:
            user.state = UserState.UNASKED
            self._break(user)

    def on_disconnected(self) -> None:
        """Take note that Redis is away: whatever happens now does not arrive."""
        self._losses = None
        for user in self._users.values():
            user.state = UserState.UNCONFIRMED
            self._break(user)

    def on_lost(self) -> None:
        """Take note that messages of any user may be lost."""
        for user in self._users.values():
            self._break(user)

    def on_losses(self, losses: int) -> None:
        """Take note of the count of losses, which a message carries."""
        if losses != self._losses:
            self._losses = losses
            # Where it was not known, this only lets the matcher be asked.
            self.on_lost()

    def on_bad_message(self, user_id: int) -> None:
        """Take note that what came for a user could not be read: it is lost."""
        user = self._users.get(user_id)
        if user is not None:
            self._break(user)

    def on_message(self, user_id: int, message: UserMessage) -> None:
        """Take what happened to a user, and tell whoever reads it. O(events)."""
        self.on_losses(message.losses)
        user = self._users.get(user_id)
        if user is None or user.state in (UserState.UNCONFIRMED, UserState.UNASKED):
            return
        if user.state is UserState.ASKED or user in self._undefined:
            self._keep(user, message)
        elif self._catalog.knows(message):
            user.streams.take(message)
        else:
            self._undefined[user] = None
            self._keep(user, message)

    def on_definitions(self) -> None:
        """Tell what waited for the catalog, as far as that goes now."""
        for user in list(self._undefined):
            del self._undefined[user]
            self._take_kept(user)

    def on_clock(self) -> None:
        """Take a clock message: all that was published before it has arrived. O(users)."""
        for user in self._users.values():
            user.streams.on_clock()

    def begin_asking(self) -> bool:
        """Take note that the matcher is asked for its last sequence now.

        Returns:
            Whether it is to be asked at all.
        """
        assert not self._asked
        if self._losses is None:
            return False
        self._asked.update(self._unasked)
        self._unasked.clear()
        for user in self._asked:
            user.state = UserState.ASKED
        return bool(self._asked)

    def load_end(self, last_sequence: int, most: int) -> bool:
        """Follow users from the sequence on that the matcher has answered with.

        Args:
            last_sequence: The answer.
            most: How many users at most, so that it does not take long.

        Returns:
            Whether there are more of them.
        """
        for user in list(islice(self._asked, most)):
            del self._asked[user]
            user.state = UserState.FOLLOWED
            user.streams.load(position_after(last_sequence))
            self._take_kept(user)
            user.streams.tell()
            waiting, user.waiting = user.waiting, set()
            for action in waiting:
                action()
        return bool(self._asked)

    def give_up_asking(self) -> None:
        """Take note that the matcher has not answered."""
        for user in list(self._asked):
            self._break(user)

    def _break(self, user: User) -> None:
        """Rely no more on what is known of a user; have the matcher asked, if that is of use."""
        self._clear(user)
        if user.state is not UserState.UNCONFIRMED:
            user.state = UserState.UNASKED
            self._unasked[user] = None
            self._ask_end()

    def _clear(self, user: User) -> None:
        """Forget what is known of a user, and what is being done about it."""
        user.streams.break_()
        self._drop_kept(user)
        for users in (self._unasked, self._asked, self._undefined):
            users.pop(user, None)

    def _keep(self, user: User, message: UserMessage) -> None:
        events = count(message)
        if self._kept + events > KEPT_MAX:
            self._break(user)
            return
        user.kept.append(message)
        self._kept += events

    def _drop_kept(self, user: User) -> None:
        self._kept -= sum(map(count, user.kept))
        user.kept.clear()

    def _take_kept(self, user: User) -> None:
        """Take what was kept for a followed user, up to what the catalog does not know."""
        kept = list(user.kept)
        self._drop_kept(user)
        for number, message in enumerate(kept):
            if not self._catalog.knows(message):
                self._undefined[user] = None
                user.kept.extend(kept[number:])
                self._kept += sum(map(count, user.kept))
                return
            user.streams.take(message)


def _is_over(user: User, now_ns: int, linger_ns: int) -> bool:
    """Tell whether nobody has read a user for so long; O(1)."""
    if user.holders or user.streams.is_wanted():
        user.unread_since_ns = None
        return False
    if user.unread_since_ns is None:
        user.unread_since_ns = now_ns
    return now_ns - user.unread_since_ns >= linger_ns


def user_channel(user_id: int) -> bytes:
    """Name the channel of a user."""
    return f"{USER_CHANNEL}{user_id}".encode()
