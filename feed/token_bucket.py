"""A rate, and bursts after a rest. Pure; time is an input."""

from typing import Final, final

from proto.intervals import SECOND_NS


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

    def spend(self, tokens: int, now_ns: int) -> int:
        """Take tokens, also such as are still to grow.

        Args:
            tokens: How many.
            now_ns: Monotonic clock, from 0 upward.

        Returns:
            Nanoseconds until they have grown; 0 where they were there.
        """
        grown_from_ns = max(self._empty_at_ns, now_ns - self._burst_ns)
        self._empty_at_ns = grown_from_ns + tokens * self._token_ns
        return max(0, self._empty_at_ns - now_ns)
