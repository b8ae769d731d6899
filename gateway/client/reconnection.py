"""When to connect again after a connection was lost or refused, and when to give up. Pure.

Delays double from one attempt to the next, with jitter, so that the clients of an exchange that
was away do not come back all at once. Only a connection that has lasted ends the doubling: an
exchange that accepts and closes again is as much away as one that does not accept. Whoever says
when to come back (`Retry-After`) is heard.
"""

import random
from typing import Final, final

from gateway.client.errors import ConnectionFailedError
from proto.backoff import Backoff

FIRST_DELAY_S: Final = 0.1
MOST_DELAY_S: Final = 10.0
LASTING_S: Final = 10.0
# However long an exchange says; it may be back sooner.
RETRY_AFTER_MOST_S: Final = 60


@final
class Reconnection:
    """The attempts of one connection.

    Attributes:
        reconnects: How often a connection came about after another one was lost.
    """

    def __init__(self, give_up_after_s: float | None, jitter: random.Random, now_s: float) -> None:
        """Begin without a connection.

        Args:
            give_up_after_s: Seconds without a connection after which to give up; None for never.
            jitter: Spreads the attempts.
            now_s: The clock.
        """
        self._give_up_after_s: Final = give_up_after_s
        self._backoff: Final = Backoff(FIRST_DELAY_S, MOST_DELAY_S, jitter)
        self._opened_s: float | None = None
        self._away_since_s = now_s
        self._was_open = False
        self.reconnects = 0

    def begin(self, now_s: float) -> None:
        """A connection is wanted from now on, and was not before."""
        self._away_since_s = now_s

    def opened(self, now_s: float) -> None:
        """There is a connection, and the exchange answers on it."""
        self.reconnects += self._was_open
        self._was_open = True
        self._opened_s = now_s

    def lost(self, why: str, now_s: float, retry_after_s: int | None = None) -> float:
        """Return after how many seconds to try again.

        Args:
            why: What happened to the last attempt, or to the connection.
            now_s: The clock.
            retry_after_s: What the exchange has said, or None.

        Raises:
            ConnectionFailedError: If it is time to give up.
        """
        if self._opened_s is not None:
            self._away_since_s = now_s
            if now_s - self._opened_s >= LASTING_S:
                self._backoff.reset()
            self._opened_s = None
        delay_s = self._backoff.next_s()
        if retry_after_s is not None:
            delay_s += min(retry_after_s, RETRY_AFTER_MOST_S)
        if self._give_up_after_s is not None:
            left_s = self._away_since_s + self._give_up_after_s - now_s
            if left_s <= 0:
                raise ConnectionFailedError(
                    f"no connection for {self._give_up_after_s:g} s; the last attempt: {why}"
                )
            delay_s = min(delay_s, left_s)
        return delay_s
