"""Rings when engine time has come to a moment that was set.

The loop's timers count true time, and engine time is what a wall clock says that may be set. So a
timer that ends early is started again for the rest, and none is longer than `LOOKS_AGAIN_S`: after
the clock was set forward, what is due by it waits at most that long.
"""

from collections.abc import Callable
from typing import Final, Protocol, final

from matcher.core.timers import NEVER
from proto.intervals import MILLISECOND_NS

LOOKS_AGAIN_S: Final = 60.0


class Timer(Protocol):
    """A call that is to come."""

    def cancel(self) -> None:
        """Let it not come."""
        ...


# As an event loop's: a delay in seconds, and what is called after it.
CallLater = Callable[[float, Callable[[], None]], Timer]


@final
class Alarm:
    """One alarm: set anew it forgets what it was set to (`matcher.sequencer.AlarmClock`)."""

    def __init__(
        self, call_later: CallLater, now_ns: Callable[[], int], ring: Callable[[], None]
    ) -> None:
        """Make an alarm that is not set.

        Args:
            call_later: Starts a timer; nothing is called before it has returned.
            now_ns: Engine time.
            ring: Called once for each time that is set and comes; it may set the alarm.
        """
        self._call_later: Final = call_later
        self._now_ns: Final = now_ns
        self._ring: Final = ring
        self._at_ns = NEVER
        self._timer: Timer | None = None

    def set(self, at_ns: int) -> None:
        """Ring at this time and at no other; as soon as may be, where it has come already.

        Args:
            at_ns: Engine time; NEVER to be silent.
        """
        if at_ns == self._at_ns:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._at_ns = at_ns
        if at_ns < NEVER:
            self._wait()

    def _wait(self) -> None:
        # Up to whole milliseconds, in which loops count: not a moment too soon, again and again.
        delay_ms = max(0, -((self._now_ns() - self._at_ns) // MILLISECOND_NS))
        self._timer = self._call_later(min(delay_ms / 1_000, LOOKS_AGAIN_S), self._on_timer)

    def _on_timer(self) -> None:
        if self._now_ns() < self._at_ns:
            self._wait()
            return
        self._timer = None
        self._at_ns = NEVER
        self._ring()
