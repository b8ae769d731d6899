"""The simulation can fail: whatever a promise stands on, taking it away is noticed."""

import pytest

from tests.simulation.sabotage import SABOTAGES, sabotaged
from tests.simulation.seed import Outcome, run_seed

pytestmark = pytest.mark.interpreted

SEEDS_MAX = 1_000
# Each is noticed by one of these; by which one first is a matter of the seed.
CHECKS = {
    "sync": {"left while the journal was not synced"},
    "dedupe": {"reply differs from the reference", "AssertionError raised"},
    "position": {"history differs from the journal"},
    "lie": {"start refused", "recovered record differs", "acknowledged commands are lost"},
    "early": {"reply before its command is on disk", "left before its command is on disk"},
    "settle": {"start refused", "acknowledged commands are lost"},
    "tear": {"damage makes commands disappear", "recovered record differs"},
    "snapshot": {"start refused"},
    "clock": {"AssertionError raised"},
    "alarm": {"nothing happens when it is due"},
    "repeat": {
        "order without a name sent twice",
        "two outcomes of one order",
        "order told unknown was placed",
    },
    "known": {"history differs from the journal", "KeyError raised"},
}


def first_failure() -> Outcome:
    for seed in range(SEEDS_MAX):
        outcome = run_seed(seed)
        if outcome.check:
            return outcome
    pytest.fail(f"not noticed in {SEEDS_MAX} seeds")


@pytest.mark.parametrize("name", SABOTAGES)
def test_it_is_noticed(name: str) -> None:
    with sabotaged(name):
        outcome = first_failure()
        assert outcome.check in CHECKS[name], outcome.failure
        # The same seed fails in the same way again, so there is something to look at.
        again = run_seed(outcome.seed)
    assert (again.check, again.checksum) == (outcome.check, outcome.checksum)
    assert not run_seed(outcome.seed).check
