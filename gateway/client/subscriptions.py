"""Which streams are wanted of a connection, which it has, and what has to be asked for.

Theory of operation
-------------------
    wanted ── SUBSCRIBE ──▶ asked ── answered ──▶ on
       ▲                      │                    │
       └── refused for now ───┴── connection lost ─┴── a book does not fit, a queue is full

What is wanted is asked for together, with the place after which each complete stream goes on. The
exchange does a request whole or not at all: where it refuses several for good, each half is asked
for alone, until the one that is at fault is found and told to its reader. What is refused for now
is asked for again, after a while that grows.

Where a queue is full, nothing more should be read from the connection. If something has to be read
nevertheless, because an answer is waited for, messages of the full stream are dropped, and it
begins again after its last place as soon as it has room.

A stream that ends, or begins again, is unsubscribed first. Until that is answered, nothing of its
name is asked for or taken: what is still on its way belongs to the old subscription, and would be
taken for the beginning of the new one.
"""

import random
from collections import deque
from collections.abc import Sequence
from typing import Final, final

from msgspec import Raw

from gateway.client.contents import Content
from gateway.client.errors import ClientError, RefusedError
from gateway.client.wire import encode
from proto.backoff import Backoff

# In one request, so that names and places fit a message, whatever the names are.
STREAMS_MAX: Final = 50
FIRST_RETRY_S: Final = 0.2
MOST_RETRY_S: Final = 10.0

SUBSCRIBE: Final = "SUBSCRIBE"
UNSUBSCRIBE: Final = "UNSUBSCRIBE"


@final
class Subscription:
    """A stream that somebody reads.

    Attributes:
        name: Such as "trades@TATA_INR".
        content: What it has told.
        error: Why there will be no more of it, or None.
        refusal: Why the exchange does not tell it for now, or None.
        not_before_s: When it may be asked for.
        since_s: When it was last begun.
        backoff: How long to wait before it is asked for again.
    """

    __slots__ = ("backoff", "content", "error", "name", "not_before_s", "refusal", "since_s")

    def __init__(self, name: str, content: Content, jitter: random.Random) -> None:
        self.name: Final = name
        self.content: Final = content
        self.error: ClientError | None = None
        self.refusal: RefusedError | None = None
        self.not_before_s = 0.0
        self.since_s: float | None = None
        self.backoff: Final = Backoff(FIRST_RETRY_S, MOST_RETRY_S, jitter)

    @property
    def is_begun(self) -> bool:
        """Whether everything is told from here on."""
        return self.content.is_begun


@final
class StreamsRequest:
    """A SUBSCRIBE or an UNSUBSCRIBE on its way."""

    __slots__ = ("method", "names", "parameters", "subscriptions")

    def __init__(
        self,
        method: str,
        names: list[str],
        parameters: bytes,
        subscriptions: Sequence[Subscription] = (),
    ) -> None:
        self.method: Final = method
        self.names: Final = names
        self.parameters: Final = parameters
        self.subscriptions: Final = subscriptions


