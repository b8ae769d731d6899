"""What one connection has asked for: who it is, its streams, and how fast it asks. Pure."""

from collections.abc import Iterable
from typing import Final, final

from feed.protocol import STREAMS_MAX
from feed.requests import RequestError, SignInRequest, StreamRequest, Subscription
from feed.source import NOTHING
from feed.streams import PRIVATE_KINDS, Stream
from feed.token_bucket import TokenBucket
from proto.api.streams.envelopes import MessageId
from proto.api.streams.failures import (
    ALREADY_SIGNED_IN,
    INVALID_POSITION,
    RATE_LIMITED,
    SIGN_IN_REQUIRED,
    TOO_MANY_SUBSCRIPTIONS,
)
from proto.ids import UserId

REQUESTS_PER_SECOND: Final = 10
REQUESTS_BURST: Final = 40
# Refused one after the other: whoever goes on after that does not listen, and is let go.
REFUSALS_MAX: Final = 100


@final
class Session:
    """The state of one connection.

    Attributes:
        user_id: Who has signed in; None before.
        refusals: Requests refused for their rate since the last one that was not.
    """

    __slots__ = ("_bucket", "_streams", "refusals", "user_id")

    def __init__(self) -> None:
        self.user_id: UserId | None = None
        self.refusals = 0
        self._bucket: Final = TokenBucket(REQUESTS_PER_SECOND, REQUESTS_BURST)
        self._streams: Final[dict[str, Stream]] = {}

    def let_in(self, message_id: MessageId, now_ns: int) -> None:
        """Count a message, well-formed or not, that is not about orders.

        Args:
            message_id: Its id, as far as it has one.
            now_ns: Monotonic clock.

        Raises:
            RequestError: RATE_LIMITED, if they come too fast.
        """
        if self._bucket.take(now_ns):
            self.refusals = 0
            return
        self.refusals += 1
        raise RequestError(
            RATE_LIMITED,
            f"at most {REQUESTS_PER_SECOND} messages a second, {REQUESTS_BURST} at once",
            message_id,
        )

    def sign_in(self, request: SignInRequest) -> None:
        """Sign a user in.

        Raises:
            RequestError: ALREADY_SIGNED_IN, if somebody is.
        """
        if self.user_id is not None:
            raise RequestError(
                ALREADY_SIGNED_IN,
                f"user {self.user_id} has signed in on this connection; open another for another",
                request.message_id,
            )
        self.user_id = request.user_id

    def names(self) -> list[str]:
        """Return the names of the streams it has, oldest first."""
        return list(self._streams)

    def check(self, request: StreamRequest) -> None:
        """Check that a connection may have the streams of a request.

        Raises:
            RequestError: If it may not.
        """
        for subscription in request.subscriptions:
            self._check(subscription, request.message_id)
        new = len(self.new(request.subscriptions))
        if len(self._streams) + new > STREAMS_MAX:
            raise RequestError(
                TOO_MANY_SUBSCRIPTIONS,
                f"params: a connection has at most {STREAMS_MAX} subscriptions; it has "
                f"{len(self._streams)}, and {new} would be new",
                request.message_id,
            )

    def new(self, subscriptions: Iterable[Subscription]) -> list[Subscription]:
        """Return those whose streams it does not have."""
        return [item for item in subscriptions if item.stream.name not in self._streams]

    def add(self, streams: Iterable[Stream]) -> None:
        """Note that it has streams; `check` comes before."""
        self._streams.update((stream.name, stream) for stream in streams)
        assert len(self._streams) <= STREAMS_MAX

    def remove(self, streams: Iterable[Stream]) -> list[Stream]:
        """Unsubscribe from streams.

        Returns:
            Those that it had.
        """
        return [s for s in streams if self._streams.pop(s.name, None) is not None]

    def _check(self, subscription: Subscription, message_id: MessageId) -> None:
        stream = subscription.stream
        if stream.kind in PRIVATE_KINDS and self.user_id is None:
            raise RequestError(
                SIGN_IN_REQUIRED,
                f'params: "{stream.name}": needs a SIGN_IN before it',
                message_id,
            )
        if subscription.after != NOTHING and stream.name in self._streams:
            raise RequestError(
                INVALID_POSITION, f'after: "{stream.name}": is subscribed to already', message_id
            )
