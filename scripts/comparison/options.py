"""The command line of the comparison."""

import argparse
import os
from typing import Final

from msgspec import Struct

from tests.property.sabotage import SABOTAGES

COMMANDS: Final = 1_000_000
ALL: Final = "all"


class Options(Struct, frozen=True):
    """What was asked for.

    Attributes:
        commands: How many random commands.
        seed: Seed of the first block; each next block has the next seed.
        jobs: Processes that run blocks.
        sabotage: What to break, "all" for each in turn; "" for nothing.
        json: Whether the result goes to standard output as JSON.
    """

    commands: int
    seed: int
    jobs: int
    sabotage: str
    json: bool


def parse_options(arguments: list[str]) -> Options:
    """Read the command line; a mistake ends the process with a sentence and status 2."""
    parser = argparse.ArgumentParser(
        prog="scripts/compare.py",
        description="Give random commands to the engine and to the reference exchange.",
    )
    parser.add_argument("--commands", type=int, default=COMMANDS, help=f"how many ({COMMANDS:,})")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first block (1)")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="processes (one for each core)"
    )
    parser.add_argument(
        "--sabotage",
        choices=(*SABOTAGES, ALL),
        default="",
        help="break the core, and find out after how many commands it is noticed",
    )
    parser.add_argument("--json", action="store_true", help="write the result as JSON")
    namespace = parser.parse_args(arguments)
    for name in ("commands", "jobs"):
        if getattr(namespace, name) <= 0:
            parser.error(f"--{name} must be more than 0")
    return Options(**vars(namespace))
