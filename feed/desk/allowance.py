"""How much one connection may ask about orders: so many at one time, so many a second. Pure."""

from typing import Final, final

from feed.desk.answers import Refusal
from feed.token_bucket import TokenBucket
from proto.api.problems import RETRY_AFTER_S, Problem
from proto.api.streams.failures import OVERLOADED, RATE_LIMITED

IN_FLIGHT_MAX: Final = 256
ORDERS_PER_SECOND: Final = 1_000
ORDERS_BURST: Final = 2_000


@final
class Allowance:
    """What one connection has left of it.

    Attributes:
        in_flight: Requests that were let in and are not answered yet.
        refusals: Requests refused for their rate since the last one that was not.
    """

    __slots__ = ("_bucket", "in_flight", "refusals")

    def __init__(self) -> None:
        self._bucket: Final = TokenBucket(ORDERS_PER_SECOND, ORDERS_BURST)
        self.in_flight = 0
        self.refusals = 0

    def let_in(self, now_ns: int) -> None:
        """Count a request until `let_out`.

        Args:
            now_ns: Monotonic clock.

        Raises:
            Refusal: RATE_LIMITED, if they come too fast.
            Problem: OVERLOADED, if too many are in flight.
        """
        if not self._bucket.take(now_ns):
            self.refusals += 1
            raise Refusal(
                RATE_LIMITED,
                f"at most {ORDERS_PER_SECOND} requests about orders a second, {ORDERS_BURST} at "
                "once; nothing was taken",
                retry_after_s=RETRY_AFTER_S,
            )
        self.refusals = 0
        if self.in_flight >= IN_FLIGHT_MAX:
            raise Problem(
                OVERLOADED,
                f"{IN_FLIGHT_MAX} requests about orders of this connection wait for their answers; "
                "nothing was taken",
                retry_after_s=RETRY_AFTER_S,
            )
        self.in_flight += 1

    def let_out(self) -> None:
        """Count a request out, however it ended."""
        self.in_flight -= 1
        assert self.in_flight >= 0
