"""Breaks the core on purpose, and finds out how many commands it takes to notice."""

from collections.abc import Iterator

from msgspec import Struct

from scripts.comparison.campaign import BLOCK_COMMANDS, try_block
from scripts.comparison.options import ALL, Options
from scripts.comparison.tally import Failure
from tests.property.sabotage import SABOTAGES


class Catch(Struct, frozen=True):
    """How a sabotage was noticed; the keys of `--json`.

    Attributes:
        sabotage: Its name.
        what: What was broken.
        commands: Commands until it was noticed; all of them where it was not.
        failure: How it was noticed; None where it was not.
    """

    sabotage: str
    what: str
    commands: int
    failure: Failure | None


def catches(options: Options) -> Iterator[Catch]:
    """Try the sabotages that were asked for, one after the other."""
    for name in SABOTAGES if options.sabotage == ALL else (options.sabotage,):
        yield _catch(name, options)


def describe(catch: Catch) -> str:
    """Say in a line how it was noticed."""
    failure = catch.failure
    if failure is None:
        return f"{catch.sabotage:<8} NOT NOTICED in {catch.commands:,} commands: {catch.what}"
    told = failure.what.splitlines()[0]
    return f"{catch.sabotage:<8} noticed after {catch.commands:>6,} commands: {catch.what} ({told})"


def _catch(name: str, options: Options) -> Catch:
    what = SABOTAGES[name].what
    tried = 0
    seed = options.seed
    while tried < options.commands:
        outcome = try_block(seed, min(BLOCK_COMMANDS, options.commands - tried), name)
        if isinstance(outcome, Failure):
            return Catch(name, what, tried + outcome.number, outcome)
        tried += outcome.commands.total()
        seed += 1
    return Catch(name, what, tried, None)
