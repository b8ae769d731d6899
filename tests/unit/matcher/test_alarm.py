"""The alarm: it rings once for each time that comes, whatever the clock does meanwhile."""

from collections.abc import Callable

from matcher.alarm import LOOKS_AGAIN_S, Alarm
from matcher.core.timers import NEVER

SECOND_NS = 1_000_000_000


class Loop:
    """Timers that end when they are told to, beside a clock that is set by hand."""

    def __init__(self) -> None:
        self.now_ns = 100 * SECOND_NS
        self.rings: list[int] = []
        self.timers: list[Timer] = []
        self.alarm = Alarm(self.call_later, lambda: self.now_ns, self.ring)

    def call_later(self, delay_s: float, action: Callable[[], None]) -> "Timer":
        self.timers.append(Timer(delay_s, action))
        return self.timers[-1]

    def ring(self) -> None:
        self.rings.append(self.now_ns)

    def running(self) -> list["Timer"]:
        return [timer for timer in self.timers if not timer.is_over]

    def delays_s(self) -> list[float]:
        return [timer.delay_s for timer in self.running()]

    def end_timer(self) -> None:
        (timer,) = self.running()
        timer.is_over = True
        timer.action()


class Timer:
    def __init__(self, delay_s: float, action: Callable[[], None]) -> None:
        self.delay_s = delay_s
        self.action = action
        self.is_over = False

    def cancel(self) -> None:
        self.is_over = True


def test_it_rings_once_when_the_time_has_come() -> None:
    loop = Loop()
    loop.alarm.set(loop.now_ns + 5 * SECOND_NS)
    assert loop.delays_s() == [5.0]
    loop.now_ns += 5 * SECOND_NS
    loop.end_timer()
    assert loop.rings == [loop.now_ns]
    assert loop.delays_s() == []


def test_what_is_due_already_rings_soon_and_not_at_once() -> None:
    loop = Loop()
    for at_ns in (0, loop.now_ns, loop.now_ns - SECOND_NS):
        loop.alarm.set(at_ns)
        assert loop.delays_s() == [0.0]
        assert loop.rings == []
        loop.end_timer()
        assert loop.rings.pop() == loop.now_ns


def test_set_anew_it_forgets_what_it_was_set_to() -> None:
    loop = Loop()
    loop.alarm.set(loop.now_ns + 5 * SECOND_NS)
    loop.alarm.set(loop.now_ns + 3 * SECOND_NS)
    assert loop.delays_s() == [3.0]
    loop.alarm.set(loop.now_ns + 9 * SECOND_NS)
    assert loop.delays_s() == [9.0]
    loop.alarm.set(NEVER)
    assert loop.delays_s() == []


def test_set_to_the_same_it_starts_no_other_timer() -> None:
    loop = Loop()
    for _ in range(3):
        loop.alarm.set(loop.now_ns + SECOND_NS)
    assert len(loop.timers) == 1


def test_it_can_be_set_to_the_same_again_after_it_rang() -> None:
    loop = Loop()
    for number in (1, 2, 3):
        loop.alarm.set(0)
        loop.end_timer()
        assert len(loop.rings) == number


def test_set_while_it_rings_it_rings_again() -> None:
    loop = Loop()
    alarm = Alarm(loop.call_later, lambda: loop.now_ns, lambda: alarm.set(loop.now_ns + SECOND_NS))
    alarm.set(0)
    loop.end_timer()
    assert loop.delays_s() == [1.0]


def test_a_timer_that_ends_early_is_started_again_for_the_rest() -> None:
    loop = Loop()
    loop.alarm.set(loop.now_ns + 5 * SECOND_NS)
    # The clock was set back, or runs slower than the loop's.
    loop.now_ns += 2 * SECOND_NS
    loop.end_timer()
    assert (loop.rings, loop.delays_s()) == ([], [3.0])
    # Less than the loop counts in is waited for as one of what it counts in.
    loop.now_ns += 3 * SECOND_NS - 1
    loop.end_timer()
    assert (loop.rings, loop.delays_s()) == ([], [0.001])


def test_it_looks_again_in_case_the_clock_was_set_forward() -> None:
    loop = Loop()
    loop.alarm.set(loop.now_ns + 86_400 * SECOND_NS)
    assert loop.delays_s() == [LOOKS_AGAIN_S]
    loop.end_timer()
    assert (loop.rings, loop.delays_s()) == ([], [LOOKS_AGAIN_S])
    loop.now_ns += 86_400 * SECOND_NS
    loop.end_timer()
    assert loop.rings == [loop.now_ns]
