"""Breaks the exchange on purpose, and finds out how many seeds it takes to notice."""

from collections.abc import Iterator

from msgspec import Struct

from scripts.seeds.campaign import run_block
from scripts.seeds.options import ALL, Options
from tests.simulation.sabotage import SABOTAGES


class Catch(Struct, frozen=True):
    """How a sabotage was noticed; the keys of `--json`.

    Attributes:
        sabotage: Its name.
        what: What was broken.
        seeds: Seeds that were run, the one that noticed included.
        seed: The one that noticed; None if none did.
        check: The check that objected; "" if none did.
    """

    sabotage: str
    what: str
    seeds: int
    seed: int | None
    check: str


def catches(options: Options) -> Iterator[Catch]:
    """Try the sabotages that were asked for, one after the other."""
    for name in SABOTAGES if options.sabotage == ALL else (options.sabotage,):
        yield _catch(name, options.first, options.seeds)


def describe(catch: Catch) -> str:
    """Say in a line how it was noticed."""
    if catch.seed is None:
        return f"{catch.sabotage:<10} NOT NOTICED in {catch.seeds:,} seeds: {catch.what}"
    return (
        f"{catch.sabotage:<10} noticed by seed {catch.seed}, after {catch.seeds:,}: "
        f"{catch.check}  ({catch.what})"
    )


def _catch(name: str, first: int, seeds: int | None) -> Catch:
    what = SABOTAGES[name].what
    tried = 0
    while seeds is None or tried < seeds:
        tally = run_block(first + tried, 1, name)
        tried += 1
        if tally.failures:
            failure = tally.failures[0]
            return Catch(name, what, tried, failure.seed, failure.check)
    return Catch(name, what, tried, None, "")
