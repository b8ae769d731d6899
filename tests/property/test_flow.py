"""More than 200,000 random commands of every kind; scripts/compare.py runs as many as one likes."""

import functools
from typing import Final

import pytest

from proto import codes
from proto.commands import Command
from tests.property.block import Met, run_block

SEEDS: Final = 42
COMMANDS: Final = 5_000


@functools.cache
def met_by(seed: int) -> Met:
    return run_block(seed, COMMANDS)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_engine_and_the_reference_agree(seed: int) -> None:
    assert met_by(seed).commands.total() == COMMANDS


# Alone it runs all blocks itself.
@pytest.mark.timeout(900)
def test_everything_is_met() -> None:
    """A flow that no longer tries something would prove nothing about it."""
    met = Met()
    for seed in range(SEEDS):
        met.add(met_by(seed))
    assert met.commands.total() >= 200_000
    kinds = {kind.__name__ for kind in Command.__args__}
    assert kinds - met.commands.keys() == set()
    assert set(codes.REASON_NAMES.values()) - met.rejects.keys() == {"OK"}
    told = {what.split()[-1] for what in met.reports}
    assert set(codes.CAUSE_NAMES.values()) - told == set()
    assert set(codes.REPORT_NAMES.values()) - {what.split()[0] for what in met.reports} == set()
    assert min(met.fills, met.auctions, met.halts, met.cascades, met.restarts) > 100
