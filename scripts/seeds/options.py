"""The command line of the simulation."""

import argparse
import os
from typing import Final

from msgspec import Struct

from tests.simulation.sabotage import SABOTAGES

SEEDS: Final = 10_000
ALL: Final = "all"


class Options(Struct, frozen=True):
    """What was asked for.

    Attributes:
        seed: One seed to show; None for many.
        first: The first of many.
        seeds: How many; None for as many as the time allows.
        minutes: For how long; None for as long as it takes.
        jobs: Processes that run seeds.
        sabotage: What to break, "all" for each in turn; "" for nothing.
        json: Whether the result goes to standard output as JSON.
    """

    seed: int | None
    first: int
    seeds: int | None
    minutes: float | None
    jobs: int
    sabotage: str
    json: bool


def parse_options(arguments: list[str]) -> Options:
    """Read the command line; a mistake ends the process with a sentence and status 2."""
    parser = _parser()
    namespace = parser.parse_args(arguments)
    for name in ("seeds", "jobs", "minutes"):
        value = getattr(namespace, name)
        if value is not None and value <= 0:
            parser.error(f"--{name} must be more than 0")
    seeds = namespace.seeds
    if seeds is None and namespace.minutes is None:
        seeds = SEEDS
    return Options(
        seed=namespace.seed,
        first=namespace.first,
        seeds=seeds,
        minutes=namespace.minutes,
        jobs=namespace.jobs,
        sabotage=namespace.sabotage,
        json=namespace.json,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/simulate.py",
        description="Run seeds of the simulation: faults, clients and an exchange in virtual time.",
    )
    parser.add_argument("--seeds", type=int, help=f"how many seeds ({SEEDS:,})")
    parser.add_argument("--minutes", type=float, help="for how long; stops between two seeds")
    parser.add_argument("--first", type=int, default=0, help="the first seed (0)")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="processes (one for each core)"
    )
    parser.add_argument("--seed", type=int, help="run one seed, and show what happens in it")
    parser.add_argument(
        "--sabotage",
        choices=(*SABOTAGES, ALL),
        default="",
        help="break something, and find out how many seeds it takes to notice",
    )
    parser.add_argument("--json", action="store_true", help="write the result as JSON")
    return parser
