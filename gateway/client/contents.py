"""What a stream has told and the user has not taken yet, by what the exchange promises of a stream.

Theory of operation
-------------------
* A complete stream (trades, orders, fills, balances) tells each message once, in order. Its place
  is kept, and given back as `after` when it has to begin again; what comes twice is dropped. Its
  queue is bounded: once it is full, it takes nothing before the user has emptied half of it.
* A stream of latest states (tickers, candles, the state of a market) is worth the last message of
  each subject only. A newer message takes the place of the one that it supersedes, so the queue
  stays small whether anybody reads it or not.
* A book applies each message at once; `gateway.client.book` tells how.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Generic, Protocol, TypeVar, final

import msgspec
from msgspec import Raw
from msgspec.json import Decoder

from gateway.client.book import OrderBook
from gateway.client.errors import ProtocolError
from gateway.client.places import LastPlace
from proto.api.streams.market_data import DepthData
from proto.api.streams.private import StartData

Event = TypeVar("Event")
Decoded = TypeVar("Decoded")

# Messages of a complete stream that wait for the user; some hundred bytes each.
EVENTS_MAX: Final = 1_000
# Subjects of a stream of latest states; more than any exchange has markets.
SUBJECTS_MAX: Final = 10_000

_START: Final = Decoder(StartData)
_DEPTH: Final = Decoder(DepthData)


class Content(Protocol):
    """What a subscription fills."""

    @property
    def is_begun(self) -> bool:
        """Whether everything is told from here on; stays so when the connection is lost."""
        ...

    @property
    def is_full(self) -> bool:
        """Whether it can take no message."""
        ...

    @property
    def has_room(self) -> bool:
        """Whether it is worth while to go on after it was full."""
        ...

    def prepare(self) -> str | None:
        """Prepare to begin, or to begin again; return the place after which, or None."""
        ...

    def confirm(self) -> None:
        """The exchange has answered that it will tell."""
        ...

    def take(self, data: Raw) -> bool:
        """Take a message; return False if the stream has to begin again.

        Raises:
            ProtocolError: If it is none of this stream.
        """
        ...

    def lose(self) -> None:
        """Nothing is told any more, for now."""
        ...


class Events(Protocol[Event]):
    """A queue that the user takes events from."""

    @property
    def place(self) -> str | None:
        """The place up to which the user has been told; None where there is none to tell."""
        ...

    def place_of(self, event: Event) -> str | None:
        """Return the place of an event; None where it has none."""
        ...

    def pop(self) -> Event | None:
        """Take the next event, or None."""
        ...


@final
class CompleteEvents(Generic[Event]):
    """Messages of a complete stream, each once."""

    def __init__(
        self,
        decoder: Decoder[Event],
        place_of: Callable[[Event], str],
        after: str | None,
        *,
        has_start: bool,
    ) -> None:
        """Begin with an empty queue.

        Args:
            decoder: Reads one message.
            place_of: Tells its place.
            after: Place after which to begin; None for now.
            has_start: Whether the exchange tells where it begins, where it was not told so.

        Raises:
            ValueError: If `after` is no place.
        """
        self._decoder: Final = decoder
        self._place_of: Final = place_of
        self._has_start: Final = has_start
        self._received: Final = LastPlace(after)
        self._place = after
        self._queue: Final[deque[Event]] = deque()
        self._awaits_start = False
        self._is_begun = False

    @property
    def place(self) -> str | None:
        """The place up to which the user has been told."""
        return self._place

    @property
    def is_begun(self) -> bool:
        """Whether everything is told from here on."""
        return self._is_begun

    @property
    def is_full(self) -> bool:
        """Whether as much waits for the user as may."""
        return len(self._queue) >= EVENTS_MAX

    @property
    def has_room(self) -> bool:
        """Whether the user has taken half of it."""
        return len(self._queue) <= EVENTS_MAX // 2

    def prepare(self) -> str | None:
        """Return the last place received."""
        self._awaits_start = self._has_start and self._received.text is None
        return self._received.text

    def confirm(self) -> None:
        """Begin, unless the exchange has yet to say where."""
        self._is_begun = self._is_begun or not self._awaits_start

    def take(self, data: Raw) -> bool:
        """Queue a message, unless it came already."""
        if self._awaits_start:
            self._start(_decoded(_START.decode, data))
        else:
            event = _decoded(self._decoder.decode, data)
            if self._received.advance(self._place_of(event)):
                self._queue.append(event)
        return True

    def lose(self) -> None:
        """Nothing to do: what is queued stays, and what is missed will be asked for."""

    def place_of(self, event: Event) -> str | None:
        """Return the place of an event."""
        return self._place_of(event)

    def pop(self) -> Event | None:
        """Take the next event, or None."""
        if not self._queue:
            return None
        event = self._queue.popleft()
        self._place = self._place_of(event)
        return event

    def _start(self, start: StartData) -> None:
        self._received.advance(start.position)
        self._place = start.position
        self._awaits_start = False
        self._is_begun = True


@final
class LatestEvents(Generic[Event]):
    """The last message of each subject."""

    def __init__(
        self, read: Callable[[Raw], Sequence[Event]], subject_of: Callable[[Event], str]
    ) -> None:
        """Begin with an empty queue.

        Args:
            read: Takes a message apart into events.
            subject_of: Two events of one subject: the later one is enough.
        """
        self._read: Final = read
        self._subject_of: Final = subject_of
        self._queue: Final[dict[str, Event]] = {}
        self._is_begun = False

    @property
    def place(self) -> str | None:
        """None: after a reconnect the latest states are told, whatever was before."""
        return None

    @property
    def is_begun(self) -> bool:
        """Whether everything is told from here on."""
        return self._is_begun

    @property
    def is_full(self) -> bool:
        """False: there is always room."""
        return False

    @property
    def has_room(self) -> bool:
        """True."""
        return True

    def prepare(self) -> str | None:
        """Return None: such a stream always begins with how things are."""
        return None

    def confirm(self) -> None:
        """Begin."""
        self._is_begun = True

    def take(self, data: Raw) -> bool:
        """Queue a message, in the place of the one that it supersedes."""
        for event in _decoded(self._read, data):
            self._queue[self._subject_of(event)] = event
        while len(self._queue) > SUBJECTS_MAX:
            del self._queue[next(iter(self._queue))]
        return True

    def lose(self) -> None:
        """Nothing to do: how things are is told again."""

    def place_of(self, event: Event) -> str | None:
        """Return None."""
        return None

    def pop(self) -> Event | None:
        """Take the event that has waited longest, or None."""
        if not self._queue:
            return None
        return self._queue.pop(next(iter(self._queue)))


@final
class FollowedBook:
    """A book that the messages of its stream keep in step."""

    def __init__(self, market: str) -> None:
        self.book: Final = OrderBook(market)

    @property
    def is_begun(self) -> bool:
        """Whether the book is in step."""
        return self.book.ready

    @property
    def is_full(self) -> bool:
        """False: a book takes every message at once."""
        return False

    @property
    def has_room(self) -> bool:
        """True."""
        return True

    def prepare(self) -> str | None:
        """Return None: a book begins with a snapshot."""
        return None

    def confirm(self) -> None:
        """Nothing to do: the snapshot begins it."""

    def take(self, data: Raw) -> bool:
        """Apply a message; return False if the book needs a new snapshot."""
        return self.book.apply(_decoded(_DEPTH.decode, data))

    def lose(self) -> None:
        """Empty the book, which is out of step from now on."""
        self.book.lose()


def _decoded(decode: Callable[[Raw], Decoded], data: Raw) -> Decoded:
    try:
        return decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProtocolError(f"not a message of this stream: {error}") from None