@final
class Subscriptions:
    """The streams of one connection."""

    def __init__(self, jitter: random.Random) -> None:
        self._jitter: Final = jitter
        self._streams: Final[dict[str, Subscription]] = {}
        self._wanted: Final[dict[str, Subscription]] = {}  # of them, those not asked for
        self._halves: Final[deque[list[Subscription]]] = deque()  # to be asked for alone
        self._to_leave: list[str] = []
        self._leaving: Final[set[str]] = set()
        self._full: Final[set[Subscription]] = set()
        self._changed: dict[Subscription, None] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nobody reads anything."""
        return not self._streams

    @property
    def is_full(self) -> bool:
        """Whether a stream that is being told has no room for another message."""
        return bool(self._full)

    def is_wanted(self, name: str) -> bool:
        """Whether somebody reads a stream."""
        return name in self._streams

    def add(self, name: str, content: Content) -> Subscription:
        """Want a stream.

        Raises:
            ValueError: If it is wanted already.
        """
        if name in self._streams:
            raise ValueError(f"{name} is being read already, and has one reader at a time")
        subscription = Subscription(name, content, self._jitter)
        self._streams[name] = self._wanted[name] = subscription
        return subscription

    def remove(self, subscription: Subscription) -> None:
        """Want a stream no more; nothing happens if it has ended by itself."""
        name = subscription.name
        if self._streams.get(name) is not subscription:
            return
        del self._streams[name]
        self._full.discard(subscription)
        if self._wanted.pop(name, None) is None:
            self._leave(name)

    def took(self, subscription: Subscription) -> bool:
        """The user has taken an event; return whether more may be read or asked for now."""
        if subscription in self._full and subscription.content.has_room:
            self._full.discard(subscription)
            return True
        return subscription.name in self._wanted

    def take(self, name: str, data: Raw, now_s: float) -> None:
        """Take a message of a stream; one that is not read any more, or not yet, is ignored.

        Raises:
            ProtocolError: If it is none of this stream.
        """
        subscription = self._streams.get(name)
        if subscription is None or name in self._wanted:
            return
        if subscription in self._full:
            self._full.discard(subscription)
            self._leave(name)
            self._wanted[name] = subscription
            return
        if not subscription.content.take(data):
            self._leave(name)
            self._postpone(subscription, now_s)
        elif subscription.content.is_full:
            self._full.add(subscription)
        self._changed[subscription] = None

    def next_request(self, now_s: float) -> StreamsRequest | None:
        """Return what to ask for next, or None."""
        if self._to_leave:
            names, self._to_leave = self._to_leave[:STREAMS_MAX], self._to_leave[STREAMS_MAX:]
            return StreamsRequest(UNSUBSCRIBE, names, encode(names))
        if not self._wanted:
            return None
        while self._halves:
            if half := self._due(self._halves.popleft(), now_s):
                return self._subscribe(half)
        due = self._due(list(self._wanted.values()), now_s)
        return self._subscribe(due[:STREAMS_MAX]) if due else None

    def answered(self, request: StreamsRequest, error: RefusedError | None, now_s: float) -> None:
        """Take the answer to a request."""
        if request.method == UNSUBSCRIBE:
            # Refused or not: the exchange does not tell them.
            self._leaving.difference_update(request.names)
            return
        present = [one for one in request.subscriptions if self._streams.get(one.name) is one]
        if error is None:
            for subscription in present:
                self._begin(subscription, now_s)
        elif error.is_temporary:
            for subscription in present:
                subscription.refusal = error
                self._postpone(subscription, now_s, error.retry_after_s or 0)
        elif len(request.subscriptions) == 1:
            for subscription in present:
                self._end(subscription, error)
        else:
            self._wanted.update((one.name, one) for one in present)
            middle = len(present) // 2
            self._halves.extend((present[:middle], present[middle:]))

    def lost(self, now_s: float) -> None:
        """The connection is gone: everything has to begin again."""
        self._halves.clear()
        self._to_leave.clear()
        self._leaving.clear()
        self._full.clear()
        for name, subscription in self._streams.items():
            if name not in self._wanted:
                self._rest(subscription, now_s)
                self._wanted[name] = subscription
                subscription.content.lose()
                self._changed[subscription] = None

    def fail(self, error: ClientError) -> None:
        """End all of them: there will be no connection any more."""
        for subscription in list(self._streams.values()):
            self._end(subscription, error)

    def due_s(self) -> float | None:
        """Return when the next stream may be asked for; None where none waits for its time."""
        waits = [
            one.not_before_s
            for name, one in self._wanted.items()
            if name not in self._leaving and one.content.has_room
        ]
        return min(waits, default=None)

    def take_changed(self) -> list[Subscription]:
        """Return the subscriptions of which something is new since the last time."""
        changed, self._changed = self._changed, {}
        return list(changed)

    def _due(self, subscriptions: list[Subscription], now_s: float) -> list[Subscription]:
        return [
            one
            for one in subscriptions
            if self._wanted.get(one.name) is one
            and one.not_before_s <= now_s
            and one.name not in self._leaving
            and one.content.has_room
        ]

    def _subscribe(self, subscriptions: list[Subscription]) -> StreamsRequest:
        after = {}
        for one in subscriptions:
            del self._wanted[one.name]
            if (place := one.content.prepare()) is not None:
                after[one.name] = place
        names = [one.name for one in subscriptions]
        parameters = encode(names)
        if after:
            parameters += b',"after":' + encode(after)
        return StreamsRequest(SUBSCRIBE, names, parameters, subscriptions)

    def _begin(self, subscription: Subscription, now_s: float) -> None:
        subscription.since_s = now_s
        subscription.refusal = None
        subscription.content.confirm()
        self._changed[subscription] = None

    def _leave(self, name: str) -> None:
        self._to_leave.append(name)
        self._leaving.add(name)

    def _postpone(self, subscription: Subscription, now_s: float, least_s: float = 0) -> None:
        self._rest(subscription, now_s)
        subscription.not_before_s = now_s + max(subscription.backoff.next_s(), least_s)
        self._wanted[subscription.name] = subscription

    @staticmethod
    def _rest(subscription: Subscription, now_s: float) -> None:
        """Wait a short while only, where it went well for long."""
        since_s, subscription.since_s = subscription.since_s, None
        if since_s is not None and now_s - since_s > MOST_RETRY_S:
            subscription.backoff.reset()

    def _end(self, subscription: Subscription, error: ClientError) -> None:
        subscription.error = error
        subscription.content.lose()
        del self._streams[subscription.name]
        self._wanted.pop(subscription.name, None)
        self._full.discard(subscription)
        self._changed[subscription] = None
