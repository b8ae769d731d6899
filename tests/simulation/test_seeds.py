"""Many seeds: whatever goes wrong, nothing that was promised is broken."""

import pytest

from tests.simulation.seed import run_seed

SEEDS = 2_000
_BLOCK = 100


@pytest.mark.parametrize("first", range(0, SEEDS, _BLOCK))
def test_seeds(first: int) -> None:
    for seed in range(first, first + _BLOCK):
        outcome = run_seed(seed)
        assert not outcome.check, f"seed {seed}: {outcome.failure}"


def test_a_seed_decides_everything() -> None:
    for seed in range(20):
        first, second = run_seed(seed), run_seed(seed)
        assert (first.checksum, first.counts) == (second.checksum, second.counts)
