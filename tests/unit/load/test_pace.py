"""When operations are due, in both kinds of load."""

from scripts.load.pace import GRACE_NS, ClosedLoop, OpenLoop

SECOND_NS = 1_000_000_000


class Clock:
    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        return self.now_ns


def test_closed_loop_is_due_until_the_end() -> None:
    clock = Clock()
    pace = ClosedLoop(clock, 0, SECOND_NS)
    assert pace.take() == 0
    clock.now_ns = SECOND_NS - 1
    assert pace.take() == SECOND_NS - 1
    clock.now_ns = SECOND_NS
    assert pace.take() is None
    assert pace.finished()
    assert pace.not_begun() == 0


def test_open_loop_keeps_its_schedule() -> None:
    clock = Clock()
    pace = OpenLoop(clock, 0, SECOND_NS, 4)
    assert pace.take() == 0
    assert pace.take() is None
    # Nobody was free for a while: what became due meanwhile is due then, not now.
    clock.now_ns = 800_000_000
    assert [pace.take(), pace.take(), pace.take()] == [250_000_000, 500_000_000, 750_000_000]
    assert pace.take() is None
    assert pace.finished()
    assert pace.not_begun() == 0


def test_open_loop_counts_what_never_began() -> None:
    clock = Clock()
    pace = OpenLoop(clock, 0, SECOND_NS, 10)
    for _ in range(3):
        clock.now_ns += 100_000_000
        assert pace.take() is not None
    clock.now_ns = SECOND_NS + GRACE_NS
    assert pace.take() is None
    assert pace.finished()
    assert pace.not_begun() == 7
