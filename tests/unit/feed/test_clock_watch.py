"""When everything must be asked anew."""

from feed.clock_watch import SILENCE_NS, ClockWatch
from proto.intervals import SECOND_NS


def test_a_steady_clock_asks_for_nothing() -> None:
    watch = ClockWatch(0)
    for second in range(1, 20):
        assert not watch.hear(second * SECOND_NS, 1)
        assert not watch.look(second * SECOND_NS)


def test_silence_is_noted_once_and_its_end_asks_anew() -> None:
    watch = ClockWatch(0)
    assert not watch.hear(1, 1)
    assert not watch.look(SILENCE_NS)
    assert watch.look(SILENCE_NS + 1)
    assert not watch.look(SILENCE_NS + 2)
    assert watch.hear(SILENCE_NS + 3, 1)
    assert not watch.hear(SILENCE_NS + 4, 1)


def test_silence_counts_even_if_nobody_looked() -> None:
    watch = ClockWatch(0)
    watch.hear(1, 1)
    assert watch.hear(1 + SILENCE_NS, 1)


def test_another_count_of_losses_is_a_loss_but_the_first_is_none() -> None:
    watch = ClockWatch(0)
    assert [watch.has_lost(losses) for losses in (7, 7, 8, 8, 2)] == [
        False, False, True, False, True,
    ]  # fmt: skip


def test_another_epoch_asks_anew() -> None:
    watch = ClockWatch(0)
    assert not watch.hear(1, None)
    assert not watch.hear(2, 4)
    assert not watch.hear(3, None)
    assert not watch.hear(4, 4)
    assert watch.hear(5, 5)
    assert not watch.hear(6, 5)
