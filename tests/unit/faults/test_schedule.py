from itertools import pairwise

import pytest

from scripts.faults.kinds import BY_NAME, FAULTS
from scripts.faults.schedule import (
    LASTING_MAX_S,
    LASTING_MIN_S,
    QUIET_END_S,
    QUIET_START_S,
    plan,
)


def test_every_process_can_be_killed_and_paused() -> None:
    for target in ("matcher", "gateway", "feed", "persist", "redis", "postgres"):
        assert BY_NAME[f"kill-{target}"].target == target
        assert BY_NAME[f"pause-{target}"].target == target
    assert {"wipe-redis", "fill-disk", "restart-exchange"} < set(BY_NAME)
    assert len(BY_NAME) == len(FAULTS) == 15


def test_a_seed_is_a_plan() -> None:
    assert plan(FAULTS, 60, 3, seed=7) == plan(FAULTS, 60, 3, seed=7)
    assert plan(FAULTS, 60, 3, seed=7) != plan(FAULTS, 60, 3, seed=8)


@pytest.mark.parametrize("seed", range(20))
def test_every_kind_comes_before_any_comes_again(seed: int) -> None:
    planned = plan(FAULTS, 600, 5, seed)
    assert 80 < len(planned) < 160
    for start in range(0, len(planned) - len(FAULTS), len(FAULTS)):
        deck = [fault.fault for fault in planned[start : start + len(FAULTS)]]
        assert set(deck) == set(FAULTS)


@pytest.mark.parametrize("seed", range(20))
def test_everything_is_in_its_bounds(seed: int) -> None:
    planned = plan(FAULTS, 30, 1.5, seed)
    times = [fault.at_s for fault in planned]
    assert times[0] == QUIET_START_S
    assert times[-1] <= 30 - QUIET_END_S
    assert all(0.75 <= later - earlier <= 2.25 for earlier, later in pairwise(times))
    assert all(LASTING_MIN_S <= fault.lasting_s <= LASTING_MAX_S for fault in planned)
    assert all(0 <= fault.choice < 1 for fault in planned)


def test_a_run_that_is_too_short_has_no_fault() -> None:
    assert plan(FAULTS, 3, 1, seed=1) == []
