"""What one connection has subscribed to, and how fast it may ask. Pure; time is an input."""

from collections.abc import Iterable
from typing import Final, final

from feed.protocol import (
    RATE_LIMITED,
    STREAMS_MAX,
    TOO_MANY_SUBSCRIPTIONS,
    Request,
    RequestError,
    RequestId,
    parse_request,
)
from feed.streams import ORDERS, Stream
from proto.intervals import SECOND_NS

REQUESTS_PER_SECOND: Final = 10
REQUESTS_BURST: Final = 40
# Streams of users in one connection: a feed has places for a number of users, and each costs Redis
# a channel. A few connections must not take them all.
USERS_PER_CONNECTION_MAX: Final = 16
# Refused one after the other: whoever goes on after that does not listen, and is let go.
REFUSALS_MAX: Final = 100


@final
class TokenBucket:
    """Allows a rate, and bursts after a rest.

    Time is counted in the nanoseconds that tokens take to grow, so there is nothing to round.
    """

    __slots__ = ("_burst_ns", "_empty_at_ns", "_token_ns")

    def __init__(self, per_second: int, burst: int) -> None:
        self._token_ns: Final = SECOND_NS // per_second
        self._burst_ns: Final = burst * self._token_ns
        # The moment from which tokens have grown; long ago means a full bucket.
        self._empty_at_ns = -self._burst_ns

    def take(self, now_ns: int) -> bool:
        """Take a token if there is one.

        Args:
            now_ns: Monotonic clock, from 0 upward.
        """
        grown_from_ns = max(self._empty_at_ns, now_ns - self._burst_ns)
        if now_ns - grown_from_ns < self._token_ns:
            return False
        self._empty_at_ns = grown_from_ns + self._token_ns
        return True


@final
class Session:
    """The state of one connection.

    Attributes:
        refusals: Requests refused for their rate since the last one that was not.
    """

    __slots__ = ("_bucket", "_streams", "refusals")

    def __init__(self) -> None:
        self._bucket: Final = TokenBucket(REQUESTS_PER_SECOND, REQUESTS_BURST)
        self._streams: Final[dict[str, Stream]] = {}
        self.refusals = 0

    @property
    def spent(self) -> bool:
        """Whether it has been refused so often that it should go."""
        return self.refusals >= REFUSALS_MAX

    def receive(self, message: str | bytes, now_ns: int) -> Request:
        """Read a message, if the rate allows; anything sent counts, well-formed or not.

        Raises:
            RequestError: If it does not, or the message is not a request.
        """
        if self._bucket.take(now_ns):
            self.refusals = 0
            return parse_request(message)
        self.refusals += 1
        raise RequestError(
            RATE_LIMITED,
            f"at most {REQUESTS_PER_SECOND} messages a second, {REQUESTS_BURST} at once",
            _request_id(message),
        )

    def names(self) -> list[str]:
        """Return the names of the streams it has, oldest first."""
        return list(self._streams)

    def check_room(self, request: Request) -> None:
        """Check that the streams of a request fit.

        Raises:
            RequestError: TOO_MANY_SUBSCRIPTIONS, if they do not.
        """
        new = [stream for stream in request.streams if stream.name not in self._streams]
        _check_room(len(self._streams), len(new), STREAMS_MAX, "subscriptions", request)
        _check_room(
            _count_users(self._streams.values()),
            _count_users(new),
            USERS_PER_CONNECTION_MAX,
            f"subscriptions to {ORDERS}@",
            request,
        )

    def add(self, streams: Iterable[Stream]) -> list[Stream]:
        """Subscribe to streams; `check_room` comes before.

        Returns:
            Those that it did not have.
        """
        new = [stream for stream in streams if stream.name not in self._streams]
        self._streams.update((stream.name, stream) for stream in new)
        assert len(self._streams) <= STREAMS_MAX
        return new

    def remove(self, streams: Iterable[Stream]) -> list[str]:
        """Unsubscribe from streams.

        Returns:
            Names of those that it had.
        """
        return [s.name for s in streams if self._streams.pop(s.name, None) is not None]


def _count_users(streams: Iterable[Stream]) -> int:
    return sum(stream.kind == ORDERS for stream in streams)


def _check_room(has: int, new: int, most: int, what: str, request: Request) -> None:
    if has + new > most:
        raise RequestError(
            TOO_MANY_SUBSCRIPTIONS,
            f"params: a connection has at most {most} {what}; it has {has}, and {new} would be new",
            request.request_id,
        )


def _request_id(message: str | bytes) -> RequestId:
    try:
        return parse_request(message).request_id
    except RequestError as error:
        return error.request_id
