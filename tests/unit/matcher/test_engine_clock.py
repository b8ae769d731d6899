"""Engine time against clocks that are set by hand."""

from matcher.engine_clock import EngineClock

SECOND = 1_000_000_000


class Clocks:
    def __init__(self) -> None:
        self.wall_ns = 1_000 * SECOND
        self.monotonic_ns = 5 * SECOND

    def pass_(self, ns: int) -> None:
        self.wall_ns += ns
        self.monotonic_ns += ns


def engine_clock(clocks: Clocks, timestamp_ns: int = 0) -> EngineClock:
    return EngineClock(lambda: clocks.wall_ns, lambda: clocks.monotonic_ns, timestamp_ns)


def test_it_is_the_wall_clock() -> None:
    clocks = Clocks()
    clock = engine_clock(clocks)
    assert clock.now_ns() == clocks.wall_ns
    clocks.pass_(7)
    assert clock.now_ns() == clocks.wall_ns
    clocks.wall_ns += 3_600 * SECOND
    assert clock.now_ns() == clocks.wall_ns


def test_set_back_it_goes_on_at_half_speed_until_the_wall_clock_has_caught_up() -> None:
    clocks = Clocks()
    clock = engine_clock(clocks)
    before = clock.now_ns()
    clocks.wall_ns -= 10 * SECOND
    assert clock.now_ns() == before
    clocks.pass_(4 * SECOND)
    assert clock.now_ns() == before + 2 * SECOND
    clocks.pass_(15 * SECOND)
    assert clock.now_ns() == before + 9 * SECOND + SECOND // 2
    clocks.pass_(2 * SECOND)
    assert clock.now_ns() == clocks.wall_ns == before + 11 * SECOND


def test_it_goes_on_from_a_stamp_ahead_of_the_wall_clock() -> None:
    clocks = Clocks()
    stamp = clocks.wall_ns + 100 * SECOND
    clock = engine_clock(clocks, stamp)
    assert clock.now_ns() == stamp
    clocks.pass_(2 * SECOND)
    assert clock.now_ns() == stamp + SECOND
