import pytest

from scripts.faults.kinds import BY_NAME
from scripts.faults.silence import Struck, longest_silences
from scripts.load.samples import Samples


def struck(name: str, at_s: float, until_s: float | None = None) -> Struck:
    return Struck(BY_NAME[name], at_s, at_s if until_s is None else until_s)


def acknowledged(*spans_s: tuple[float, float]) -> list[Samples]:
    """An acknowledgement each 10 ms in some spans of time, in turn of two kinds."""
    kinds = [Samples(), Samples()]
    for begin_s, end_s in spans_s:
        for number in range(round((end_s - begin_s) * 100) + 1):
            kinds[number % 2].add(0, int((begin_s + number / 100) * 1e9), 0)
    return kinds


def test_a_silence_is_the_fault_s_before_it() -> None:
    faults = [struck("kill-feed", 2.0), struck("kill-matcher", 5.005), struck("kill-redis", 8.0)]
    found = longest_silences(faults, acknowledged((0, 5), (6.5, 10)), 10)
    assert found["kill-matcher"] == pytest.approx(1.5)
    assert found["kill-feed"] == pytest.approx(0.01, abs=1e-5)
    assert found["kill-redis"] == pytest.approx(0.01, abs=1e-5)


def test_what_was_under_way_may_be_acknowledged_after_the_fault() -> None:
    faults = [struck("kill-gateway", 4.0), struck("kill-matcher", 4.95)]
    found = longest_silences(faults, acknowledged((0, 5), (6, 10)), 10)
    assert found["kill-matcher"] == pytest.approx(1.0)


@pytest.mark.parametrize("name", ["fill-disk", "restart-exchange"])
def test_while_the_matcher_is_struck_the_silence_is_that_fault_s(name: str) -> None:
    faults = [struck(name, 3.0, 6.0), struck("kill-persist", 5.0)]
    found = longest_silences(faults, acknowledged((0, 3), (4, 5.2), (7, 10)), 10)
    assert found[name] == pytest.approx(1.8)
    assert found["kill-persist"] == pytest.approx(0.01, abs=1e-5)


def test_the_longest_of_several() -> None:
    faults = [struck("pause-matcher", 2.0, 2.5), struck("pause-matcher", 6.0, 7.0)]
    found = longest_silences(faults, acknowledged((0, 2), (2.6, 6), (7.1, 10)), 10)
    assert found == {"pause-matcher": pytest.approx(1.1)}


def test_a_silence_for_good_lasts_to_the_end() -> None:
    found = longest_silences([struck("kill-matcher", 2.0)], acknowledged((0, 2)), 10)
    assert found == {"kill-matcher": pytest.approx(8.0)}


def test_nothing_was_ever_acknowledged() -> None:
    found = longest_silences([struck("kill-matcher", 2.0)], [Samples()], 10)
    assert found == {}
