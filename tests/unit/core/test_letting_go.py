"""An engine that is given up leaves nothing behind, also where the collector sees no orders."""

import gc
import sys

from matcher.core.engine import Engine
from matcher.core.events import Events
from proto.commands import Command
from scripts.benches.workload import founding_commands, mixed_commands

COMMANDS = 4_000
# What caches and interned names may take; the engine of this test is a hundred times as large.
SPARE_BLOCKS = 1_500


def test_a_closed_engine_leaves_nothing_behind() -> None:
    commands = [*founding_commands(), *mixed_commands(COMMANDS)]
    run_and_close(commands)
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(3):
        run_and_close(commands)
    gc.collect()
    assert sys.getallocatedblocks() < before + SPARE_BLOCKS


def run_and_close(commands: list[Command]) -> None:
    engine = Engine(0)
    events = Events(0, 1, 1)
    engine.apply_all(commands, 1, events)
    assert engine.sequence == len(commands)
    engine.close()
