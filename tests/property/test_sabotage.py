"""The comparison can fail: whatever a rule stands on, taking it away is noticed."""

import pytest

from tests.property.block import BlockError, run_block
from tests.property.sabotage import SABOTAGES, sabotaged

pytestmark = pytest.mark.interpreted

SEEDS_MAX = 20
COMMANDS = 2_000


def first_failure() -> BlockError:
    for seed in range(SEEDS_MAX):
        try:
            run_block(seed, COMMANDS)
        except BlockError as error:
            return error
    pytest.fail(f"not noticed in {SEEDS_MAX * COMMANDS} commands")


@pytest.mark.parametrize("name", SABOTAGES)
def test_it_is_noticed(name: str) -> None:
    with sabotaged(name):
        error = first_failure()
        # The same seed fails at the same command again, so there is something to look at.
        with pytest.raises(BlockError) as again:
            run_block(error.seed, COMMANDS)
    assert (again.value.number, again.value.what) == (error.number, error.what)
    assert run_block(error.seed, error.number).commands.total() == error.number
